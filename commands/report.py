"""The Report button of every result: a member tells the moderators what is wrong with it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from commands.access.subjects import job_of_card
from commands.errors import BadInput, ReportedBefore, TooManyReports
from commands.moderation.audit import record
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.mod_cards import complaint_card, jump_url
from commands.ui.modals import MAX_COMPLAINT, parse_submit, report_modal
from storage.rules import Change

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from discord import Interaction

    from commands import Action, Registered
    from commands.services import JobServices, RuleServices
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
MAX_A_DAY = 20

THANKS = "**Reported.** The moderators can read it now; thank you."


def build(
    jobs: JobServices, rules: RuleServices, tell_operator: Callable[[str, str], Awaitable[None]]
) -> tuple[list[Registered], Mapping[str, Action]]:
    """No command: the actions of the button and of its form."""
    reporting = Reporting(jobs, rules, tell_operator)
    return [], {"report": reporting.ask, "reported": reporting.take}


class Reporting:
    """Takes members' reports to where moderators, or else the operator, read them."""

    def __init__(
        self,
        jobs: JobServices,
        rules: RuleServices,
        tell_operator: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._jobs = jobs
        self._rules = rules
        self._tell_operator = tell_operator

    async def ask(self, interaction: Interaction[Any], job_id: str) -> None:
        """Open the form, unless what is typed there would be refused."""
        await self._reportable(interaction, job_id)
        await interaction.response.send_modal(report_modal("reported", job_id))

    async def take(self, interaction: Interaction[Any], job_id: str) -> None:
        """Take what the form says, once for each member and job."""
        job = await self._reportable(interaction, job_id)
        _, _, typed = parse_submit(interaction)
        reason = typed.strip()[:MAX_COMPLAINT]
        if not reason:
            raise BadInput("report", "say what is wrong with it")
        member_id = interaction.user.id
        if not await self._jobs.database.write(
            self._jobs.complaints.add, job.id, member_id, reason
        ):
            raise ReportedBefore
        await answer_privately(interaction, note_card(THANKS))
        await self._pass_on(interaction, job, reason)
        change = Change(
            guild_id=job.guild_id,
            actor_id=member_id,
            action="report",
            subject_id=job.member_id,
            detail=f"job {job.id}: {reason}",
        )
        await record(interaction, self._rules, change)

    async def _reportable(self, interaction: Interaction[Any], job_id: str) -> Job:
        job = await job_of_card(self._jobs.records, interaction, job_id)
        member_id, complaints = interaction.user.id, self._jobs.complaints
        if await self._jobs.database.read(complaints.has, job.id, member_id):
            raise ReportedBefore
        if await self._jobs.database.read(complaints.count, member_id, DAY) >= MAX_A_DAY:
            raise TooManyReports(MAX_A_DAY)
        return job

    async def _pass_on(self, interaction: Interaction[Any], job: Job, reason: str) -> None:
        """To the guild's channel for reports; where that is none or gone, to the operator."""
        rules = (await self._rules.guild(job.guild_id)).rules
        if rules.report_channel_id is not None:
            channel = interaction.client.get_partial_messageable(
                rules.report_channel_id, guild_id=job.guild_id
            )
            try:
                await channel.send(view=complaint_card(job, interaction.user.id, reason))
            except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as no:
                log.warning("a report could not be posted: %s", type(no).__name__)
            else:
                return
        where = jump_url(job)
        happened = f"job {job.id} in server {job.guild_id} was reported by {interaction.user.id}"
        await self._tell_operator(happened, f"{where}\n{reason}")
