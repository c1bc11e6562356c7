"""How a rule is changed: by whom it may be, with a line in the audit log, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord
from discord import Interaction, app_commands

from commands.access.requester import guild_of
from commands.errors import BadInput, NotManager
from commands.languages import marked, say
from commands.limits.possibilities import impossible
from commands.moderation import audit
from commands.options.values import read_with
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.text import joined
from generation.credits import read_credits, read_limit
from storage.rules import Change, Rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from commands.kinds.view import OfferedEngines
    from commands.services import RuleServices

    Subcommand = app_commands.Command[Any, ..., Any] | app_commands.Group

MANAGERS = discord.Permissions(manage_guild=True)


@dataclass(frozen=True, slots=True)
class RuleEdit:
    """A change of rules: its detail for the audit log, what it does, and the answer.

    After one that `is_about_caps` it is also said what the caps make impossible.
    """

    detail: str
    edit: Callable[[Rules], Rules]
    answer: str | Callable[[Rules], str]
    is_about_caps: bool = False


class ManagersOnly(app_commands.Group):
    """Commands for whoever may manage the server, also where Discord was told otherwise."""

    async def interaction_check(self, interaction: Interaction[Any], /) -> bool:
        """Stop everybody else; a group asks for the commands that are directly in it."""
        if interaction.permissions.manage_guild:
            return True
        command = interaction.command
        assert command
        # The tree hears of no other errors from here.
        raise app_commands.CommandInvokeError(command, NotManager())


class Ruling:
    """Changes rules as moderators ask."""

    def __init__(
        self, rules: RuleServices, engines: OfferedEngines, now: Callable[[], datetime]
    ) -> None:
        self.rules = rules
        self._engines = engines
        self._now = now

    async def ceiling_mc(self, interaction: Interaction[Any]) -> int | None:
        """What the operator lets the guild spend in a month."""
        guild = await self.rules.guild(guild_of(interaction))
        return guild.ceiling(self.rules.guilds.default_ceiling_mc)

    async def impossible(self, interaction: Interaction[Any], rules: Rules) -> list[str]:
        """What costs more than the rules allow."""
        return impossible(rules, await self.ceiling_mc(interaction), self._engines)

    async def apply(self, interaction: Interaction[Any], action: str, change: RuleEdit) -> None:
        """Change the guild's rules, say so privately, and mirror the line of the audit log."""
        line = self.line(interaction, action, change.detail)
        rules = await self.rules.database.write(
            self.rules.store.change_rules, line.guild_id, line, change.edit
        )
        answer = change.answer if isinstance(change.answer, str) else change.answer(rules)
        told = await self.impossible(interaction, rules) if change.is_about_caps else []
        await self.tell(interaction, line, "\n".join([answer, *told]))

    def line(
        self, interaction: Interaction[Any], action: str, detail: str, subject_id: int | None = None
    ) -> Change:
        """The line of the audit log for what is done now."""
        return Change(
            guild_id=guild_of(interaction),
            actor_id=interaction.user.id,
            action=action,
            subject_id=subject_id,
            detail=detail,
        )

    async def tell(self, interaction: Interaction[Any], change: Change, answer: str) -> None:
        """Answer for a change that is done, then mirror its line."""
        await answer_privately(interaction, note_card(answer))
        made = replace(change, made_at=self._now())
        await audit.mirror(interaction, self.rules, made)


def credits_mc(field: str, text: str) -> int:
    """An amount that a moderator typed, in millicredits.

    Raises:
        BadInput
    """
    return read_with(read_credits, field, text)


def limit_mc(field: str, text: str) -> int | None:
    """An amount as a limit; None for no limit.

    Raises:
        BadInput
    """
    return read_with(read_limit, field, text)


def check_may_write(channel: discord.TextChannel) -> None:
    """Refuse a channel that the bot cannot write in.

    Raises:
        BadInput
    """
    have = channel.permissions_for(channel.guild.me)
    needed = {
        marked("View Channel"): have.view_channel,
        marked("Send Messages"): have.send_messages,
    }
    missing = [say(name) for name, is_granted in needed.items() if not is_granted]
    if missing:
        reason = say(
            "I may not write in #{name}: give me {missing} there",
            name=channel.name,
            missing=joined(missing),
        )
        raise BadInput("channel", reason)
