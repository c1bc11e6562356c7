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
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.tools import Tools


class LimitsCommands(ManagersOnly):
    """Everything that moderators say about credits and drawing."""

    def __init__(self, ruling: Ruling) -> None:
        super().__init__(
            name="limits",
            description="Rules for credits and drawing in this server.",
            default_permissions=MANAGERS,
        )
        self._ruling = ruling
        for module in (amounts, lists, places):
            for command in module.commands(ruling):
                self.add_command(command)
        self.add_command(Words(ruling))

    @app_commands.command(name="setup")
    async def setup(self, interaction: Interaction[Any]) -> None:
        """Answer three questions, and the rules stand."""
        guild = await self._ruling.tools.rules.guild(guild_of(interaction))
        await interaction.response.send_modal(setup_form(guild.rules))

    @app_commands.command(name="show")
    async def show(self, interaction: Interaction[Any]) -> None:
        """Show all rules and this month's budget."""
        tools = self._ruling.tools
        guild = await tools.rules.guild(guild_of(interaction))
        lines = rule_lines(
            guild,
            await tools.limits.months(guild),
            await self._ruling.ceiling_mc(interaction),
            tools.limits.next_refill_at(guild.rules),
        )
        await answer_privately(interaction, note_card("\n".join(lines)))


def build(tools: Tools) -> tuple[list[Registered], Mapping[str, Action]]:
    """The commands, and the form of the set-up."""
    ruling = Ruling(tools)

    async def finish(interaction: Interaction[Any], _subject: str) -> None:
        await finish_setup(ruling, interaction)

    return [LimitsCommands(ruling)], {"limits_setup": finish}
