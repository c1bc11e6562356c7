"""Delivery of pictures: what a job's result looks like in Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.delivery.file_limits import MAX_MESSAGE_BYTES
from bot.delivery.message_editor import PASSING, Gone
from bot.delivery.status_cards import log_hidden, upload
from commands.ui import cards
from generation.pricing import segment_price_mc
from jobs.errors import NotShown
from jobs.kinds.video.sources import APPROVED_WITHIN
from jobs.orders.image import ImageOrder
from media.errors import BadPicture
from media.reencode import fit_upload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.delivery.file_limits import FileLimits
    from bot.delivery.status_cards import JobStatusCards
    from generation.catalogue.catalogue import Catalogue, Engine
    from media.marking.marks import Marks
    from media.pool import MediaPool
    from storage.jobs.artifacts import Artifact
    from storage.jobs.jobs import Job

FILES_IN_A_MESSAGE = 10
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg"}


class PictureDelivery:
    """Shows pictures; the implementation of the jobs room's `Delivery`."""

    def __init__(
        self,
        status_cards: JobStatusCards,
        limits: FileLimits,
        catalogue: Catalogue,
        pool: MediaPool,
        marks: Marks,
        *,
        video_engine: Engine | None,
        now: Callable[[], datetime],
    ) -> None:
        self._status_cards = status_cards
        self._editor = status_cards.editor
        self._limits = limits
        self._catalogue = catalogue
        self._pool = pool
        self._marks = marks
        self._video_each_mc = segment_price_mc(video_engine) if video_engine else None
        self._now = now

    async def result(
        self, job: Job, pictures: Sequence[tuple[Artifact, bytes]], failure: Exception | None
    ) -> int:
        """Show the pictures; how many of them could be shown."""
        await self._status_cards.settle(job)
        try:
            files = await self._named_files(job, pictures)
            first, rest = files[:FILES_IN_A_MESSAGE], files[FILES_IN_A_MESSAGE:]
            message_id = await self._editor.show(
                job,
                lambda: self._result_card(job, pictures, files, failure),
                lambda: upload(first),
            )
        except (Gone, *PASSING) as error:
            log_hidden(job, error)
            return 0
        except (discord.HTTPException, BadPicture) as error:
            # Discord takes everything else but this, for example because of a word filter.
            log_hidden(job, error)
            await self._status_cards.failed(job, NotShown())
            return 0
        more_id = await self._further(job, rest)
        shown = len(files) if more_id or not rest else len(first)
        if shown < len(files):
            await self._correct(job, pictures[:shown], first)
        await self._status_cards.note(job, message_id, more_id)
        ready = "your picture is ready." if shown == 1 else "your pictures are ready."
        await self._status_cards.notify(job, message_id, ready)
        return shown

    async def _correct(
        self,
        job: Job,
        pictures: Sequence[tuple[Artifact, bytes]],
        files: Sequence[tuple[str, bytes]],
    ) -> None:
        """Say on the card what is charged when not all of the pictures could be shown."""
        try:
            await self._editor.show(
                job,
                lambda: self._result_card(job, pictures, files, NotShown()),
                lambda: upload(files),
            )
        except (Gone, discord.HTTPException, *PASSING) as error:
            log_hidden(job, error)

    def _result_card(
        self,
        job: Job,
        pictures: Sequence[tuple[Artifact, bytes]],
        files: Sequence[tuple[str, bytes]],
        failure: Exception | None,
    ) -> cards.Card:
        order = ImageOrder.from_json(job.spec)
        video_mc, parts = self._video_each_mc, (order.video or {}).get("segments", 1)
        asks = order.video is not None and video_mc is not None
        return cards.result_card(
            job.member_id,
            order,
            self._catalogue.find(job.engine_id),
            job.id,
            files=[f"attachment://{name}" for name, _ in files[:FILES_IN_A_MESSAGE]],
            seeds=[artifact.seed for artifact, _ in pictures],
            charged_mc=order.charge_mc(job.price_mc, len(pictures)),
            failure=failure,
            video_mc=None if video_mc is None else video_mc * parts,
            approve_until=self._now() + APPROVED_WITHIN if asks else None,
        )

    async def _further(self, job: Job, files: Sequence[tuple[str, bytes]]) -> int | None:
        if not files:
            return None
        order = ImageOrder.from_json(job.spec)
        names = [f"attachment://{name}" for name, _ in files]
        try:
            return await self._editor.add(
                job,
                lambda: cards.further_card(job.member_id, order, job.id, names),
                lambda: upload(files),
            )
        except (Gone, discord.HTTPException, *PASSING) as error:
            log_hidden(job, error)
            return None

    async def _named_files(
        self, job: Job, pictures: Sequence[tuple[Artifact, bytes]]
    ) -> list[tuple[str, bytes]]:
        """The files by name, signed; too large ones are encoded anew rather than dropped."""
        limit = await self._limits.of_job(job)
        each = min(limit, MAX_MESSAGE_BYTES // min(len(pictures), FILES_IN_A_MESSAGE))
        each = max(1, each - self._marks.reserve_bytes)
        named: list[tuple[str, bytes]] = []
        for artifact, data in pictures:
            mime, content = artifact.mime, data
            if len(data) > each:
                mime, content = "image/jpeg", await self._pool.run(fit_upload, data, each)
            signed = await self._marks.picture(content, mime, job.engine_id)
            named.append((f"atelier-{job.id}-{artifact.position + 1}.{SUFFIXES[mime]}", signed))
        return named
