"""Mentions and emoji in what a member types, as words that can be drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

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
    if told := _told(interaction.data, member_id):
        return told
    me = interaction.client.user
    if me is not None and me.id == member_id:
        return me.display_name
    known = interaction.guild.get_member(member_id) if interaction.guild else None
    return known.display_name if known else SOMEBODY


def _told(data: Any, member_id: int) -> str:
    """The name of a member as the interaction tells it; empty where it does not."""
    found: list[Any] = []
    for kind, names in (("members", ("nick",)), ("users", ("global_name", "username"))):
        facts = _inside(_inside(_inside(data, "resolved"), kind), str(member_id))
        found += [_inside(facts, name) for name in names]
    return next((name for name in found if isinstance(name, str) and name), "")


def _inside(value: Any, name: str) -> Any:
    return cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
