"""/operator: who is let in, what each server may spend, and how the whole is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import Interaction, app_commands

from commands.access.operators import is_operator
from commands.access.requester import guild_of
from commands.errors import BadInput, NotOperator
from commands.languages import say
from commands.options.values import read_with
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.text import listed, quoted
from generation.credits import read_limit
from jobs.ids import read_id
from jobs.operator_lines import guild_line, status_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.services import RuleServices
    from jobs.guilds import Guilds, Spending
    from jobs.status import Survey

MAX_LIST = 2500
"""Characters of the list of servers."""

SERVER = "The server's id; without it, this server."
CEILING = "Credits that it may spend in a month, or none for no limit."


class OperatorCommands(app_commands.Group):
    """What only the owner of the application may do."""

    def __init__(self, guilds: Guilds, survey: Survey) -> None:
        super().__init__(
            name="operator",
            description="What only the operator of this bot may do.",
            default_permissions=discord.Permissions(administrator=True),
        )
        self._guilds = guilds
        self._survey = survey

    async def interaction_check(self, interaction: Interaction[Any], /) -> bool:
        """Stop everybody else: Discord shows the command to administrators of any server."""
        if is_operator(interaction):
            return True
        command = interaction.command
        assert command
        # The tree hears of no other errors from here.
        raise app_commands.CommandInvokeError(command, NotOperator())

    @app_commands.command(name="status")
    async def status(self, interaction: Interaction[Any]) -> None:
        """Show the balance at the API, all servers' limits, jobs, disk and engines."""
        # The engine may take longer than Discord waits.
        await interaction.response.defer(ephemeral=True)
        lines = status_lines(await self._survey.take())
        await answer_privately(interaction, note_card("\n".join(quoted(line) for line in lines)))

    @app_commands.command(name="guilds")
    async def guilds(self, interaction: Interaction[Any]) -> None:
        """List the servers with what they may spend and have spent this month."""
        lines = [guild_line(spending, quoted) for spending in await self._guilds.all()]
        await answer_privately(interaction, note_card(listed(lines, "\n", MAX_LIST)))

    @app_commands.command(name="admit")
    @app_commands.describe(ceiling=CEILING, server=SERVER)
    async def admit(
        self, interaction: Interaction[Any], ceiling: str | None = None, server: str | None = None
    ) -> None:
        """Approve a server, so that its members can draw."""
        guild_id = _guild_id(interaction, server)
        ceiling_mc = self._usual_ceiling() if ceiling is None else _ceiling_mc(ceiling)
        spending = await self._guilds.admit(guild_id, interaction.user.id, ceiling_mc)
        await _show(interaction, spending)

    @app_commands.command(name="refuse")
    @app_commands.describe(server=SERVER)
    async def refuse(self, interaction: Interaction[Any], server: str | None = None) -> None:
        """Keep a server out; jobs that it has already are finished."""
        guild_id = _guild_id(interaction, server)
        await _show(interaction, await self._guilds.refuse(guild_id, interaction.user.id))

    @app_commands.command(name="ceiling")
    @app_commands.describe(credits_=CEILING, server=SERVER)
    @app_commands.rename(credits_="credits")
    async def ceiling(
        self, interaction: Interaction[Any], credits_: str, server: str | None = None
    ) -> None:
        """Change what a server may spend in a month."""
        guild_id = _guild_id(interaction, server)
        spending = await self._guilds.set_ceiling(
            guild_id, interaction.user.id, _ceiling_mc(credits_)
        )
        await _show(interaction, spending)

    def _usual_ceiling(self) -> int | None:
        usual_mc = self._guilds.default_ceiling_mc
        if usual_mc == 0:
            raise BadInput(
                "ceiling", say("say what the server may spend in a month, for example 500")
            )
        return usual_mc


def build(rules: RuleServices, survey: Survey) -> tuple[list[Registered], Mapping[str, Action]]:
    """The commands; they have no buttons."""
    return [OperatorCommands(rules.guilds, survey)], {}


async def _show(interaction: Interaction[Any], spending: Spending) -> None:
    await answer_privately(interaction, note_card(guild_line(spending, quoted)))


def _guild_id(interaction: Interaction[Any], text: str | None) -> int:
    if text is None:
        return guild_of(interaction)
    return read_with(read_id, "server", text)


def _ceiling_mc(text: str) -> int | None:
    return read_with(read_limit, "ceiling", text)
