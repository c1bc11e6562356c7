"""A member's own results, shown again: to them alone, or to everybody in a channel."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import discord

from commands.access.visible_results import is_shown_here
from commands.kinds.registry import open_views
from commands.kinds.view import ShownResult
from commands.languages import say
from commands.moderation.thumbnails import Thumbnails
from commands.options.jobs import PICTURES
from commands.studio.cards.favourite import FILM_MARK, favourite_button
from commands.studio.cards.history import HistoryEntry
from commands.studio.cards.lineage import lineage_button
from commands.ui.buttons import Press
from commands.ui.facts import drawn_by
from jobs.errors import TooLate
from jobs.orders.by_kind import order_of
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Interaction

    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, KeptFiles, MediaServices
    from commands.ui.cards import Card
    from jobs.orders.order import Order
    from jobs.videos import Videos
    from storage.jobs.jobs import Job

DEFAULT_LIMIT_BYTES = 10 << 20
"""How large a file may be where Discord names no other limit."""


class OwnResults:
    """Makes the cards and files of results that were delivered before."""

    def __init__(
        self, jobs: JobServices, engines: OfferedEngines, media: MediaServices, videos: Videos
    ) -> None:
        self._history = jobs.history
        self._engines = engines
        self._views = open_views(engines)
        self._media = media
        self._thumbnails = Thumbnails(media, videos)

    async def files(self, interaction: Interaction[Any], job: Job) -> KeptFiles:
        """The files of a result.

        Raises:
            TooLate: it was not delivered, or is not kept.
        """
        if job.state is not JobState.DELIVERED:
            raise TooLate
        limit = interaction.filesize_limit or DEFAULT_LIMIT_BYTES
        return await self._media.results.kept(job, limit)

    async def ways_on(self, job: Job) -> list[Press]:
        """What a private card of a result offers beside what its kind does."""
        ways = [post_button(job.id)]
        if job.kind not in PICTURES:
            is_marked = await self._history.is_favourite(job)
            ways.append(favourite_button(FILM_MARK, job.id, is_marked=is_marked))
        return [
            *ways,
            *([lineage_button(job.id)] if await self._history.has_relatives(job) else []),
        ]

    async def card(self, job: Job, kept: KeptFiles) -> Card:
        """The card of a result with those files, as its kind shows it.

        Raises:
            TooLate: what was ordered is not known any more.
        """
        shown = ShownResult(
            files=[f"attachment://{name}" for name, _ in kept.files],
            seeds=kept.seeds,
            made=await self._history.made(job),
            link=kept.link,
            is_again=True,
            positions=kept.positions,
            sizes=kept.sizes,
        )
        return self._views[job.kind].result_card(job, shown)

    async def entries(
        self, interaction: Interaction[Any], found: Sequence[Job]
    ) -> tuple[list[HistoryEntry], list[discord.File]]:
        """The lines of a list of results, with a small picture of each that may be shown here."""
        pictures = await asyncio.gather(
            *(self._thumbnail(interaction, job) for job in found), return_exceptions=False
        )
        entries: list[HistoryEntry] = []
        files: list[discord.File] = []
        for number, (job, picture) in enumerate(zip(found, pictures, strict=True), start=1):
            name = f"result-{number}.jpg" if picture else ""
            if picture:
                files.append(discord.File(io.BytesIO(picture), filename=name))
            order = find_order(job) if is_shown_here(interaction, job) else None
            entries.append(
                HistoryEntry(
                    job,
                    heading=order.heading if order else "",
                    title=order.title if order else "",
                    noun=self._views[job.kind].noun,
                    engine=drawn_by(self._engines.known.find(job.engine_id), job.engine_id),
                    picture=name,
                )
            )
        return entries, files

    async def _thumbnail(self, interaction: Interaction[Any], job: Job) -> bytes | None:
        if not is_shown_here(interaction, job):
            return None
        return await self._thumbnails.of_job(job)


def post_button(job_id: str) -> Press:
    """The button that shows a private result to everybody."""
    return Press("post", job_id, say("Post here"))


def uploads(kept: KeptFiles) -> list[discord.File]:
    """The files anew: the library sends each only once."""
    return [discord.File(io.BytesIO(data), filename=name) for name, data in kept.files]


def heading_of(job: Job) -> str:
    """What a job's card says first; empty where it was forgotten."""
    order = find_order(job)
    return order.heading if order else ""


def find_order(job: Job) -> Order | None:
    """What was ordered; None where it was forgotten."""
    try:
        return order_of(job)
    except TooLate:
        return None
