"""The card of a job: edited to its end, the newest state wins; its author mentioned then."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from bot.delivery.discord_errors import UNSHOWN
from bot.delivery.updates import CardUpdater

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.delivery.message_editor import MakeCard, MakeFiles, MessageEditor
    from storage.database import Database
    from storage.jobs.jobs import Job, JobStore
    from storage.rules import RuleStore

log = logging.getLogger(__name__)

LONG = timedelta(seconds=60)
"""A job that took longer ends with a mention of its author: an edit notifies nobody."""


class JobStatusCards:
    """Edits the card of a job, notes where it is, and mentions its author at the end."""

    def __init__(
        self,
        editor: MessageEditor,
        *,
        database: Database,
        store: JobStore,
        rules: RuleStore,
        now: Callable[[], datetime],
    ) -> None:
        self.editor = editor
        self._database = database
        self._store = store
        self._rules = rules
        self._now = now
        self.updates = CardUpdater(editor.update)

    def at_once(self) -> JobStatusCards:
        """The same, each card tried once: what Discord does not take is shown again later."""
        return JobStatusCards(
            self.editor.at_once(),
            database=self._database,
            store=self._store,
            rules=self._rules,
            now=self._now,
        )

    def update(
        self, job: Job, make_card: MakeCard, make_files: MakeFiles = list, delay_s: float = 0
    ) -> None:
        """Show a card soon, unless a newer one comes before."""
        self.updates.show(job, make_card, make_files, delay_s)

    async def settle(self, job: Job) -> None:
        """Show nothing more of what was on its way: the final card has the last word."""
        await self.updates.stop(job.id)

    async def note(self, job: Job, message_id: int, shown_count: int = 0) -> None:
        """Remember where a job that goes on is shown, and how many of its units are.

        What is shown counts also when that fails.
        """
        try:
            await self._database.write(
                self._store.note_message, job.id, message_id, shown_count=shown_count
            )
        except Exception:
            log.exception("the message of job %s was not noted", job.id)

    async def notify(self, job: Job, card_id: int, text: str, kind: str = "m") -> None:
        """Mention the author of a long job, unless they do not want that or it fails.

        Each kind of mention comes once.
        """
        # What is private is not spoken of in the channel.
        if job.is_private or self._now() - job.accepted_at <= LONG:
            return
        try:
            if (
                await self._database.read(self._rules.member, job.guild_id, job.member_id)
            ).wants_mention:
                await self.editor.mention(job, card_id, text, kind)
        except UNSHOWN as error:
            log.info("the author of job %s was not notified: %s", job.id, type(error).__name__)
        except Exception:
            log.exception("the author of job %s was not notified", job.id)


def upload(files: Sequence[tuple[str, bytes]]) -> list[discord.File]:
    """Files for one attempt: a sent one is empty when it is sent again."""
    return [discord.File(io.BytesIO(data), filename=name) for name, data in files]
