"""/limits: the rules of a guild, for those who manage it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.access.kept_forms import KeptForms
from commands.access.requester import guild_of
from commands.limits import amounts, lists, places
from commands.limits.rule_change import MANAGERS, ManagersOnly, Ruling
from commands.limits.setup import AGAIN, Setup
from commands.limits.words import Words
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.rule_lines import rule_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import PendingOrders, RuleServices


class LimitsCommands(ManagersOnly):
    """Everything that moderators say about credits and drawing."""

    def __init__(self, ruling: Ruling, engines: OfferedEngines, setup: Setup) -> None:
        super().__init__(
            name="limits",
            description="Rules for credits and drawing in this server.",
            default_permissions=MANAGERS,
        )
        self._ruling = ruling
        self._setup = setup
        for module in (amounts, lists, places):
            for command in module.commands(ruling):
                self.add_command(command)
        self.add_command(Words(ruling, engines))

    @app_commands.command(name="setup")
    async def setup(self, interaction: Interaction[Any]) -> None:
        """Set credits, channels, roles, budget and where reports go, in one form."""
        await self._setup.open(interaction)

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
        lines += await self._ruling.impossible(interaction, guild.rules)
        await answer_privately(interaction, note_card("\n".join(lines)))


def build(
    rules: RuleServices,
    pending: PendingOrders,
    engines: OfferedEngines,
    now: Callable[[], datetime],
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The commands, and the form of the set-up."""
    ruling = Ruling(rules, engines, now)
    setup = Setup(ruling, KeptForms(pending, AGAIN))
    actions: dict[str, Action] = {"limits_setup": setup.finish, AGAIN: setup.open_again}
    return [LimitsCommands(ruling, engines, setup)], actions
