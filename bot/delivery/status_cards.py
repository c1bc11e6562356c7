"""Showing jobs of every kind: one card for each, edited to its end; the newest state wins."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from bot.delivery.message_editor import PASSING, Gone, MessageEditor
from bot.delivery.updates import EVERY_S, CardUpdater
from commands.ui import job_cards
from jobs.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.background.alerts import Alerts
    from bot.delivery.message_editor import MakeCard, MakeFiles
    from storage.jobs.jobs import Job, JobStore
    from storage.rules import RuleStore

log = logging.getLogger(__name__)

FINAL_PATIENCE_S = 30
"""The job's close waits for it."""

LONG = timedelta(seconds=60)
"""A job that took longer ends with a mention of its author: an edit notifies nobody."""


class JobStatusCards:
    """Shows what all kinds of jobs have in common; the implementation of `Shown`."""

    def __init__(
        self,
        editor: MessageEditor,
        *,
        store: JobStore,
        rules: RuleStore,
        alerts: Alerts,
        now: Callable[[], datetime],
    ) -> None:
        self.editor = editor
        self._store = store
        self._rules = rules
        self._alerts = alerts
        self._now = now
        self.updates = CardUpdater(editor.update)
        self._said_away: dict[str, datetime] = {}

    async def alert(self, text: str) -> None:
        """Wake the operator."""
        await self._alerts.send(text)

    async def away(self, job: Job, since: datetime) -> None:
        """Say since when the engine does not answer; once is enough, Discord counts."""
        if self._said_away.get(job.id) == since:
            return
        self._said_away[job.id] = since
        self.update(job, lambda: job_cards.away_card(job, since))

    def progress(self, job: Job, done: int, total: int) -> None:
        """Show how many pictures have arrived; the newest count wins."""
        if done < total:
            self.update(job, lambda: job_cards.running_card(job, done, total), delay_s=EVERY_S)

    async def cancelled(self, job: Job) -> None:
        """Bring the card up to date where it is still there."""
        await self.settle(job)
        # No later state comes, and the press's own edit takes no first frame of a film away.
        await self.editor.update(
            job, lambda: job_cards.cancelled_card(job), list, patience_s=FINAL_PATIENCE_S
        )

    async def failed(self, job: Job, failure: Exception) -> None:
        """Replace the card by one that says why there is no result, without the prompt."""
        await self.settle(job)
        try:
            message_id = await self.editor.show(job, lambda: job_cards.failed_card(job, failure))
        except (Gone, discord.HTTPException, *PASSING) as error:
            log_hidden(job, error)
            return
        await self.note(job, message_id)
        if not isinstance(failure, Cancelled):
            await self.notify(job, message_id, "your job ended without a result.")

    def update(
        self, job: Job, make_card: MakeCard, make_files: MakeFiles = list, delay_s: float = 0
    ) -> None:
        """Show a card soon, unless a newer one comes before."""
        self.updates.show(job, make_card, make_files, delay_s)

    async def settle(self, job: Job) -> None:
        """Show nothing more of what was on its way: the final card has the last word."""
        self._said_away.pop(job.id, None)
        await self.updates.stop(job.id)

    async def note(self, job: Job, message_id: int, more_id: int | None = None) -> None:
        """Remember where the job is shown; what is shown counts also when that fails."""
        try:
            await self._store.note_message(job.id, message_id, more_id)
        except Exception:
            log.exception("the message of job %s was not noted", job.id)

    async def notify(self, job: Job, card_id: int, text: str, kind: str = "m") -> None:
        """Mention the author of a long job, unless they do not want that or it fails.

        Each kind of mention comes once.
        """
        if self._now() - job.accepted_at <= LONG:
            return
        try:
            if (await self._rules.member(job.guild_id, job.member_id)).wants_mention:
                await self.editor.mention(job, card_id, text, kind)
        except (Gone, discord.HTTPException, *PASSING) as error:
            log.info("the author of job %s was not notified: %s", job.id, type(error).__name__)
        except Exception:
            log.exception("the author of job %s was not notified", job.id)


def log_hidden(job: Job, error: Exception) -> None:
    """Say in the log that a job's end could not be shown."""
    log.warning("job %s could not be shown: %s", job.id, type(error).__name__)


def upload(files: Sequence[tuple[str, bytes]]) -> list[discord.File]:
    """Files for one attempt: a sent one is empty when it is sent again."""
    return [discord.File(io.BytesIO(data), filename=name) for name, data in files]
