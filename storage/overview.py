"""What the operator sees of the whole: what guilds spent, jobs that are open, room taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.jobs.jobs import OPEN_STATES, JobState
from storage.tables import IS_REVENUE, artifacts, entries, jobs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def spent_mc(connection: Connection, guild_id: int, since: datetime) -> int:
    """What a guild's members spent since then, in millicredits.

    Refunds are not subtracted: what was refunded has cost the operator as much.
    """
    query = select(func.coalesce(func.sum(entries.c.amount_mc), 0)).where(
        entries.c.guild_id == guild_id,
        IS_REVENUE,
        entries.c.made_at >= since,
        entries.c.kind == "settle",
    )
    return int(connection.execute(query).scalar_one())


def open_jobs(connection: Connection) -> dict[JobState, int]:
    """How many jobs there are in each state that is not final."""
    query = (
        select(jobs.c.state, func.count())
        .where(jobs.c.state.in_(OPEN_STATES))
        .group_by(jobs.c.state)
    )
    counted = {JobState(state): count for state, count in connection.execute(query)}
    return {state: counted.get(state, 0) for state in OPEN_STATES}


def kept_bytes(connection: Connection) -> int:
    """What all kept pictures take."""
    query = select(func.coalesce(func.sum(artifacts.c.size_bytes), 0))
    return int(connection.execute(query).scalar_one())
