"""Taking a result away: its messages, its files and, if that is wanted, its price."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from commands.errors import StillAtWork
from commands.moderation.audit import mirror, record
from commands.ui.answers import NOT_TAKEN
from generation import credits as money
from jobs.errors import TooLate
from jobs.records import LOOKS
from jobs.rules.grants import Moved
from storage.jobs.jobs import JobState
from storage.rules import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Interaction

    from commands.services import AccountServices, JobServices, RuleServices
    from jobs.videos import Videos
    from storage.jobs.history import Post
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

ENDING_LOOKS = 10 * LOOKS
"""A job whose question was ended shows its result once more before it is over."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of a result, in millicredits; the line of it may be in the audit log already."""

    job: Job
    refunded_mc: int
    is_gone: bool
    change: Change
    is_noted: bool


class Removal:
    """Takes results away for moderators."""

    def __init__(
        self, jobs: JobServices, accounts: AccountServices, rules: RuleServices, videos: Videos
    ) -> None:
        self._records = jobs.records
        self._videos = videos
        self._grants = accounts.grants
        self._rules = rules

    async def take_away(self, interaction: Interaction[Any], job: Job, *, refunds: bool) -> Removed:
        """Erase a result with its messages, and give its price back if that is wanted.

        What is shown beside a question is taken away too: the question ends with that.

        Raises:
            StillAtWork
        """
        actor_id = interaction.user.id
        try:
            looks = ENDING_LOOKS if await self._end_question(job, actor_id) else LOOKS
            job = await self._records.erase(job.id, actor_id, is_moderator=True, looks=looks)
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
        is_gone = await delete_cards(interaction, job, await self._records.posts(job))
        return Removed(job, moved.amount_mc, is_gone, moved.change, bool(moved.amount_mc))

    async def _end_question(self, job: Job, actor_id: int) -> bool:
        """End what waits for its author's answer only; whether it does."""
        if job.state is not JobState.DELIVERING:
            return False
        with suppress(TooLate):
            await self._videos.answer(job, actor_id, wants_again=False, is_moderator=True)
            return True
        return False

    async def note(self, interaction: Interaction[Any], removed: Removed) -> None:
        """Write the audit log's line where that is not done, and mirror it; after the answer."""
        if removed.is_noted:
            await mirror(interaction, self._rules, removed.change)
        else:
            await record(interaction, self._rules, removed.change)


async def delete_cards(interaction: Interaction[Any], job: Job, posts: Sequence[Post]) -> bool:
    """Delete the messages that show the job; whether they are gone. The refund stands anyway."""
    shown = [(job.channel_id, job.message_id), (job.channel_id, job.more_message_id)]
    shown += [(post.channel_id, post.message_id) for post in posts]
    places = [(channel_id, message_id) for channel_id, message_id in shown if message_id]
    return all([await delete_message(interaction, *place) for place in places])


async def delete_message(interaction: Interaction[Any], channel_id: int, message_id: int) -> bool:
    """Delete a message of the bot's in a channel of the guild; whether it is gone."""
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
    try:
        with suppress(discord.NotFound):
            await channel.get_partial_message(message_id).delete()
    except NOT_TAKEN as error:
        log.warning("a removed result is still shown: %s", type(error).__name__)
        return False
    return True
