"""Reports on their way to those who read them: passed on at once, or after a crash."""

from __future__ import annotations

import io
import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from commands.languages import marked, say, speaking
from commands.ui.job_links import jump_url
from commands.ui.report_cards import PICTURE_FILE, complaint_card
from jobs.errors import TooLate
from storage.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from commands.moderation.thumbnails import Thumbnails
    from commands.services import JobServices, RuleServices
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

LOST = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
"""What Discord did not take, or did not get."""

HELD_UP_FOR = timedelta(minutes=5)
"""A report that is not passed on by then was held up by a crash."""

MOST_AT_A_TIME = 20

TO_MODERATORS = marked("**Reported.** This server's moderators get it now; thank you.")
TO_OPERATOR = marked(
    "**Reported.** The operator of this bot gets it now, since this server has no channel for"
    " reports; thank you."
)
TO_OPERATOR_INSTEAD = marked(
    "**Reported.** The operator of this bot gets it now, since this server's channel for reports"
    " takes no message of mine; thank you."
)


class ReportPosts:
    """Takes reports to the guild's channel for them; where that is none or gone, to the operator.

    A report that was written down is passed on at least once, whatever happens to the process.
    """

    def __init__(
        self,
        jobs: JobServices,
        rules: RuleServices,
        thumbnails: Thumbnails,
        tell_operator: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._jobs = jobs
        self._rules = rules
        self._thumbnails = thumbnails
        self._tell_operator = tell_operator

    async def pass_on(
        self, client: discord.Client, job: Job, member_id: int, reason: str, locale: str
    ) -> str:
        """Pass a report on, as a card in that language; what the member is told of it."""
        channel_id = (await self._rules.guild(job.guild_id)).rules.report_channel_id
        told = TO_MODERATORS
        if channel_id is None or not await self._post(
            client, job, member_id, reason, channel_id, locale
        ):
            happened = f"job {job.id} in server {job.guild_id} was reported by {member_id}"
            await self._tell_operator(happened, f"{jump_url(job)}\n{reason}")
            told = TO_OPERATOR if channel_id is None else TO_OPERATOR_INSTEAD
        with suppress(DatabaseUnavailable):
            # Otherwise it is passed on once more.
            await self._jobs.database.write(self._jobs.complaints.note_passed_on, job.id, member_id)
        return say(told)

    async def repeat(self, client: discord.Client) -> int:
        """Pass on what a crash held up; how many reports there were."""
        complaints = self._jobs.complaints
        due = await self._jobs.database.read(complaints.held_up, HELD_UP_FOR, MOST_AT_A_TIME)
        for one in due:
            with suppress(TooLate):
                job = await self._jobs.records.get(one.job_id)
                await self.pass_on(client, job, one.member_id, one.reason, job.locale)
        return len(due)

    async def _post(
        self,
        client: discord.Client,
        job: Job,
        member_id: int,
        reason: str,
        channel_id: int,
        locale: str,
    ) -> bool:
        """Post the report in that channel; whether Discord took it."""
        channel: Any = client.get_partial_messageable(channel_id, guild_id=job.guild_id)
        picture = await self._thumbnails.of_job(job)
        # Where the bot may write but not attach, the report comes without the picture.
        for data in (picture, None) if picture else (None,):
            files = [discord.File(io.BytesIO(data), PICTURE_FILE)] if data else []
            with speaking(locale):
                card = complaint_card(job, member_id, reason, has_picture=bool(files))
            try:
                await channel.send(view=card, files=files)
            except LOST as no:
                log.warning("a report could not be posted: %s", type(no).__name__)
            else:
                return True
        return False
