"""/limits channels and /limits roles: where members may draw, and who."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord

from commands.errors import BadInput
from commands.languages import say
from commands.limits.rule_change import RuleEdit
from commands.limits.subcommands import group
from commands.ui import rule_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from commands.limits.rule_change import Ruling, Subcommand
    from storage.rules import Rules

MAX_LISTED = 100
Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel


@dataclass(frozen=True, slots=True)
class IdList:
    """A list of the rules: its field, what one of it is called, and its line."""

    rule: str
    noun: str
    sign: str
    line: Callable[[Rules], str]

    def with_(self, target: Channel | discord.Role) -> RuleEdit:
        """The list with one more."""
        return self._edit(f"add {self.sign}{target.name}", lambda ids: self._added(ids, target.id))

    def without(self, target: Channel | discord.Role) -> RuleEdit:
        """The list with one less."""
        return self._edit(
            f"remove {self.sign}{target.name}", lambda ids: self._taken(ids, target.id)
        )

    def emptied(self) -> RuleEdit:
        """The empty list, which stands for all."""
        return self._edit("all", lambda _: ())

    def _edit(self, detail: str, change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> RuleEdit:
        def apply(rules: Rules) -> Rules:
            values: dict[str, Any] = {self.rule: change(getattr(rules, self.rule))}
            return replace(rules, **values)

        return RuleEdit(detail, apply, self.line)

    def _added(self, ids: tuple[int, ...], id_: int) -> tuple[int, ...]:
        if len(ids) >= MAX_LISTED:
            raise BadInput(
                self.noun,
                say("the list has {limit} already; take one off first", limit=MAX_LISTED),
            )
        return tuple(dict.fromkeys((*ids, id_)))

    def _taken(self, ids: tuple[int, ...], id_: int) -> tuple[int, ...]:
        if id_ not in ids:
            raise BadInput(self.noun, say("it is not on the list"))
        if len(ids) == 1:
            raise BadInput(
                self.noun, say("it is the only one on the list; use `all` to allow every one")
            )
        return tuple(known for known in ids if known != id_)


CHANNELS = IdList(
    "channels",
    "channel",
    "#",
    lambda rules: say(
        "**Channels** where members may draw: {channels}.", channels=rule_lines.channels(rules)
    ),
)
ROLES = IdList(
    "roles",
    "role",
    "@",
    lambda rules: say("**Roles** that may draw: {roles}.", roles=rule_lines.roles(rules)),
)


def commands(ruling: Ruling) -> list[Subcommand]:
    """The groups of commands."""
    channels = {"add": add_channel, "remove": remove_channel, "all": allow_all_channels}
    roles = {"add": add_role, "remove": remove_role, "all": allow_everyone}
    return [
        group(ruling, "channels", "Where members may draw.", channels),
        group(ruling, "roles", "Who may draw.", roles),
    ]


def add_channel(channel: Channel) -> RuleEdit:
    """Allow a channel with its threads; without any, all are allowed.

    Args:
        channel: The channel
    """
    return CHANNELS.with_(channel)


def remove_channel(channel: Channel) -> RuleEdit:
    """Take a channel off the list.

    Args:
        channel: The channel
    """
    return CHANNELS.without(channel)


def allow_all_channels() -> RuleEdit:
    """Allow all channels."""
    return CHANNELS.emptied()


def add_role(role: discord.Role) -> RuleEdit:
    """Allow a role; without any, everyone may draw.

    Args:
        role: The role
    """
    return ROLES.with_(role)


def remove_role(role: discord.Role) -> RuleEdit:
    """Take a role off the list.

    Args:
        role: The role
    """
    return ROLES.without(role)


def allow_everyone() -> RuleEdit:
    """Allow everyone."""
    return ROLES.emptied()
