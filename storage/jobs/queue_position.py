"""Queue positions: how many waiting jobs go before a new one, when members take turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, func, literal_column, select

from storage.tables import IS_WAITING, Instant, engine_speeds, jobs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.ledger.accounts import Account


MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class WaitingJobs:
    """What goes before a new job of its queue: jobs that wait, and those that run.

    `in_all` wait in any queue. The engine works at `seconds_per_mc`, None where that is not known.
    """

    waiting: int
    running: int
    in_all: int = 0
    seconds_per_mc: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Which jobs wait together: those of one engine, or of a tier without some engines."""

    tier: int = 0
    engine_id: str | None = None
    without: Collection[str] = ()


_OF_OWN = and_(jobs.c.guild_id == bindparam("of_guild"), jobs.c.member_id == bindparam("of_member"))
_OF_ENGINE = jobs.c.engine_id == bindparam("of_engine")
_OF_TIER = and_(
    jobs.c.tier == bindparam("of_tier"),
    jobs.c.engine_id.not_in(bindparam("without", expanding=True)),
)
_IN_ALL = (
    select(func.count())
    .select_from(select(jobs.c.id).where(IS_WAITING).limit(bindparam("up_to")).subquery())
    .scalar_subquery()
)
_PACE = (
    select(engine_speeds.c.seconds_per_mc)
    .where(engine_speeds.c.engine_id == bindparam("by_engine"))
    .scalar_subquery()
)
_RUNNING = jobs.c.state == literal_column("'running'")


def _ahead(in_queue: ColumnElement[bool], *, is_new: bool) -> Select[int, int, int, float | None]:
    """Own jobs that came earlier all go before; of each other member no more than have their turn
    by then."""
    counted = (
        select(jobs.c.guild_id, jobs.c.member_id, func.count().label("waiting"))
        .where(IS_WAITING, in_queue)
        .group_by(jobs.c.guild_id, jobs.c.member_id)
        .cte("counted")
    )
    its_own = and_(
        counted.c.guild_id == bindparam("of_guild"), counted.c.member_id == bindparam("of_member")
    )
    if is_new:
        earlier = select(counted.c.waiting).where(its_own)
    else:
        came_earlier = jobs.c.accepted_at < bindparam("came_at", type_=Instant)
        earlier = select(func.count()).where(IS_WAITING, in_queue, _OF_OWN, came_earlier)
    own = func.coalesce(earlier.scalar_subquery(), 0)
    turn = own + 1
    others = func.coalesce(
        func.sum(case((its_own, 0), (counted.c.waiting > turn, turn), else_=counted.c.waiting)),
        0,
    )
    running = select(func.count()).select_from(jobs).where(_RUNNING, in_queue).scalar_subquery()
    return select(own + others, running, _IN_ALL, _PACE).select_from(counted)


_AHEAD_OF_ENGINE = {is_new: _ahead(_OF_ENGINE, is_new=is_new) for is_new in (True, False)}
_AHEAD_OF_TIER = {is_new: _ahead(_OF_TIER, is_new=is_new) for is_new in (True, False)}


def ahead(
    connection: Connection,
    queue: Queue,
    account: Account,
    accepted_at: datetime | None = None,
    *,
    engine_id: str = "",
    up_to: int = MOST_COUNTED,
) -> WaitingJobs:
    """What goes before a new job of that member, or one of theirs that waits since then.

    With the pace of an engine, and how many jobs wait in all, counted up to a number.

    About: members are picked at random.
    """
    is_new = accepted_at is None
    values: dict[str, object] = {
        "of_guild": account.guild_id,
        "of_member": account.member_id,
        "by_engine": engine_id,
        "up_to": up_to,
    }
    if not is_new:
        values["came_at"] = accepted_at
    if queue.engine_id is None:
        statement = _AHEAD_OF_TIER[is_new]
        values |= {"of_tier": queue.tier, "without": list(queue.without)}
    else:
        statement = _AHEAD_OF_ENGINE[is_new]
        values["of_engine"] = queue.engine_id
    waiting, running, in_all, pace = connection.execute(statement, values).one()
    return WaitingJobs(int(waiting), int(running), in_all, pace)
