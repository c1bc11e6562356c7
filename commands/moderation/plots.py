"""The plot of what a server spent, with its members' names."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from commands.moderation import spending
from commands.ui.answers import NOT_TAKEN
from media.plots import spending_plot
from storage.rules import Period

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import discord

    from commands.kinds.view import OfferedEngines
    from media.pool import MediaPool
    from storage.ledger.periods import Calendar
    from storage.ledger.reports import Spent

NAMED = 8
"""How many members are called by their names on the plot."""

PLOT_LIMIT = timedelta(seconds=60)
"""The first plot of all prepares the fonts."""


class SpendingPlots:
    """Draws what a server spent, in a process of its own."""

    def __init__(self, pool: MediaPool, engines: OfferedEngines) -> None:
        self._pool = pool
        self._engines = engines

    async def draw(
        self,
        guild: discord.Guild | None,
        spent: Sequence[Spent],
        since: datetime,
        now: datetime,
        calendar: Calendar,
    ) -> bytes:
        """The plot by day, member and engine as PNG."""
        named = list(spending.by_member(spent))[:NAMED]
        chart = spending.chart(
            spent,
            calendar.first_day(since, Period.DAY),
            calendar.first_day(now, Period.DAY),
            place=guild.name if guild else "",
            names=await _names(guild, named),
            engine_names=self._engines.names,
        )
        return await self._pool.run(spending_plot, chart, limit=PLOT_LIMIT)


async def _names(guild: discord.Guild | None, member_ids: Sequence[int]) -> dict[int, str]:
    """What members are called; those who left have no name here."""

    async def name(member_id: int) -> str:
        if member_id < 0:
            return "former member"
        with suppress(*NOT_TAKEN):
            return (await guild.fetch_member(member_id)).display_name if guild else ""
        return ""

    found = await asyncio.gather(*map(name, member_ids))
    return dict(zip(member_ids, found, strict=True))
