"""`python -m bot status`: how the whole is doing, from the shell and beside the running bot."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bot.clock import now
from bot.wiring.database import operators_database
from bot.wiring.hosts import open_hosts
from jobs.guilds import Guilds
from jobs.operator_lines import status_lines
from jobs.rules.disk import Space
from jobs.status import Survey
from storage.rules import RuleStore

if TYPE_CHECKING:
    from bot.settings import Settings


async def told(settings: Settings) -> str:
    """A line for each part of the whole."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(operators_database(settings))
        hosts = None
        if not settings.is_embedded:
            hosts = await open_hosts(settings, None, stack, database)
        guilds = Guilds(database, RuleStore(now), now, settings.default_ceiling_mc)
        space = Space(settings.folders, settings.atelier_disk_cap)
        return "\n".join(status_lines(await Survey(hosts, guilds, database, space, now).take()))
