"""Which servers the bot is in: their names are kept, and the operator hears of new ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from commands.ui.text import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord

    from bot.background.alerts import Alerts
    from bot.client import Atelier
    from jobs.guilds import Guilds

MAX_LIST = 800
"""Characters of the list of new servers in an alert."""


class GuildEvents:
    """Listens to what Discord tells of servers."""

    def __init__(self, client: Atelier, guilds: Guilds, alerts: Alerts) -> None:
        self._client = client
        self._guilds = guilds
        self._alerts = alerts
        # Discord may tell of a server twice at the start.
        self._one_at_a_time = asyncio.Lock()

    def listen(self) -> None:
        """Take the client's news of servers."""
        for handler in (
            self.on_ready,
            self.on_guild_available,
            self.on_guild_join,
            self.on_guild_update,
        ):
            self._client.event(handler)

    async def on_ready(self) -> None:
        """The servers that the bot is in."""
        await self._greet(self._client.guilds)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server that was away at the start."""
        await self._greet([guild])

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Somebody invited the bot."""
        await self._greet([guild])

    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """A server has another name, perhaps."""
        if before.name != after.name:
            await self._greet([after])

    async def _greet(self, guilds: Sequence[discord.Guild]) -> None:
        names = {guild.id: guild.name for guild in guilds if not guild.unavailable}
        async with self._one_at_a_time:
            not_admitted = await self._guilds.greet(names)
        if not not_admitted:
            return
        named = [f"{quoted(guild.name, 60)} ({guild.id})" for guild in not_admitted]
        await self._alerts.send(
            f"not admitted, so nobody can draw there: {listed(named, ', ', MAX_LIST)}. To let a"
            " server in: /operator admit in it, or python -m bot guilds admit ID --ceiling 500"
        )
