"""Reports on their way to those who read them: passed on at once, or after a crash."""

from __future__ import annotations

import io
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from commands.languages import marked, say, speaking
from commands.ui.answers import NOT_TAKEN
from commands.ui.job_links import jump_url
from commands.ui.report_cards import PICTURE_FILE, complaint_card, is_report
from jobs.errors import TooLate
from storage.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from commands.moderation.thumbnails import Thumbnails
    from commands.services import JobServices, RuleServices
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

"""What Discord did not take, or did not get."""

HELD_UP_FOR = timedelta(minutes=1)
"""A report that is not passed on by then was held up by a crash. Soon after one Discord still knows
a post by its nonce."""

MOST_AT_A_TIME = 20
HISTORY = 200
"""Messages among which a report is looked for that may have been posted before a crash."""

TO_MODERATORS = marked("**Reported.** This server's moderators get it now; thank you.")
TO_OPERATOR = marked(
    "**Reported.** The operator of this bot gets it now, since this server has no channel for"
    " reports; thank you."
)
TO_OPERATOR_INSTEAD = marked(
    "**Reported.** The operator of this bot gets it now, since this server's channel for reports"
    " takes no message of mine; thank you."
)


@dataclass(frozen=True, slots=True)
class Report:
    """A member's report of a job, and the language of its card.

    `held_up_since` is when it was made, where a crash may have come after its post.
    """

    job: Job
    member_id: int
    reason: str
    locale: str
    held_up_since: datetime | None = None

    @property
    def nonce(self) -> str:
        """By which Discord knows a repeated post for some minutes: at most 25 characters."""
        return f"{self.job.id}-{self.member_id:x}"


class ReportPosts:
    """Takes reports to the guild's channel for them; where that is none or gone, to the operator.

    A report that was written down is passed on whatever happens to the process: into a channel
    once, as far as the bot may read there, to the operator at least once.
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

    async def pass_on(self, client: discord.Client, report: Report) -> str:
        """Pass a report on; what the member is told of it."""
        job = report.job
        channel_id = (await self._rules.guild(job.guild_id)).rules.report_channel_id
        told = TO_MODERATORS
        if channel_id is None or not await self._post(client, report, channel_id):
            happened = f"job {job.id} in server {job.guild_id} was reported by {report.member_id}"
            await self._tell_operator(happened, f"{jump_url(job)}\n{report.reason}")
            told = TO_OPERATOR if channel_id is None else TO_OPERATOR_INSTEAD
        with suppress(DatabaseUnavailable):
            # Otherwise it is passed on once more.
            note = self._jobs.complaints.note_passed_on
            await self._jobs.database.write(note, job.id, report.member_id)
        return say(told)

    async def repeat(self, client: discord.Client) -> int:
        """Pass on what a crash held up; how many reports there were."""
        complaints = self._jobs.complaints
        due = await self._jobs.database.read(complaints.held_up, HELD_UP_FOR, MOST_AT_A_TIME)
        for one in due:
            job = await self._jobs.records.get(one.job_id)
            report = Report(job, one.member_id, one.reason, job.locale, one.made_at)
            await self.pass_on(client, report)
        return len(due)

    async def _post(self, client: discord.Client, report: Report, channel_id: int) -> bool:
        """Post the report in that channel, unless that was done; whether Discord took it.

        There is no card where the author had their job forgotten since.
        """
        channel = client.get_partial_messageable(channel_id, guild_id=report.job.guild_id)
        if await _is_posted(client, report, channel):
            return True
        picture = await self._thumbnails.of_job(report.job)
        # Where the bot may write but not attach, the report comes without the picture.
        for data in (picture, None) if picture else (None,):
            files = [discord.File(io.BytesIO(data), PICTURE_FILE)] if data else []
            try:
                with speaking(report.locale):
                    card = complaint_card(
                        report.job, report.member_id, report.reason, has_picture=bool(files)
                    )
                await channel.send(view=card, files=files, nonce=report.nonce)
            except (TooLate, *NOT_TAKEN) as no:
                log.warning("a report could not be posted: %s", type(no).__name__)
            else:
                return True
        return False


async def _is_posted(
    client: discord.Client, report: Report, channel: discord.PartialMessageable
) -> bool:
    """Whether a report was posted before a crash, as far as the channel can be read."""
    if report.held_up_since is None or client.user is None:
        return False
    # Its clock may be another than Discord's.
    since = report.held_up_since - HELD_UP_FOR
    try:
        async for message in channel.history(limit=HISTORY, after=since):
            is_ours = message.author.id == client.user.id
            if is_ours and is_report(message, report.job, report.member_id):
                return True
    except NOT_TAKEN as no:
        log.info("a report was not looked for: %s", type(no).__name__)
    return False
