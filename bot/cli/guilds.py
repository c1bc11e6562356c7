"""`guilds`: admit and refuse servers from the shell, and set their ceilings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.clock import now
from bot.errors import CannotStart
from bot.wiring.database import operators_database
from jobs.guilds import Guilds
from jobs.operator_lines import guild_line
from storage.rules import RuleStore

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.settings import Settings

FROM_THE_SHELL = 0
"""The actor in the audit log."""


async def listed(settings: Settings) -> str:
    """Every guild that was ever heard of, a line each."""
    async with _guilds(settings) as guilds:
        lines = [guild_line(spending) for spending in await guilds.all()]
    return "\n".join(lines) or "The bot has been in no server yet."


async def admit(settings: Settings, guild_id: int, ceiling_mc: int | None) -> str:
    """Let a guild in, with what it may spend in a month; None for no limit."""
    async with _guilds(settings) as guilds:
        return guild_line(await guilds.admit(guild_id, FROM_THE_SHELL, ceiling_mc))


async def refuse(settings: Settings, guild_id: int) -> str:
    """Keep a guild out."""
    async with _guilds(settings) as guilds:
        return guild_line(await guilds.refuse(guild_id, FROM_THE_SHELL))


async def set_ceiling(settings: Settings, guild_id: int, ceiling_mc: int | None) -> str:
    """Change what a guild may spend in a month; None for no limit."""
    async with _guilds(settings) as guilds:
        return guild_line(await guilds.set_ceiling(guild_id, FROM_THE_SHELL, ceiling_mc))


def usual_ceiling(settings: Settings) -> int | None:
    """What an admitted guild may spend in a month where nothing is said; None for no limit.

    Raises:
        CannotStart: guilds may spend nothing, so it has to be said.
    """
    if settings.default_ceiling_mc == 0:
        raise CannotStart("Say what it may spend in a month: --ceiling 500, or --ceiling none.")
    return settings.default_ceiling_mc


@asynccontextmanager
async def _guilds(settings: Settings) -> AsyncGenerator[Guilds]:
    async with operators_database(settings) as database:
        yield Guilds(database, RuleStore(now), now, settings.default_ceiling_mc)
