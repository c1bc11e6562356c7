"""What the operator sees of the whole: what guilds spent, jobs that are open, room taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.jobs.jobs import OPEN_STATES, JobState
from storage.ledger.pools import IS_SPENT, Pool
from storage.tables import IS_REVENUE, artifacts, entries, jobs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def spent_mc(connection: Connection, guild_id: int, since: datetime) -> int:
    """What a guild's members cost the operator since then, in millicredits.

    Refunds are not subtracted, since what was refunded has cost as much; what was billed but not
    delivered counts too, and what a server of their own made does not.
    """
    query = select(func.coalesce(func.sum(entries.c.amount_mc), 0)).where(
        entries.c.guild_id == guild_id,
        IS_REVENUE,
        entries.c.made_at >= since,
        IS_SPENT[Pool.CEILING],
    )
    return int(connection.execute(query).scalar_one())


@dataclass(frozen=True, slots=True)
class Billed:
    """Pictures that nobody got to see and the operator pays for, surely or perhaps."""

    pictures: int
    mc: int


def billed(connection: Connection, since: datetime) -> dict[str, Billed]:
    """What was billed but not delivered since then in all guilds, by `BillReason`."""
    query = (
        select(entries.c.reason, func.count(), func.sum(entries.c.amount_mc))
        .where(IS_REVENUE, entries.c.kind == "billed", entries.c.made_at >= since)
        .group_by(entries.c.reason)
    )
    return {
        reason: Billed(int(pictures), int(amount_mc))
        for reason, pictures, amount_mc in connection.execute(query)
    }


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
