"""Interactions as the library would hand them over, with Discord's answers scripted."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock, create_autospec

import discord

CHANNEL, MEMBER = 10, 2


def an_interaction(guild_id: int = 1, **values: Any) -> Any:
    """A member's interaction in a text channel where the bot may do everything."""
    interaction = create_autospec(discord.Interaction, instance=True)
    interaction.id, interaction.token = 77, "token"
    interaction.guild_id, interaction.channel_id = guild_id, CHANNEL
    interaction.locale = interaction.guild_locale = discord.Locale.american_english
    interaction.filesize_limit = 10_000_000
    interaction.app_permissions = discord.Permissions.all()
    interaction.channel = create_autospec(discord.TextChannel, instance=True)
    interaction.channel.is_nsfw.return_value = False
    interaction.user = create_autospec(discord.Member, instance=True)
    interaction.user.id, interaction.user.roles, interaction.user.joined_at = MEMBER, [], None
    interaction.response = create_autospec(discord.InteractionResponse, instance=True)
    interaction.response.is_done.return_value = False
    interaction.response.send_message.return_value = Mock(message_id=100)
    for name, value in values.items():
        setattr(interaction, name, value)
    return interaction


def stale() -> discord.NotFound:
    """What Discord says to an answer that comes too late."""
    response = Mock(status=404, reason="Not Found")
    return discord.NotFound(response, {"code": 10062, "message": "Unknown interaction"})


def text_of(card: Any) -> str:
    """All texts of a card."""
    return "\n".join(str(item.content) for item in card.walk_children() if hasattr(item, "content"))
