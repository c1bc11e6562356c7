"""Who asks, as the rules see them: roles, place and age restriction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest.mock import create_autospec

import discord
import pytest

from commands.access.requester import account_of, asker_for, asker_of, guild_of
from commands.errors import NotInGuild

JOINED = datetime(2026, 11, 1, tzinfo=UTC)


def interaction_in(channel: Any) -> Any:
    interaction = create_autospec(discord.Interaction, instance=True)
    interaction.guild_id, interaction.channel_id, interaction.channel = 1, 10, channel
    interaction.user = create_autospec(discord.Member, instance=True)
    interaction.user.id = 2
    interaction.user.joined_at = JOINED
    interaction.user.roles = [a_role(1), a_role(20)]
    return interaction


def a_role(role_id: int) -> discord.Role:
    role = create_autospec(discord.Role, instance=True)
    role.id = role_id
    return role


def a_channel(kind: type[Any], *, is_nsfw: bool = False) -> Any:
    channel = create_autospec(kind, instance=True)
    channel.is_nsfw.return_value = is_nsfw
    return channel


def test_a_member_in_a_channel():
    asker = asker_of(interaction_in(a_channel(discord.TextChannel)))
    assert (asker.guild_id, asker.member_id, asker.channel_id) == (1, 2, 10)
    assert asker.roles == {1, 20}
    assert asker.joined_at == JOINED
    assert asker.parent_channel_id is None
    assert not asker.is_age_restricted


@pytest.mark.parametrize(
    "kind", [discord.TextChannel, discord.VoiceChannel, discord.StageChannel, discord.ForumChannel]
)
def test_a_channel_may_be_age_restricted(kind: type[Any]):
    assert asker_of(interaction_in(a_channel(kind, is_nsfw=True))).is_age_restricted


def test_a_thread_is_what_its_channel_is():
    thread = a_channel(discord.Thread, is_nsfw=True)
    thread.parent_id = 9
    asker = asker_of(interaction_in(thread))
    assert asker.parent_channel_id == 9
    assert asker.is_age_restricted


def test_a_channel_that_nobody_knows_is_not_age_restricted():
    assert not asker_of(interaction_in(None)).is_age_restricted
    unknown = create_autospec(discord.PartialMessageable, instance=True)
    assert not asker_of(interaction_in(unknown)).is_age_restricted


def test_somebody_who_left_has_no_roles():
    gone = create_autospec(discord.User, instance=True)
    gone.id = 3
    asker = asker_for(interaction_in(a_channel(discord.TextChannel)), gone)
    assert (asker.member_id, asker.roles, asker.joined_at) == (3, frozenset(), None)


def test_direct_messages_have_no_guild():
    interaction = interaction_in(a_channel(discord.TextChannel))
    assert guild_of(interaction) == 1
    interaction.guild_id = None
    for read in (guild_of, account_of, asker_of):
        with pytest.raises(NotInGuild):
            read(interaction)
