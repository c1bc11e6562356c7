"""Reports: what a guild's members spent, by day, member and engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal, select

from storage.ledger.periods import Period
from storage.tables import IS_REVENUE, entries, jobs, refunds

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, Select

    from storage.ledger.periods import Calendar

MAX_DAYS = 400
"""A longer report is refused: each day is a condition of the query."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a member spent with an engine on a day of the guild's calendar.

    `spent_mc` is in millicredits, less what was refunded since, so that it may be 0.
    """

    day: date
    member_id: int
    engine_id: str
    spent_mc: int
    jobs: int


def spending(
    connection: Connection,
    guild_id: int,
    since: datetime,
    until: datetime,
    calendar: Calendar,
) -> list[Spent]:
    """What was settled from `since` until before `until`, by day, member and engine.

    Raises:
        ValueError: that is more than MAX_DAYS days.
    """
    starts = _days(since, until, calendar)
    if not starts:
        return []
    days = [calendar.first_day(start, Period.DAY) for start in starts]
    rows = connection.execute(_spending(guild_id, since, until, starts)).all()
    # PostgreSQL's sums are of another type than what they sum up.
    return [
        Spent(days[int(row.day)], row.member_id, row.engine_id, int(row.spent_mc), row.jobs)
        for row in rows
    ]


def _days(since: datetime, until: datetime, calendar: Calendar) -> list[datetime]:
    """The starts of all days of which a part is asked for."""
    starts: list[datetime] = []
    start = calendar.start_of(since, Period.DAY)
    while start < until:
        starts.append(start)
        if len(starts) > MAX_DAYS:
            raise ValueError(f"a report covers at most {MAX_DAYS} days")
        start = calendar.next_start(start, Period.DAY)
    return starts


def _spending(
    guild_id: int, since: datetime, until: datetime, starts: list[datetime]
) -> Select[*tuple[Any, ...]]:
    # The databases have no calendar in common; the days are counted from the latest back.
    numbered = list(enumerate(starts))
    day = case(
        *((entries.c.made_at >= start, literal(number)) for number, start in reversed(numbered)),
        else_=literal(0),
    ).label("day")
    spent_mc = func.sum(entries.c.amount_mc - func.coalesce(refunds.c.amount_mc, 0))
    return (
        select(
            day,
            entries.c.member_id,
            jobs.c.engine_id,
            spent_mc.label("spent_mc"),
            func.count().label("jobs"),
        )
        .select_from(
            entries.join(jobs, jobs.c.id == entries.c.job_id).outerjoin(
                refunds, refunds.c.job_id == entries.c.job_id
            )
        )
        .where(
            IS_REVENUE,
            entries.c.kind == "settle",
            and_(
                entries.c.guild_id == guild_id,
                entries.c.made_at >= since,
                entries.c.made_at < until,
            ),
        )
        .group_by(day, entries.c.member_id, jobs.c.engine_id)
        .order_by(day, entries.c.member_id, jobs.c.engine_id)
    )
