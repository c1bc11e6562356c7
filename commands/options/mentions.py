"""Mentions and emoji in what a member types, as words that can be drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from prompts import escape

if TYPE_CHECKING:
    from discord import Interaction

SOMEBODY, ROLE, CHANNEL = "somebody", "role", "channel"
"""What is drawn where a name is not known."""

_MENTION = re.compile(
    r"<(?:@!?(?P<member>\d{1,20})|@&(?P<role>\d{1,20})|#(?P<channel>\d{1,20})"
    r"|a?:(?P<emoji>\w{1,32}):\d{1,20})>",
    re.ASCII,
)


def readable(interaction: Interaction[Any], text: str) -> str:
    """The text with names in the place of mentions and of a server's own emoji, escaped."""
    if "<" not in text:
        return text
    return _MENTION.sub(lambda found: escape(_name(interaction, found)), text)


def _name(interaction: Interaction[Any], found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    if kind == "emoji":
        return found["emoji"].replace("_", " ").strip() or "emoji"
    number, guild = int(found[kind]), interaction.guild
    if kind == "member":
        return _member(interaction, number)
    if kind == "role":
        role = guild.get_role(number) if guild else None
        return role.name if role else ROLE
    channel = guild.get_channel_or_thread(number) if guild else None
    return channel.name if channel else CHANNEL


def _member(interaction: Interaction[Any], member_id: int) -> str:
    """A member's name here: what comes with the interaction, else what is known of the server."""
    if member_id == interaction.user.id:
        return interaction.user.display_name
    resolved: Any = (interaction.data or {}).get("resolved") or {}
    member: Any = (resolved.get("members") or {}).get(str(member_id)) or {}
    user: Any = (resolved.get("users") or {}).get(str(member_id)) or {}
    told = member.get("nick") or user.get("global_name") or user.get("username")
    if isinstance(told, str) and told:
        return told
    me = interaction.client.user
    if me is not None and me.id == member_id:
        return me.display_name
    known = interaction.guild.get_member(member_id) if interaction.guild else None
    return known.display_name if known else SOMEBODY
