"""The Report button of every result: a member tells the moderators what is wrong with it."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import app_commands

from commands.access.kept_forms import KeptForms
from commands.access.shown_results import job_shown_in
from commands.access.subjects import job_here, job_of_card
from commands.errors import BadInput, ReportedBefore, TooManyReports
from commands.languages import marked, say
from commands.languages.audience import shown_to
from commands.moderation.audit import record
from commands.moderation.thumbnails import Thumbnails
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.job_links import jump_url
from commands.ui.modals import MAX_COMPLAINT, parse_submit, report_modal
from commands.ui.report_cards import PICTURE_FILE, complaint_card
from storage.errors import DatabaseUnavailable
from storage.forgetting import REPORT
from storage.rules import Change

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from discord import Interaction

    from commands import Action, Registered
    from commands.services import JobServices, MediaServices, PendingOrders, RuleServices
    from jobs.videos import Videos
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

LOST = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
"""What Discord did not take, or did not get."""

DAY = timedelta(days=1)
MAX_A_DAY = 20
AGAIN = "report_again"
"""The action that opens the form with what was typed."""

TO_MODERATORS = marked("**Reported.** This server's moderators get it now; thank you.")
TO_OPERATOR = marked(
    "**Reported.** The operator of this bot gets it now, since this server has no channel for"
    " reports; thank you."
)
TO_OPERATOR_INSTEAD = marked(
    "**Reported.** The operator of this bot gets it now, since this server's channel for reports"
    " takes no message of mine; thank you."
)


def build(
    jobs: JobServices,
    rules: RuleServices,
    pending: PendingOrders,
    media: MediaServices,
    videos: Videos,
    tell_operator: Callable[[str, str], Awaitable[None]],
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The entry of the messages' menu, and the actions of the button and of its form."""
    thumbnails, forms = Thumbnails(media, videos), KeptForms(pending, AGAIN)
    reporting = Reporting(jobs, rules, forms, thumbnails, tell_operator)
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
        thumbnails: Thumbnails,
        tell_operator: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._jobs = jobs
        self._rules = rules
        self._forms = forms
        self._thumbnails = thumbnails
        self._tell_operator = tell_operator

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
            channel_id = (await self._rules.guild(job.guild_id)).rules.report_channel_id
            add = self._jobs.complaints.add
            if not await self._jobs.database.write(add, job.id, member_id, reason):
                raise ReportedBefore
        except (BadInput, DatabaseUnavailable) as error:
            await self._forms.refuse(interaction, error, {"report": [typed]}, job.id)
            return
        # The picture for the moderators may take longer than Discord waits.
        await _try(interaction.response.defer(ephemeral=True, thinking=True))
        # It is taken, so it is passed on whatever Discord says to the member's interaction.
        said = await self._pass_on(interaction, job, reason, channel_id)
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
        if await self._jobs.database.read(complaints.count, member_id, DAY) >= MAX_A_DAY:
            raise TooManyReports(MAX_A_DAY)

    async def _pass_on(
        self, interaction: Interaction[Any], job: Job, reason: str, channel_id: int | None
    ) -> str:
        """To the guild's channel for reports; where that is none or gone, to the operator.

        Returns what the member is told.
        """
        if channel_id is not None and await self._post(interaction, job, reason, channel_id):
            return say(TO_MODERATORS)
        happened = f"job {job.id} in server {job.guild_id} was reported by {interaction.user.id}"
        await self._tell_operator(happened, f"{jump_url(job)}\n{reason}")
        return say(TO_OPERATOR if channel_id is None else TO_OPERATOR_INSTEAD)

    async def _post(
        self, interaction: Interaction[Any], job: Job, reason: str, channel_id: int
    ) -> bool:
        """Post the report in that channel; whether Discord took it."""
        channel = interaction.client.get_partial_messageable(channel_id, guild_id=job.guild_id)
        picture = await self._thumbnails.of_job(job)
        # Where the bot may write but not attach, the report comes without the picture.
        for data in (picture, None) if picture else (None,):
            files = [discord.File(io.BytesIO(data), PICTURE_FILE)] if data else []
            with shown_to(interaction):
                card = complaint_card(job, interaction.user.id, reason, has_picture=bool(files))
            try:
                await channel.send(view=card, files=files)
            except LOST as no:
                log.warning("a report could not be posted: %s", type(no).__name__)
            else:
                return True
        return False


async def _try(answer: Awaitable[object]) -> None:
    """Answer the member if Discord lets that be: what they reported does not depend on it."""
    try:
        await answer
    except LOST as error:
        log.info("a report was not answered: %s", type(error).__name__)
