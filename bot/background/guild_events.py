"""Which servers the bot is in: their names are kept, and the operator hears of new ones."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from commands.access.operators import owners
from commands.ui.text import listed, quoted
from generation import credits as money
from storage.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import discord

    from bot.background.alerts import Alerts
    from bot.client import Atelier
    from jobs.guilds import Guilds, Spending
    from storage.rules import Guild

log = logging.getLogger(__name__)

MAX_LIST = 800
"""Characters of a list of servers in an alert."""

MAX_SERVER_NAME = 60

NOTED_WITHIN_S = 3.0
"""For so long the start waits for servers; one that is away at Discord may take hours."""


class GuildEvents:
    """Listens to what Discord tells of servers."""

    def __init__(self, client: Atelier, guilds: Guilds, alerts: Alerts) -> None:
        self._client = client
        self._guilds = guilds
        self._alerts = alerts
        # Discord may tell of a server twice at the start.
        self._one_at_a_time = asyncio.Lock()
        self._noted: set[int] = set()
        self._has_noted = asyncio.Event()

    async def wait_for_all(self, within_s: float = NOTED_WITHIN_S) -> None:
        """Wait until the servers that the bot is in are noted: until then its owner's own one is
        not approved yet."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while any(guild.id not in self._noted for guild in self._client.guilds):
                    self._has_noted.clear()
                    await self._has_noted.wait()

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
        await self._greet([guild], is_new=True)

    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """A server has another name, perhaps."""
        if before.name != after.name:
            await self._greet([after])

    async def _greet(self, guilds: Sequence[discord.Guild], *, is_new: bool = False) -> None:
        names = {guild.id: guild.name for guild in guilds if not guild.unavailable}
        own = {guild.id for guild in guilds if guild.id in names and self._is_own(guild)}
        try:
            async with self._one_at_a_time:
                if not is_new:
                    # A server can be handed to somebody unasked: later owners change nothing.
                    own -= await self._guilds.known(own)
                admitted = await self._guilds.admit_own(own, self._actor_id())
                not_admitted = await self._guilds.greet(names)
        except DatabaseUnavailable as error:
            log.warning("the news of %d servers were not noted: %s", len(names), error)
            return
        finally:
            self._noted |= names.keys()
            self._has_noted.set()
        if admitted:
            await self._alerts.send(_own_admitted(admitted, names), logging.INFO)
        if not_admitted:
            await self._alerts.send(_next_step(not_admitted))

    def _is_own(self, guild: discord.Guild) -> bool:
        """Whether the server belongs to the bot's owner, or to one of the team that owns it."""
        application = self._client.application
        return application is not None and guild.owner_id in owners(application)

    def _actor_id(self) -> int:
        return self._client.user.id if self._client.user else 0


def _own_admitted(admitted: Sequence[Spending], names: Mapping[int, str]) -> str:
    ceiling_mc = admitted[0].ceiling_mc or 0
    servers = [_named(one.guild.id, names[one.guild.id]) for one in admitted]
    return (
        f"approved, since it is yours: {listed(servers, ', ', MAX_LIST)}. Up to"
        f" {money.balance(ceiling_mc)} credits a month can be spent there; to change that:"
        " /operator ceiling, or python -m bot guilds ceiling ID CREDITS"
    )


def _next_step(waiting: Sequence[Guild]) -> str:
    servers = [_named(guild.id, guild.name) for guild in waiting]
    guild_id = waiting[0].id if len(waiting) == 1 else "ID"
    return (
        f"not approved yet, so nobody can draw there: {listed(servers, ', ', MAX_LIST)}. To approve"
        f" a server: /operator admit server:{guild_id} ceiling:500, or"
        f" python -m bot guilds admit {guild_id} --ceiling 500"
    )


def _named(guild_id: int, name: str) -> str:
    return f"{quoted(name, MAX_SERVER_NAME)} ({guild_id})"
