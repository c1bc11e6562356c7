"""Who stands behind an interaction, as the rules see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from commands.errors import NotInGuild
from jobs.rules.terms import Asker
from storage.ledger.accounts import Account

if TYPE_CHECKING:
    from discord import Interaction


def guild_of(interaction: Interaction[Any]) -> int:
    """The id of the guild that an interaction comes from.

    Raises:
        NotInGuild: it comes from direct messages.
    """
    if interaction.guild_id is None:
        raise NotInGuild
    return interaction.guild_id


def account_of(interaction: Interaction[Any]) -> Account:
    """Whose credits an interaction spends."""
    return Account(guild_of(interaction), interaction.user.id)


def asker_of(interaction: Interaction[Any]) -> Asker:
    """The member, the channel and what Discord says of both in the interaction itself."""
    return asker_for(interaction, interaction.user)


def asker_for(interaction: Interaction[Any], member: discord.Member | discord.User) -> Asker:
    """Another member, as if they asked in this channel."""
    channel = interaction.channel
    is_member = isinstance(member, discord.Member)
    return Asker(
        guild_id=guild_of(interaction),
        member_id=member.id,
        roles=frozenset(role.id for role in member.roles) if is_member else frozenset(),
        joined_at=member.joined_at if is_member else None,
        channel_id=interaction.channel_id or 0,
        parent_channel_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        is_age_restricted=is_age_restricted(channel),
    )


def is_age_restricted(channel: object) -> bool:
    """Of a thread, whether the channel it is in is; what cannot say so is not."""
    match channel:
        case (
            discord.TextChannel()
            | discord.VoiceChannel()
            | discord.StageChannel()
            | discord.ForumChannel()
            | discord.Thread()
        ):
            return channel.is_nsfw()
        case _:
            return False
