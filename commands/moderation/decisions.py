"""The buttons of a report: moderators remove, dismiss or block, and the card says who did what."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from commands.access.moderators import check_moderator
from commands.access.subjects import job_here
from commands.errors import AlreadyDecided
from commands.languages import say
from commands.languages.audience import shown_to
from commands.moderation.audit import mirror, record
from commands.moderation.standing import set_standing
from commands.ui.answers import NOT_TAKEN, ORIGINAL, show_in_place
from commands.ui.cards import note_card
from commands.ui.report_cards import (
    BLOCK,
    DISMISS,
    LABELS,
    REMOVE,
    REMOVE_ONLY,
    Decision,
    decided_card,
    offered,
)
from generation import credits as money
from storage.rules import Change, Standing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Mapping
    from datetime import datetime

    import discord
    from discord import Interaction

    from commands import Action
    from commands.moderation.removal import Removal, Removed
    from commands.services import JobServices, RuleServices
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)


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
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

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
        async with self._deciding(interaction, job_id, DISMISS) as job:
            await self._show(interaction, job, lambda: say("Dismissed"), LABELS)
        change = self._change(interaction, job, "dismiss report")
        await record(interaction, self._rules, change)

    async def block(self, interaction: Interaction[Any], job_id: str) -> None:
        """Stop the author from drawing until a moderator resets that."""
        async with self._deciding(interaction, job_id, BLOCK) as job:
            change = await set_standing(
                interaction,
                self._rules,
                job.member_id,
                Standing.BLOCKED,
                action="block",
                detail=f"after a report of job {job.id}",
            )
            await self._show(
                interaction,
                job,
                lambda: say("{member} blocked", member=f"<@{job.member_id}>"),
                {BLOCK},
                keeps_picture=True,
            )
        await mirror(interaction, self._rules, change)

    async def _remove(self, interaction: Interaction[Any], job_id: str, *, refunds: bool) -> None:
        action = REMOVE if refunds else REMOVE_ONLY
        async with self._deciding(interaction, job_id, action) as job:
            removed = await self._removal.take_away(interaction, job, refunds=refunds)
            settled = {REMOVE, REMOVE_ONLY, DISMISS}
            await self._show(interaction, job, lambda: _removed(removed), settled)
        await self._removal.note(interaction, removed)

    @asynccontextmanager
    async def _deciding(
        self, interaction: Interaction[Any], job_id: str, action: str
    ) -> AsyncGenerator[Job]:
        """A block in which a moderator acts on a report, one after the other: its job.

        It is acknowledged, since what is done may take longer than Discord waits.

        Raises:
            AlreadyDecided: the card does not offer that any more.
        """
        check_moderator(interaction)
        job = await job_here(self._records, interaction, job_id)
        await interaction.response.defer()
        assert interaction.message
        lock = self._locks.setdefault(interaction.message.id, asyncio.Lock())
        async with lock:
            if action not in offered(await _as_it_is(interaction)):
                raise AlreadyDecided
            yield job

    async def _show(
        self,
        interaction: Interaction[Any],
        job: Job,
        did: Callable[[], str],
        settles: Collection[str],
        *,
        keeps_picture: bool = False,
    ) -> None:
        """Add to the card who did what, and leave only the buttons that still do something."""
        message = await _as_it_is(interaction)

        def decision() -> Decision:
            return Decision(did(), interaction.user.id, self._now(), settles, keeps_picture)

        with shown_to(interaction):
            card = decided_card(message, job.id, decision())
        files = message.attachments if keeps_picture else []
        await show_in_place(interaction, card, files, if_deleted=note_card(decision().line))

    def _change(self, interaction: Interaction[Any], job: Job, action: str) -> Change:
        return Change(
            guild_id=job.guild_id,
            actor_id=interaction.user.id,
            action=action,
            subject_id=job.member_id,
            detail=f"job {job.id}",
        )


def _removed(removed: Removed) -> str:
    """What a removal did, as the card of the report says it."""
    did = say("Removed")
    if removed.refunded_mc:
        did = say("Removed, {amount} credits refunded", amount=money.price(removed.refunded_mc))
    return did if removed.is_gone else f"{did}; {say('the card could not be deleted')}"


async def _as_it_is(interaction: Interaction[Any]) -> discord.Message:
    """The card as it is now: another moderator may have decided something since the press."""
    assert interaction.message
    try:
        return await interaction.followup.fetch_message(ORIGINAL)
    except NOT_TAKEN as error:
        log.info("a report is taken as it was: %s", type(error).__name__)
        return interaction.message
