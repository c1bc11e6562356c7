"""Delivery: what each state of a job looks like in Discord; one card, edited to its end."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from bot.file_limits import FileLimits
from bot.posting import PASSING, Gone, Posting
from bot.updates import EVERY_S, Updates
from commands.ui import cards
from jobs.errors import Cancelled, NotShown
from jobs.order import ImageOrder
from media.errors import BadPicture
from media.reencode import fit_upload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.alerts import Alerts
    from bot.client import Atelier
    from generation.catalogue import Catalogue
    from media.pool import MediaPool
    from storage.artifacts import Artifact
    from storage.jobs import Job, JobStore
    from storage.rules import RuleStore

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 24 << 20
"""Under Discord's 25 MiB for a request."""

FILES_IN_A_MESSAGE = 10
LONG = timedelta(seconds=60)
"""A job that took longer ends with a mention of its author: an edit notifies nobody."""


class DiscordDelivery:
    """Shows jobs in Discord; the implementation of the jobs room's `Delivery`."""

    def __init__(
        self,
        client: Atelier,
        posting: Posting,
        *,
        store: JobStore,
        rules: RuleStore,
        catalogue: Catalogue,
        pool: MediaPool,
        alerts: Alerts,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._posting = posting
        self._store = store
        self._rules = rules
        self._catalogue = catalogue
        self._pool = pool
        self._alerts = alerts
        self._now = now
        self._file_limits = FileLimits(client)
        self._updates = Updates(posting.update)
        self._said_away: dict[str, datetime] = {}

    async def alert(self, text: str) -> None:
        """Wake the operator."""
        await self._alerts.send(text)

    async def away(self, job: Job, since: datetime) -> None:
        """Say since when the engine does not answer; once is enough, Discord counts."""
        if self._said_away.get(job.id) == since:
            return
        self._said_away[job.id] = since
        order = ImageOrder.from_json(job.spec)
        self._updates.show(
            job, lambda: cards.away_card(job.member_id, order, job.id, job.price_mc, since)
        )

    def progress(self, job: Job, done: int, total: int) -> None:
        """Show how many pictures have arrived; the newest count wins."""
        if done >= total:
            return
        order = ImageOrder.from_json(job.spec)
        self._updates.show(
            job,
            lambda: cards.running_card(job.member_id, order, job.id, job.price_mc, done),
            delay_s=EVERY_S,
        )

    async def result(
        self, job: Job, pictures: Sequence[tuple[Artifact, bytes]], failure: Exception | None
    ) -> int:
        """Show the pictures; how many of them could be shown."""
        await self._stop_updates(job)
        try:
            files = await self._named_files(job, pictures)
            first, rest = files[:FILES_IN_A_MESSAGE], files[FILES_IN_A_MESSAGE:]
            message_id = await self._posting.show(
                job,
                lambda: self._result_card(job, pictures, files, failure),
                lambda: _upload(first),
            )
        except (Gone, *PASSING) as error:
            _log_hidden(job, error)
            return 0
        except (discord.HTTPException, BadPicture) as error:
            # Discord takes everything else but this, for example because of a word filter.
            _log_hidden(job, error)
            await self.failed(job, NotShown())
            return 0
        more_id = await self._further(job, rest)
        shown = len(files) if more_id or not rest else len(first)
        if shown < len(files):
            await self._correct(job, pictures[:shown], first)
        await self._note(job, message_id, more_id)
        ready = "your picture is ready." if shown == 1 else "your pictures are ready."
        await self._notify(job, message_id, ready)
        return shown

    async def cancelled(self, job: Job) -> None:
        """Bring the card up to date where it is still there."""
        await self._stop_updates(job)
        await self._posting.update(job, lambda: cards.cancelled_card(job.member_id, job.id))

    async def failed(self, job: Job, failure: Exception) -> None:
        """Replace the card by one that says why there is no picture, without the prompt."""
        await self._stop_updates(job)
        try:
            message_id = await self._posting.show(
                job, lambda: cards.failed_card(job.member_id, job.id, failure)
            )
        except (Gone, discord.HTTPException, *PASSING) as error:
            _log_hidden(job, error)
            return
        await self._note(job, message_id)
        if not isinstance(failure, Cancelled):
            await self._notify(job, message_id, "your job ended without a picture.")

    async def _note(self, job: Job, message_id: int, more_id: int | None = None) -> None:
        """Remember where the job is shown; what is shown counts also when that fails."""
        try:
            await self._store.note_message(job.id, message_id, more_id)
        except Exception:
            log.exception("the message of job %s was not noted", job.id)

    async def _correct(
        self,
        job: Job,
        pictures: Sequence[tuple[Artifact, bytes]],
        files: Sequence[tuple[str, bytes]],
    ) -> None:
        """Say on the card what is charged when not all of the pictures could be shown."""
        try:
            await self._posting.show(
                job,
                lambda: self._result_card(job, pictures, files, NotShown()),
                lambda: _upload(files),
            )
        except (Gone, discord.HTTPException, *PASSING) as error:
            _log_hidden(job, error)

    async def _notify(self, job: Job, card_id: int, text: str) -> None:
        """Mention the author of a long job, unless they do not want that or it fails."""
        if self._now() - job.accepted_at <= LONG:
            return
        try:
            if (await self._rules.member(job.guild_id, job.member_id)).wants_mention:
                await self._posting.mention(job, card_id, text)
        except (Gone, discord.HTTPException, *PASSING) as error:
            log.info("the author of job %s was not notified: %s", job.id, type(error).__name__)
        except Exception:
            log.exception("the author of job %s was not notified", job.id)

    def _result_card(
        self,
        job: Job,
        pictures: Sequence[tuple[Artifact, bytes]],
        files: Sequence[tuple[str, bytes]],
        failure: Exception | None,
    ) -> cards.Card:
        order = ImageOrder.from_json(job.spec)
        # An engine that is not offered any more has still drawn them.
        is_offered = job.engine_id in self._catalogue
        return cards.result_card(
            job.member_id,
            order,
            self._catalogue.get(job.engine_id) if is_offered else None,
            job.id,
            files=[f"attachment://{name}" for name, _ in files[:FILES_IN_A_MESSAGE]],
            seeds=[artifact.seed for artifact, _ in pictures],
            charged_mc=job.price_mc // order.pictures * len(pictures),
            failure=failure,
        )

    async def _further(self, job: Job, files: Sequence[tuple[str, bytes]]) -> int | None:
        if not files:
            return None
        order = ImageOrder.from_json(job.spec)
        names = [f"attachment://{name}" for name, _ in files]
        try:
            return await self._posting.add(
                job,
                lambda: cards.further_card(job.member_id, order, job.id, names),
                lambda: _upload(files),
            )
        except (Gone, discord.HTTPException, *PASSING) as error:
            _log_hidden(job, error)
            return None

    async def _named_files(
        self, job: Job, pictures: Sequence[tuple[Artifact, bytes]]
    ) -> list[tuple[str, bytes]]:
        """The files by name; too large ones are encoded anew rather than dropped."""
        limit = await self._file_limits.of(job.guild_id)
        each = min(limit, MAX_MESSAGE_BYTES // min(len(pictures), FILES_IN_A_MESSAGE))
        named: list[tuple[str, bytes]] = []
        for artifact, data in pictures:
            suffix, content = artifact.mime.rpartition("/")[2], data
            if len(data) > each:
                suffix, content = "jpg", await self._pool.run(fit_upload, data, each)
            named.append((f"atelier-{job.id}-{artifact.position + 1}.{suffix}", content))
        return named

    async def _stop_updates(self, job: Job) -> None:
        """The final card has the last word."""
        self._said_away.pop(job.id, None)
        await self._updates.stop(job.id)


def _log_hidden(job: Job, error: Exception) -> None:
    log.warning("job %s could not be shown: %s", job.id, type(error).__name__)


def _upload(files: Sequence[tuple[str, bytes]]) -> list[discord.File]:
    return [discord.File(io.BytesIO(data), filename=name) for name, data in files]
