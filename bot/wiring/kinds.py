"""The roads of all kinds of jobs, put together from their parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.clock import now
from bot.delivery.films import FilmShowing
from bot.delivery.pictures import PictureDelivery
from bot.delivery.provenance import finish, finish_film
from generation.pricing import segment_price_mc
from generation.video.poll_queue import PollQueue
from generation.video.poller import Poller
from jobs.kinds.assembly import Cutting
from jobs.kinds.image import ImageRoad
from jobs.kinds.morph import MorphRoad
from jobs.kinds.sampling import Drawing
from jobs.kinds.video.kind import FilmRoad
from jobs.kinds.video.segments import Filming
from jobs.kinds.video.start import FilmStart
from jobs.orders.morph import MorphOrder
from jobs.orders.order import ImageOrder
from jobs.orders.video import FilmOrder
from jobs.runner.cancellation import Running
from jobs.runner.estimate import Estimate
from jobs.runner.queues import shares_of
from jobs.runner.slots import Turns
from jobs.settlement import Ending
from storage.jobs.engine_speeds import Paces
from storage.jobs.queue_position import Line

if TYPE_CHECKING:
    from contextlib import AsyncExitStack
    from pathlib import Path

    from bot.delivery.file_limits import FileLimits
    from bot.delivery.status_cards import Showing
    from bot.settings import Settings
    from bot.wiring.engines import Engines
    from bot.wiring.stores import Stores
    from bot.wiring.video_service import FilmService
    from generation.video.client import Film
    from jobs.runner.durable import Road
    from jobs.runner.queues import Shares
    from media.marking.marks import Marks
    from media.pool import MediaPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What the roads are built from; `folder` is for films that are on their way."""

    stores: Stores
    engines: Engines
    shares: Shares
    estimate: Estimate
    pool: MediaPool
    marks: Marks
    running: Running
    ending: Ending
    showing: Showing
    file_limits: FileLimits
    film_showing: FilmShowing
    folder: Path


def open_studio(
    settings: Settings,
    stores: Stores,
    engines: Engines,
    showing: Showing,
    file_limits: FileLimits,
    pool: MediaPool,
    marks: Marks,
) -> Studio:
    """Everything that more than one road needs."""
    shares = shares_of(engines.offered)
    folder = settings.atelier_state / "making"
    folder.mkdir(parents=True, exist_ok=True)
    return Studio(
        stores=stores,
        engines=engines,
        shares=shares,
        estimate=Estimate(Paces(stores.database), Line(stores.database), shares),
        pool=pool,
        marks=marks,
        running=Running(stores.jobs, showing),
        ending=Ending(stores.database, stores.jobs, stores.ledger, showing),
        showing=showing,
        file_limits=file_limits,
        film_showing=FilmShowing(
            showing,
            file_limits,
            stores.artifacts,
            pool,
            marks,
            catalogue=engines.offered,
            engine=engines.film_engine,
            folder=folder,
            link_base=settings.atelier_artifacts_link,
        ),
        folder=folder,
    )


async def open_roads(studio: Studio, stack: AsyncExitStack) -> dict[str, Road]:
    """The road of each kind of job."""
    drawing = _drawing(studio)
    cutting = Cutting(
        database=studio.stores.database,
        artifacts=studio.stores.artifacts,
        pool=studio.pool,
        finish=partial(finish_film, pool=studio.pool, marks=studio.marks),
        folder=studio.folder,
        now=now,
    )
    return {
        ImageOrder.kind: _image_road(studio, drawing),
        FilmOrder.kind: await _film_road(studio, cutting, stack),
        MorphOrder.kind: _morph_road(studio, drawing, cutting),
    }


def _drawing(studio: Studio) -> Drawing:
    return Drawing(
        database=studio.stores.database,
        jobs=studio.stores.jobs,
        artifacts=studio.stores.artifacts,
        client=studio.engines.client,
        shown=studio.showing,
        running=studio.running,
        finish=partial(finish, marks=studio.marks),
        turns=Turns(studio.shares.engines, studio.stores.seats),
        now=now,
    )


def _image_road(studio: Studio, drawing: Drawing) -> ImageRoad:
    delivery = PictureDelivery(
        studio.showing,
        studio.file_limits,
        studio.engines.offered,
        studio.pool,
        studio.marks,
        film_engine=studio.engines.film_engine,
        now=now,
    )
    return ImageRoad(
        jobs=studio.stores.jobs,
        artifacts=studio.stores.artifacts,
        drawing=drawing,
        shown=studio.showing,
        delivery=delivery,
        running=studio.running,
        ending=studio.ending,
        estimate=studio.estimate,
        now=now,
    )


def _morph_road(studio: Studio, drawing: Drawing, cutting: Cutting) -> MorphRoad:
    """The road of walks between prompts: their frames are drawn like pictures."""
    return MorphRoad(
        jobs=studio.stores.jobs,
        artifacts=studio.stores.artifacts,
        drawing=drawing,
        cutting=cutting,
        shown=studio.showing,
        delivery=studio.film_showing,
        running=studio.running,
        ending=studio.ending,
        estimate=studio.estimate,
        now=now,
    )


async def _film_road(studio: Studio, cutting: Cutting, stack: AsyncExitStack) -> FilmRoad:
    """The road of films; without a service it only ends those that were begun with one."""
    films = studio.engines.films
    return FilmRoad(
        jobs=studio.stores.jobs,
        artifacts=studio.stores.artifacts,
        filming=await _filming(studio, films, stack) if films else None,
        cutting=cutting,
        shown=studio.showing,
        delivery=studio.film_showing,
        running=studio.running,
        ending=studio.ending,
    )


async def _filming(studio: Studio, films: FilmService, stack: AsyncExitStack) -> Filming:
    start = FilmStart(
        jobs=studio.stores.jobs,
        segments=studio.stores.segments,
        client=films.client,
        shown=studio.showing,
        delivery=studio.film_showing,
        running=studio.running,
        now=now,
    )
    engine = films.engine
    # Learned before the last restart, by all processes together.
    learned = await studio.estimate.duration(engine.id, segment_price_mc(engine))
    typical = learned or timedelta(seconds=engine.typical_s)
    return Filming(
        database=studio.stores.database,
        artifacts=studio.stores.artifacts,
        client=films.client,
        poller=await stack.enter_async_context(_poller(studio, films, typical)),
        start=start,
        delivery=studio.film_showing,
        running=studio.running,
        estimate=studio.estimate,
        pool=studio.pool,
        typical=typical,
        now=now,
    )


def _poller(studio: Studio, films: FilmService, typical: timedelta) -> Poller[Film]:
    async def ask(result_id: str) -> Film | None:
        return await films.client.fetch(result_id, studio.folder / f"{result_id}.mp4")

    async def remember(result_id: str, wait: timedelta) -> None:
        await studio.stores.segments.note_next_poll(result_id, now() + wait)

    queue = PollQueue({films.engine.id: typical.total_seconds()}, films.requests_per_s)
    return Poller(ask, queue, pace=films.pace, remember=remember)
