"""“Remove and refund”: a moderator right-clicks a result."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import Interaction, app_commands

from commands.access.moderators import check_moderator
from commands.errors import BadInput, StillAtWork
from commands.moderation.audit import mirror, record
from commands.ui.answers import answer_privately
from commands.ui.mod_cards import removed_card
from generation import credits as money
from jobs.errors import TooLate
from jobs.grants import Moved
from storage.rules import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commands import Action, Registered
    from commands.services import AccountServices, JobServices, RuleServices
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

NAMED = re.compile(r"\bjob ([0-9a-z]{1,24})\b")
"""How cards without buttons name their job."""


def build(
    jobs: JobServices, accounts: AccountServices, rules: RuleServices
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The entry of the messages' menu; it has no buttons."""
    removal = Removal(jobs, accounts, rules)
    menu = app_commands.ContextMenu(name="Remove and refund", callback=removal.remove_shown)
    menu.default_permissions = discord.Permissions(moderate_members=True)
    return [menu], {}


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of a result, in millicredits; the line of it may be in the audit log already."""

    job: Job
    refunded_mc: int
    is_gone: bool
    change: Change
    is_noted: bool


class Removal:
    """Takes a result away: its messages, its files and its price."""

    def __init__(self, jobs: JobServices, accounts: AccountServices, rules: RuleServices) -> None:
        self._records = jobs.records
        self._grants = accounts.grants
        self._rules = rules

    async def remove_shown(self, interaction: Interaction[Any], message: discord.Message) -> None:
        """Remove the result that a message shows."""
        check_moderator(interaction)
        job = await self._shown_in(message)
        if job is None or job.guild_id != interaction.guild_id:
            raise BadInput("message", "it shows no result of mine")
        await interaction.response.defer(ephemeral=True, thinking=True)
        removed = await self.take_away(interaction, job, refunds=True)
        card = removed_card(job.id, job.member_id, removed.refunded_mc, is_gone=removed.is_gone)
        await answer_privately(interaction, card)
        await self.note(interaction, removed)

    async def take_away(self, interaction: Interaction[Any], job: Job, *, refunds: bool) -> Removed:
        """Erase a result with its messages, and give its price back if that is wanted.

        Raises:
            StillAtWork
        """
        actor_id = interaction.user.id
        try:
            job = await self._records.erase(job.id, actor_id, is_moderator=True)
        except TooLate:
            raise StillAtWork from None

        def tell(refunded_mc: int) -> Change:
            return Change(
                guild_id=job.guild_id,
                actor_id=actor_id,
                action="remove and refund" if refunds else "remove",
                subject_id=job.member_id,
                detail=f"job {job.id}, {money.price(refunded_mc)} credits",
            )

        moved = Moved(0, tell(0))
        if refunds:
            moved = await self._grants.refund(job.id, actor_id, tell)
        is_gone = await _delete(interaction, job)
        return Removed(job, moved.amount_mc, is_gone, moved.change, bool(moved.amount_mc))

    async def note(self, interaction: Interaction[Any], removed: Removed) -> None:
        """Write the audit log's line where that is not done, and mirror it; after the answer."""
        if removed.is_noted:
            await mirror(interaction, self._rules, removed.change)
        else:
            await record(interaction, self._rules, removed.change)

    async def _shown_in(self, message: discord.Message) -> Job | None:
        """The job whose card a message is; anybody can write an id, only a job knows its card."""
        for job_id in dict.fromkeys(_job_ids(message.components)):
            with suppress(TooLate):
                job = await self._records.get(job_id)
                if message.id in (job.message_id, job.more_message_id):
                    return job
        return None


def _job_ids(components: Sequence[Any]) -> Iterator[str]:
    """What may be a job's id among a message's buttons and texts."""
    for component in components:
        _, _, subject = str(getattr(component, "custom_id", None) or "").partition(":")
        if subject:
            yield subject
        yield from NAMED.findall(str(getattr(component, "content", "")))
        yield from _job_ids(getattr(component, "children", ()))


async def _delete(interaction: Interaction[Any], job: Job) -> bool:
    """Delete the messages that show the job; whether they are gone. The refund stands anyway."""
    channel = interaction.client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
    try:
        for message_id in (job.message_id, job.more_message_id):
            if message_id:
                with suppress(discord.NotFound):
                    await channel.get_partial_message(message_id).delete()
    except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
        log.warning("a removed result is still shown: %s", type(error).__name__)
        return False
    return True
