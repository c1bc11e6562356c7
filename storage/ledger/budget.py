"""A guild's pools: accounts of its own, from which jobs hold what they may cost in a month.

At any time `available + held + spent` is the limit, as long as the limit is not below what is
spent and held already. A pool's month stands in its row, so that a changed calendar cannot end it
early; the first job after it begins the next one. A changed limit is applied with the next job.
What ends before the month by a clock that was set back, or is late, moves the beginning back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, bindparam, case, exists, func, select, true, update

from storage.inserts import insert_once
from storage.ledger.accounts import Account, Balance, OverLimit
from storage.ledger.entries import Movement, write
from storage.ledger.periods import Period
from storage.ledger.pools import IS_SPENT, BudgetState, Pool
from storage.tables import IS_OPEN, IS_REVENUE, Instant, accounts, closes, entries, jobs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Update

    from storage.ledger.pools import MonthLimit

HOLDS = {Pool.BUDGET: jobs.c.budget_mc, Pool.CEILING: jobs.c.ceiling_mc}
"""What a job holds of a pool."""

_ITS = and_(
    accounts.c.guild_id == bindparam("of_guild"), accounts.c.member_id == bindparam("of_pool")
)
_AMOUNT = bindparam("amount", type_=BigInteger)
_NOW = bindparam("now", type_=Instant)
_ROW = select(accounts).where(_ITS)
_LOCKED_ROW = _ROW.with_for_update()
_HOLD_LOCKED = (
    update(accounts)
    .where(_ITS)
    .values(available_mc=accounts.c.available_mc - _AMOUNT, held_mc=accounts.c.held_mc + _AMOUNT)
)
_RENEW = (
    update(accounts)
    .where(_ITS)
    .values(
        available_mc=bindparam("left"),
        spent_mc=bindparam("spent"),
        began_at=bindparam("began", type_=Instant),
        ends_at=bindparam("ends", type_=Instant),
    )
)
_DELIVERED = bindparam("delivered", type_=BigInteger)
_IS_OF_ITS_MONTH = and_(accounts.c.began_at <= _NOW, accounts.c.ends_at > _NOW)
_CLOSE = (
    update(accounts)
    .where(_ITS)
    .values(
        held_mc=accounts.c.held_mc - _AMOUNT,
        available_mc=accounts.c.available_mc + bindparam("released", type_=BigInteger),
        spent_mc=accounts.c.spent_mc + case((_IS_OF_ITS_MONTH, _DELIVERED), else_=0),
    )
    .returning(accounts.c.began_at, accounts.c.ends_at)
)
_MOVE_BACK = (
    update(accounts)
    .where(_ITS)
    .values(began_at=bindparam("began", type_=Instant), spent_mc=bindparam("spent"))
)
_SPENT = {
    pool: select(func.coalesce(func.sum(entries.c.amount_mc), 0)).where(
        IS_REVENUE,
        entries.c.guild_id == bindparam("of_guild"),
        entries.c.made_at >= bindparam("began", type_=Instant),
        entries.c.made_at < bindparam("ends", type_=Instant),
        is_spent,
    )
    for pool, is_spent in IS_SPENT.items()
}


def _is_without_hold(pool: Pool) -> ColumnElement[bool]:
    """Open jobs that were accepted while the pool had no limit, and will be spent of it."""
    is_spent_of_it = jobs.c.is_metered == true() if pool is Pool.CEILING else true()
    return and_(
        IS_OPEN,
        is_spent_of_it,
        jobs.c.guild_id == bindparam("of_guild"),
        jobs.c.price_mc > 0,
        HOLDS[pool] == 0,
        ~exists().where(closes.c.job_id == jobs.c.id),
    )


def _hold(pool: Pool) -> Update:
    return _HOLD_LOCKED.where(
        accounts.c.ends_at > _NOW,
        accounts.c.available_mc + accounts.c.held_mc + accounts.c.spent_mc
        == bindparam("limit", type_=BigInteger),
        accounts.c.available_mc >= _AMOUNT,
        ~exists().where(_is_without_hold(pool)),
    )


_HOLD = {pool: _hold(pool).returning(accounts.c.available_mc) for pool in Pool}
_WITHOUT_HOLD = {
    pool: select(func.coalesce(func.sum(jobs.c.price_mc), 0)).where(_is_without_hold(pool))
    for pool in Pool
}


def state(connection: Connection, guild_id: int, limit: MonthLimit, now: datetime) -> BudgetState:
    """How much of the limit is left in the month."""
    row = connection.execute(_ROW, _of(guild_id, limit.pool)).one_or_none()
    return _state(connection, guild_id, limit, row, now)


def hold(
    connection: Connection,
    guild_id: int,
    limit: MonthLimit,
    amount_mc: int,
    job_id: str,
    now: datetime,
) -> None:
    """Set a part of a pool aside for a job.

    Raises:
        OverLimit: nothing was set aside.
    """
    values = {**_of(guild_id, limit.pool), "amount": amount_mc}
    fast = {**values, "limit": limit.limit_mc, "now": now}
    held = connection.execute(_HOLD[limit.pool], fast)
    if held.one_or_none() is None:
        found = _renewed(connection, guild_id, limit, now)
        if found.left_mc < amount_mc:
            raise OverLimit(amount_mc, Balance(found.left_mc, found.held_mc), found.resets_at)
        connection.execute(_HOLD_LOCKED, values)
    _enter(connection, guild_id, limit.pool, job_id, [("available", "held", amount_mc)], now)


def close(
    connection: Connection,
    guild_id: int,
    pool: Pool,
    job_id: str,
    *,
    held_mc: int,
    delivered_mc: int,
    spent_mc: int,
    now: datetime,
) -> None:
    """End a hold; what members spent counts, also what was spent while there was no limit."""
    released_mc = held_mc - delivered_mc
    amounts = {"amount": held_mc, "released": released_mc, "delivered": spent_mc, "now": now}
    values = {**_of(guild_id, pool), **amounts}
    row = connection.execute(_CLOSE, values).one_or_none()
    if row is None:
        # Whoever creates the row now counts what they can see, which this is not part of.
        _create(connection, guild_id, pool, now)
        row = connection.execute(_CLOSE, values).one()
    if spent_mc and row.began_at is not None and now < row.began_at:
        month = {"of_guild": guild_id, "began": now, "ends": row.ends_at}
        total_mc = int(connection.execute(_SPENT[pool], month).scalar_one())
        moved_back = {**_of(guild_id, pool), "began": now, "spent": total_mc}
        connection.execute(_MOVE_BACK, moved_back)
    moved = [("held", "mint", delivered_mc), ("held", "available", released_mc)]
    _enter(connection, guild_id, pool, job_id, moved, now)


def _renewed(
    connection: Connection, guild_id: int, limit: MonthLimit, now: datetime
) -> BudgetState:
    """The pool, locked, after a new month or a changed limit was applied."""
    of_it = _of(guild_id, limit.pool)
    row = connection.execute(_LOCKED_ROW, of_it).one_or_none()
    if row is None:
        _create(connection, guild_id, limit.pool, now)
        row = connection.execute(_LOCKED_ROW, of_it).one()
    found = _state(connection, guild_id, limit, row, now)
    figures = {"left": found.left_mc, "spent": found.spent_mc}
    month = {"began": found.began_at, "ends": found.resets_at}
    connection.execute(_RENEW, {**of_it, **figures, **month})
    added_mc = found.left_mc - row.available_mc
    _enter(connection, guild_id, limit.pool, None, [("mint", "available", added_mc)], now)
    return found


def _state(
    connection: Connection,
    guild_id: int,
    limit: MonthLimit,
    row: Row[*tuple[Any, ...]] | None,
    now: datetime,
) -> BudgetState:
    if row is not None and row.ends_at is not None and now < row.ends_at:
        began_at, ends_at, spent_mc = row.began_at, row.ends_at, row.spent_mc
    else:
        began_at = limit.calendar.start_of(now, Period.MONTH)
        if row is not None and row.ends_at is not None:
            began_at = max(began_at, row.ends_at)
        ends_at = limit.calendar.next_start(now, Period.MONTH)
        values = {"of_guild": guild_id, "began": began_at, "ends": ends_at}
        spent_mc = int(connection.execute(_SPENT[limit.pool], values).scalar_one())
    others = connection.execute(_WITHOUT_HOLD[limit.pool], {"of_guild": guild_id})
    held_mc = int(others.scalar_one()) + (row.held_mc if row else 0)
    left_mc = max(0, limit.limit_mc - spent_mc - held_mc)
    figures = (limit.limit_mc, spent_mc, held_mc, left_mc)
    return BudgetState(limit.pool, *figures, began_at, ends_at)


def _create(connection: Connection, guild_id: int, pool: Pool, now: datetime) -> None:
    """A row that belongs to no month yet, unless there is one."""
    nothing = dict.fromkeys(("available_mc", "held_mc", "bound_mc", "spent_mc"), 0)
    key = {"guild_id": guild_id, "member_id": int(pool)}
    insert_once(connection, accounts, **key, **nothing, opened_at=now)


def _enter(
    connection: Connection,
    guild_id: int,
    pool: Pool,
    job_id: str | None,
    moved: list[tuple[str, str, int]],
    now: datetime,
) -> None:
    kind = pool.name.lower()
    movements = [
        Movement(source, target, amount_mc, kind, kind, None, job_id)
        for source, target, amount_mc in moved
    ]
    write(connection, Account(guild_id, pool), movements, now)


def _of(guild_id: int, pool: Pool) -> dict[str, object]:
    return {"of_guild": guild_id, "of_pool": int(pool)}
