"""/jobs: what of a member's waits or runs, and the buttons that cancel it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import Interaction

from commands.access.requester import account_of
from commands.access.subjects import job_here
from commands.access.visible_results import NOT_HERE, is_shown_here
from commands.kinds.registry import EDIT_ACTIONS
from commands.languages import say
from commands.options.slash import runs_command, slash
from commands.studio.cards.history import open_jobs_card
from commands.studio.history import check_private
from commands.studio.results.own_results import heading_of
from commands.ui.answers import NOT_TAKEN, answer_privately, show_in_place
from commands.ui.job_cards import cancelled_card
from jobs.errors import NotYours
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.services import JobServices
    from commands.ui.cards import Card
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

MOST_SHOWN = 5


def build(jobs: JobServices) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command and the actions of its card."""
    own = OpenJobs(jobs)
    return [slash("jobs", own.command)], {
        "jobs_cancel": own.cancel,
        "jobs_refresh": own.refresh,
    }


class OpenJobs:
    """Shows a member their jobs that are not over, and cancels them."""

    def __init__(self, jobs: JobServices) -> None:
        self._jobs = jobs

    @runs_command
    async def command(self, interaction: Interaction[Any]) -> None:
        """Look at your jobs that wait or run, and cancel them."""
        await answer_privately(interaction, await self._card(interaction))

    async def refresh(self, interaction: Interaction[Any], _subject: str) -> None:
        """Show how they are now."""
        check_private(interaction)
        await show_in_place(interaction, await self._card(interaction))

    async def cancel(self, interaction: Interaction[Any], job_id: str) -> None:
        """Cancel a job of one's own, and bring its public card up to date."""
        check_private(interaction)
        job = await job_here(self._jobs.records, interaction, job_id)
        if job.member_id != interaction.user.id:
            raise NotYours
        job = await self._jobs.cancellation.cancel(job_id, interaction.user.id, is_moderator=False)
        await show_in_place(interaction, await self._card(interaction))
        if job.state is JobState.WAITING:
            # A running one ends by itself, and says so.
            await _show_cancelled(interaction, job)

    async def _card(self, interaction: Interaction[Any]) -> Card:
        account = account_of(interaction)
        found = await self._jobs.history.open_jobs(account, MOST_SHOWN + 1)
        shown = [
            (job, heading_of(job) if is_shown_here(interaction, job) else say(NOT_HERE))
            for job in found[:MOST_SHOWN]
        ]
        return open_jobs_card(shown, has_more=len(found) > MOST_SHOWN)


async def _show_cancelled(interaction: Interaction[Any], job: Job) -> None:
    """Edit the card of a job that waited; if that fails, the job's own end does it later."""
    if job.message_id is None:
        return
    channel = interaction.client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
    try:
        await channel.get_partial_message(job.message_id).edit(
            view=cancelled_card(job, EDIT_ACTIONS.get(job.kind)),
            attachments=[],
            allowed_mentions=discord.AllowedMentions.none(),
        )
    except NOT_TAKEN as error:
        log.info("the card of a cancelled job was not updated: %s", type(error).__name__)
