"""The Report button of every result: a member tells the moderators what is wrong with it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from commands.access.kept_forms import KeptForms
from commands.access.shown_results import job_shown_in
from commands.access.subjects import job_here, job_of_card
from commands.errors import BadInput, ReportedBefore, TooManyReports
from commands.languages import say
from commands.languages.audience import locale_of
from commands.moderation.audit import record
from commands.moderation.report_posts import Report
from commands.ui.answers import NOT_TAKEN, answer_privately
from commands.ui.cards import note_card
from commands.ui.modals import MAX_COMPLAINT, parse_submit, report_modal
from storage.errors import DatabaseUnavailable
from storage.forgetting import REPORT
from storage.rules import Change

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from discord import Interaction

    from commands import Action, Registered
    from commands.moderation.report_posts import ReportPosts
    from commands.services import JobServices, PendingOrders, RuleServices
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

MAX_A_DAY = 20
AGAIN = "report_again"
"""The action that opens the form with what was typed."""


def build(
    jobs: JobServices,
    rules: RuleServices,
    pending: PendingOrders,
    reports: ReportPosts,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The entry of the messages' menu, and the actions of the button and of its form."""
    reporting = Reporting(jobs, rules, KeptForms(pending, AGAIN), reports)
    menu = app_commands.ContextMenu(name="Report", callback=reporting.ask_of_message)
    return [menu], {
        "report": reporting.ask,
        "reported": reporting.take,
        AGAIN: reporting.ask_again,
        "reported_again": reporting.take_again,
    }


class Reporting:
    """Takes members' reports to where moderators, or else the operator, read them."""

    def __init__(
        self,
        jobs: JobServices,
        rules: RuleServices,
        forms: KeptForms,
        reports: ReportPosts,
    ) -> None:
        self._jobs = jobs
        self._rules = rules
        self._forms = forms
        self._reports = reports

    async def ask(self, interaction: Interaction[Any], job_id: str) -> None:
        """Open the form, unless what is typed there would be refused."""
        job = await job_of_card(self._jobs.records, interaction, job_id)
        await self._check(interaction, job)
        await interaction.response.send_modal(report_modal("reported", job_id))

    async def ask_of_message(self, interaction: Interaction[Any], message: discord.Message) -> None:
        """Open the form for the result that a message shows, also one that it forwards."""
        job = await job_shown_in(self._jobs.records, message)
        if job is None or job.guild_id != interaction.guild_id:
            raise BadInput("message", say("it shows no result of mine; report others to Discord"))
        await self._check(interaction, job)
        draft_id = await self._forms.keep(interaction, {}, job.id)
        await interaction.response.send_modal(report_modal("reported_again", draft_id))

    async def take(self, interaction: Interaction[Any], job_id: str) -> None:
        """Take what the form says, once for each member and job."""
        job = await job_of_card(self._jobs.records, interaction, job_id)
        await self._take(interaction, job)

    async def ask_again(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open the form with what was typed."""
        answers, _ = await self._forms.find(interaction, draft_id)
        text = "".join(answers.get("report", ()))
        await interaction.response.send_modal(report_modal("reported_again", draft_id, text))

    async def take_again(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Take what that form says, about the same result."""
        # The draft is this channel's, where the result was shown when it was kept.
        _, job_id = await self._forms.find(interaction, draft_id)
        await self._take(interaction, await job_here(self._jobs.records, interaction, job_id))

    async def _take(self, interaction: Interaction[Any], job: Job) -> None:
        _, _, typed = parse_submit(interaction)
        reason, member_id = typed.strip()[:MAX_COMPLAINT], interaction.user.id
        try:
            await self._check(interaction, job)
            if not reason:
                raise BadInput("report", say("say what is wrong with it"))
            add = self._jobs.complaints.add
            if not await self._jobs.database.write(add, job.id, member_id, reason):
                raise ReportedBefore
        except (BadInput, DatabaseUnavailable) as error:
            await self._forms.refuse(interaction, error, {"report": [typed]}, job.id)
            return
        # The picture for the moderators may take longer than Discord waits.
        await _try(interaction.response.defer(ephemeral=True, thinking=True))
        # It is taken, so it is passed on whatever Discord says to the member's interaction.
        locale = locale_of(interaction, is_private=False)
        report = Report(job, member_id, reason, locale)
        said = await self._reports.pass_on(interaction.client, report)
        await _try(answer_privately(interaction, note_card(said)))
        change = Change(
            guild_id=job.guild_id,
            actor_id=member_id,
            action=REPORT,
            subject_id=job.member_id,
            detail=f"job {job.id}: {reason}",
        )
        await record(interaction, self._rules, change)

    async def _check(self, interaction: Interaction[Any], job: Job) -> None:
        """Refuse a second report of the same result, and too many of one member."""
        member_id, complaints = interaction.user.id, self._jobs.complaints
        if await self._jobs.database.read(complaints.has, job.id, member_id):
            raise ReportedBefore
        if await self._jobs.database.read(complaints.count, member_id) >= MAX_A_DAY:
            raise TooManyReports(MAX_A_DAY)


async def _try(answer: Awaitable[object]) -> None:
    """Answer the member if Discord lets that be: what they reported does not depend on it."""
    try:
        await answer
    except NOT_TAKEN as error:
        log.info("a report was not answered: %s", type(error).__name__)
