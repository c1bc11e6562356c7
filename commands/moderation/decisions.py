"""The buttons of a report: moderators remove, dismiss or block, and the card says who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.moderators import check_moderator
from commands.access.subjects import job_here
from commands.moderation.audit import mirror, record
from commands.moderation.standing import set_standing
from commands.ui.report_cards import (
    BLOCK,
    DISMISS,
    LABELS,
    REMOVE,
    REMOVE_ONLY,
    Decision,
    decided_card,
)
from generation import credits as money
from storage.rules import Change, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from discord import Interaction

    from commands import Action
    from commands.moderation.removal import Removal
    from commands.services import JobServices, RuleServices
    from storage.jobs.jobs import Job


class Decisions:
    """What moderators decide about a reported result; each is given the job's id."""

    def __init__(
        self,
        jobs: JobServices,
        rules: RuleServices,
        removal: Removal,
        now: Callable[[], datetime],
    ) -> None:
        self._records = jobs.records
        self._rules = rules
        self._removal = removal
        self._now = now

    @property
    def by_name(self) -> Mapping[str, Action]:
        """The actions by the names in the ids of buttons."""
        return {
            REMOVE: self.remove_and_refund,
            REMOVE_ONLY: self.remove,
            DISMISS: self.dismiss,
            BLOCK: self.block,
        }

    async def remove_and_refund(self, interaction: Interaction[Any], job_id: str) -> None:
        """Take the result away, and give its price back."""
        await self._remove(interaction, job_id, refunds=True)

    async def remove(self, interaction: Interaction[Any], job_id: str) -> None:
        """Take the result away; its price stays paid."""
        await self._remove(interaction, job_id, refunds=False)

    async def dismiss(self, interaction: Interaction[Any], job_id: str) -> None:
        """Leave the result as it is."""
        job = await self._reported(interaction, job_id)
        await self._show(interaction, job, "Dismissed", LABELS)
        change = self._change(interaction, job, "dismiss report")
        await record(interaction, self._rules, change)

    async def block(self, interaction: Interaction[Any], job_id: str) -> None:
        """Stop the author from drawing until a moderator resets that."""
        job = await self._reported(interaction, job_id)
        change = await set_standing(
            interaction,
            self._rules,
            job.member_id,
            Standing.BLOCKED,
            action="block",
            detail=f"after a report of job {job.id}",
        )
        did = f"<@{job.member_id}> blocked"
        await self._show(interaction, job, did, {BLOCK}, keeps_picture=True)
        await mirror(interaction, self._rules, change)

    async def _remove(self, interaction: Interaction[Any], job_id: str, *, refunds: bool) -> None:
        job = await self._reported(interaction, job_id)
        removed = await self._removal.take_away(interaction, job, refunds=refunds)
        did = "Removed"
        if removed.refunded_mc:
            did = f"Removed, {money.price(removed.refunded_mc)} credits refunded"
        if not removed.is_gone:
            did += "; the card could not be deleted"
        await self._show(interaction, job, did, {REMOVE, REMOVE_ONLY, DISMISS})
        await self._removal.note(interaction, removed)

    async def _reported(self, interaction: Interaction[Any], job_id: str) -> Job:
        """The job of a report, acknowledged: what is done may take longer than Discord waits."""
        check_moderator(interaction)
        job = await job_here(self._records, interaction, job_id)
        await interaction.response.defer()
        return job

    async def _show(
        self,
        interaction: Interaction[Any],
        job: Job,
        did: str,
        settles: Collection[str],
        *,
        keeps_picture: bool = False,
    ) -> None:
        """Add to the card who did what, and leave only the buttons that still do something."""
        assert interaction.message
        decision = Decision(did, interaction.user.id, self._now(), settles, keeps_picture)
        card = decided_card(interaction.message, job.id, decision)
        files = interaction.message.attachments if keeps_picture else []
        await interaction.edit_original_response(view=card, attachments=files)

    def _change(self, interaction: Interaction[Any], job: Job, action: str) -> Change:
        return Change(
            guild_id=job.guild_id,
            actor_id=interaction.user.id,
            action=action,
            subject_id=job.member_id,
            detail=f"job {job.id}",
        )
