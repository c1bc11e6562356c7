"""/limits: the rules of a guild, for those who manage it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.access.requester import guild_of
from commands.limits import amounts, lists, places
from commands.limits.rule_change import MANAGERS, ManagersOnly, Ruling
from commands.limits.setup import finish_setup, setup_form
from commands.limits.words import Words
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.rule_lines import rule_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import RuleServices


class LimitsCommands(ManagersOnly):
    """Everything that moderators say about credits and drawing."""

    def __init__(self, ruling: Ruling, engines: OfferedEngines) -> None:
        super().__init__(
            name="limits",
            description="Rules for credits and drawing in this server.",
            default_permissions=MANAGERS,
        )
        self._ruling = ruling
        for module in (amounts, lists, places):
            for command in module.commands(ruling):
                self.add_command(command)
        self.add_command(Words(ruling, engines))

    @app_commands.command(name="setup")
    async def setup(self, interaction: Interaction[Any]) -> None:
        """Answer three questions, and the rules stand."""
        guild = await self._ruling.rules.guild(guild_of(interaction))
        await interaction.response.send_modal(setup_form(guild.rules))

    @app_commands.command(name="show")
    async def show(self, interaction: Interaction[Any]) -> None:
        """Show all rules and this month's budget."""
        rules = self._ruling.rules
        guild = await rules.guild(guild_of(interaction))
        lines = rule_lines(
            guild,
            await rules.limits.months(guild.id, rules.limits.month_limits(guild)),
            await self._ruling.ceiling_mc(interaction),
            rules.limits.next_refill_at(guild.rules),
        )
        await answer_privately(interaction, note_card("\n".join(lines)))


def build(
    rules: RuleServices, engines: OfferedEngines, now: Callable[[], datetime]
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The commands, and the form of the set-up."""
    ruling = Ruling(rules, now)

    async def finish(interaction: Interaction[Any], _subject: str) -> None:
        await finish_setup(ruling, interaction)

    return [LimitsCommands(ruling, engines)], {"limits_setup": finish}
