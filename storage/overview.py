"""What the operator sees of the whole: what guilds spent, jobs that are open, room taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.jobs.jobs import OPEN_STATES, JobState
from storage.tables import IS_REVENUE, artifacts, entries, jobs

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database


class Overview:
    """Reads sums over members and jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent_mc(self, guild_id: int, since: datetime) -> int:
        """What a guild's members spent since then, in millicredits.

        Refunds are not subtracted: what was refunded has cost the operator as much.
        """
        query = select(func.coalesce(func.sum(entries.c.amount_mc), 0)).where(
            entries.c.guild_id == guild_id,
            IS_REVENUE,
            entries.c.made_at >= since,
            entries.c.kind == "settle",
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def open_jobs(self) -> dict[JobState, int]:
        """How many jobs there are in each state that is not final."""
        query = (
            select(jobs.c.state, func.count())
            .where(jobs.c.state.in_(OPEN_STATES))
            .group_by(jobs.c.state)
        )
        async with self._database.read() as connection:
            counted = {JobState(state): count for state, count in await connection.execute(query)}
        return {state: counted.get(state, 0) for state in OPEN_STATES}

    async def kept_bytes(self) -> int:
        """What all kept pictures take."""
        query = select(func.coalesce(func.sum(artifacts.c.size_bytes), 0))
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())
