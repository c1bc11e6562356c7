"""The road of films, put together from its parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.clock import now
from bot.recipe import finish_film
from generation.poll_queue import PollQueue
from generation.poller import Poller
from jobs.cutting import Cutting
from jobs.film import FilmRoad
from jobs.film_start import FilmStart
from jobs.filming import Filming
from jobs.morph import MorphRoad

if TYPE_CHECKING:
    from contextlib import AsyncExitStack
    from pathlib import Path

    from bot.film_delivery import FilmShowing
    from bot.films import FilmService
    from bot.showing import Showing
    from generation.catalogue import Catalogue
    from generation.video import Film
    from jobs.drawing import Drawing
    from jobs.ending import Ending
    from jobs.estimate import Estimate
    from jobs.running import Running
    from media.pool import MediaPool
    from storage.artifacts import Artifacts
    from storage.database import Database
    from storage.jobs import JobStore
    from storage.segments import Segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What the roads of films are built from; `folder` is for films that are on their way."""

    database: Database
    jobs: JobStore
    artifacts: Artifacts
    segments: Segments
    estimate: Estimate
    pool: MediaPool
    running: Running
    ending: Ending
    showing: Showing
    delivery: FilmShowing
    known: Catalogue
    folder: Path

    @property
    def cutting(self) -> Cutting:
        """What puts films together."""
        return Cutting(
            database=self.database,
            artifacts=self.artifacts,
            pool=self.pool,
            finish=partial(finish_film, pool=self.pool, known=self.known),
            folder=self.folder,
            now=now,
        )


async def film_road(studio: Studio, films: FilmService | None, stack: AsyncExitStack) -> FilmRoad:
    """The road of films; without a service it only ends those that were begun with one."""
    return FilmRoad(
        jobs=studio.jobs,
        artifacts=studio.artifacts,
        filming=await _filming(studio, films, stack) if films else None,
        cutting=studio.cutting,
        shown=studio.showing,
        delivery=studio.delivery,
        running=studio.running,
        ending=studio.ending,
    )


def morph_road(studio: Studio, drawing: Drawing) -> MorphRoad:
    """The road of walks between prompts: their frames are drawn like pictures."""
    return MorphRoad(
        jobs=studio.jobs,
        artifacts=studio.artifacts,
        drawing=drawing,
        cutting=studio.cutting,
        shown=studio.showing,
        delivery=studio.delivery,
        running=studio.running,
        ending=studio.ending,
        estimate=studio.estimate,
        now=now,
    )


async def _filming(studio: Studio, films: FilmService, stack: AsyncExitStack) -> Filming:
    start = FilmStart(
        jobs=studio.jobs,
        segments=studio.segments,
        client=films.client,
        shown=studio.showing,
        delivery=studio.delivery,
        running=studio.running,
        now=now,
    )
    return Filming(
        database=studio.database,
        artifacts=studio.artifacts,
        client=films.client,
        poller=await stack.enter_async_context(_poller(studio, films)),
        start=start,
        delivery=studio.delivery,
        running=studio.running,
        estimate=studio.estimate,
        pool=studio.pool,
        typical=timedelta(seconds=films.engine.typical_s),
        now=now,
    )


def _poller(studio: Studio, films: FilmService) -> Poller[Film]:
    async def ask(result_id: str) -> Film | None:
        return await films.client.fetch(result_id, studio.folder / f"{result_id}.mp4")

    async def remember(result_id: str, wait: timedelta) -> None:
        await studio.segments.note_next_poll(result_id, now() + wait)

    queue = PollQueue({films.engine.id: films.engine.typical_s}, films.requests_per_s)
    return Poller(ask, queue, pace=films.pace, remember=remember)
