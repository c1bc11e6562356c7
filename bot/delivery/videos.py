"""Delivery of films: how a film that is made looks in Discord, and how it fits there."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import discord

from bot.delivery.file_limits import DEFAULT_FILE_LIMIT, MAX_MESSAGE_BYTES
from bot.delivery.message_editor import PASSING, Gone
from bot.delivery.status_cards import log_hidden, upload
from commands.kinds.morph.cards import morph_card
from commands.kinds.video import cards
from generation.pricing import segment_price_mc
from jobs.errors import NotShown
from jobs.orders.morph import FRAME, MorphOrder
from jobs.orders.video import VideoOrder
from media.errors import BadPicture
from media.video import fit_video_upload

if TYPE_CHECKING:
    from datetime import datetime

    from bot.delivery.file_limits import FileLimits
    from bot.delivery.status_cards import JobStatusCards
    from commands.ui.cards import Card
    from generation.catalogue.catalogue import Catalogue, Engine
    from media.marking.marks import Marks
    from media.pool import MediaPool
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

LIMIT = timedelta(minutes=5)
"""How long a film may be made smaller."""

TOO_LARGE = 40005
"""Discord's code for a request with files above the limit."""

Files = list[tuple[str, bytes]]


class VideoShowing:
    """Shows films; the implementation of the jobs room's `VideoDelivery`.

    `engine` makes films, those of the catalogue draw the frames of others; `link_base` is the
    address under which kept artifacts can be had, where there is one.
    """

    def __init__(
        self,
        status_cards: JobStatusCards,
        limits: FileLimits,
        artifacts: Artifacts,
        pool: MediaPool,
        marks: Marks,
        *,
        catalogue: Catalogue,
        engine: Engine | None,
        folder: Path,
        link_base: str = "",
    ) -> None:
        self._status_cards = status_cards
        self._editor = status_cards.editor
        self._limits = limits
        self._artifacts = artifacts
        self._pool = pool
        self._marks = marks
        self._catalogue = catalogue
        self._engine = engine
        self._folder = folder
        self._link_base = link_base.rstrip("/")

    async def underway(self, job: Job, ready_at: datetime, *, is_late: bool = False) -> None:
        """Say when the film will be ready, beside its first frame."""
        order = VideoOrder.from_json(job.spec)
        files = await self._preview(job)

        def card() -> Card:
            return cards.video_waiting_card(
                job.member_id,
                order,
                job.id,
                job.price_mc,
                ready_at,
                is_late=is_late,
                has_preview=bool(files),
            )

        self._status_cards.update(job, card, lambda: upload(files))

    async def asks(self, job: Job, number: int, until: datetime) -> None:
        """Ask the author what to do about the start of a part that nobody answered."""
        await self._status_cards.settle(job)
        order = VideoOrder.from_json(job.spec)
        try:
            message_id = await self._editor.show(job, lambda: cards.asks_card(job, order, until))
        except (Gone, discord.HTTPException, *PASSING) as error:
            log.warning("job %s: nobody could be asked: %s", job.id, type(error).__name__)
            return
        await self._status_cards.note(job, message_id)
        # Each part may have its question, and each question notifies once.
        part = f" about part {number + 1}" if number else ""
        text = f"your film needs an answer{part}."
        await self._status_cards.notify(job, message_id, text, kind=f"q{number}")

    async def video(
        self, job: Job, clip: Artifact, data: bytes, made: int, failure: Exception | None
    ) -> bool:
        """Show the film; whether it could be shown."""
        await self._status_cards.settle(job)
        try:
            message_id = await self._shown(job, clip, data, made, failure)
        except (Gone, *PASSING) as error:
            log_hidden(job, error)
            return False
        except (discord.HTTPException, BadPicture) as error:
            # Discord takes everything else but this, for example because of a word filter.
            log_hidden(job, error)
            await self._status_cards.failed(job, NotShown())
            return False
        await self._status_cards.note(job, message_id)
        await self._status_cards.notify(job, message_id, "your film is ready.")
        return True

    async def _shown(
        self, job: Job, clip: Artifact, data: bytes, made: int, failure: Exception | None
    ) -> int:
        limit = min(await self._limits.of_job(job), MAX_MESSAGE_BYTES)
        try:
            return await self._show_within(limit, job, clip, data, made, failure)
        except discord.HTTPException as error:
            # The limit of the interaction does not hold for the bot's own edits.
            # What stands before Discord says so by the status alone.
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            is_too_large = error.code == TOO_LARGE or error.status == status
            if not is_too_large or limit <= DEFAULT_FILE_LIMIT:
                raise
        return await self._show_within(DEFAULT_FILE_LIMIT, job, clip, data, made, failure)

    async def _show_within(
        self,
        limit: int,
        job: Job,
        clip: Artifact,
        data: bytes,
        made: int,
        failure: Exception | None,
    ) -> int:
        files, link = await self._files(limit, job, clip, data)
        file = f"attachment://{files[0][0] if files else cards.PREVIEW}"
        return await self._editor.show(
            job,
            lambda: self._card(job, made, failure, file, link),
            lambda: upload(files),
        )

    def _card(self, job: Job, made: int, failure: Exception | None, file: str, link: str) -> Card:
        if job.kind == MorphOrder.kind:
            return morph_card(
                job,
                MorphOrder.from_json(job.spec),
                self._catalogue.find(job.engine_id),
                file=file,
                made=made,
                failure=failure,
                link=link,
            )
        order = VideoOrder.from_json(job.spec)
        return cards.video_card(
            job,
            order,
            self._engine_of(job),
            file=file,
            made=made,
            failure=failure,
            link=link,
            price_mc=self._price_mc(order, made),
        )

    async def _files(self, limit: int, job: Job, clip: Artifact, data: bytes) -> tuple[Files, str]:
        """The film, smaller if need be; else its first frame, and where the film is kept."""
        name = f"atelier-{job.id}.mp4"
        if len(data) <= limit:
            return [(name, data)], ""
        try:
            return [(name, await self._smaller(job, data, limit))], ""
        except BadPicture:
            preview = await self._preview(job)
            if not self._link_base or not preview:
                raise
            return preview, f"{self._link_base}/{clip.object_key}"

    async def _smaller(self, job: Job, data: bytes, limit: int) -> bytes:
        """The film encoded again within the limit in bytes, marked and signed anew."""
        room = max(1, limit - self._marks.reserve_bytes)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            whole, small = Path(name) / "whole.mp4", Path(name) / "small.mp4"
            await asyncio.to_thread(whole.write_bytes, data)
            await self._pool.run(fit_video_upload, whole, small, room, limit=LIMIT)
            await self._marks.video(small, job.engine_id)
            return await asyncio.to_thread(small.read_bytes)

    async def _preview(self, job: Job) -> Files:
        """The first frame: of a film it was marked before it was kept, if a machine made it."""
        kept = await self._artifacts.of_job(job.id, "preview")
        frames = await self._artifacts.of_job(job.id, FRAME)
        for one in (*kept, *(frame for frame in frames if not frame.is_filtered)):
            name = "first-frame.png" if one.role == FRAME else cards.PREVIEW
            try:
                data = await self._artifacts.read(one)
            except FileNotFoundError:
                break
            if one.role == FRAME:
                data = await self._marks.picture(data, one.mime, job.engine_id)
            return [(name, data)]
        return []

    def _engine_of(self, job: Job) -> Engine | None:
        return self._engine if self._engine and self._engine.id == job.engine_id else None

    def _price_mc(self, order: VideoOrder, made: int) -> int | None:
        """What another part costs, where there may be one."""
        if self._engine is None or not order.has_room(order.earlier + made):
            return None
        return segment_price_mc(self._engine)
