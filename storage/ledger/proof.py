"""The proof that the books are right: what must hold between entries, accounts and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from storage.jobs.jobs import OPEN_STATES
from storage.ledger.budget import HOLDS
from storage.ledger.pools import IS_SPENT, Pool
from storage.tables import IS_REVENUE, accounts, closes, entries, jobs, refunds

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row, Select

POOLS = frozenset(Pool)
_IS_UNCLOSED = ~exists().where(closes.c.job_id == jobs.c.id)


def problems(connection: Connection) -> list[str]:
    """What is wrong, one sentence each.

    All of it is one query, so that all of it is of one moment while others move credits.
    """
    return [_sentence(row) for row in connection.execute(_MISTAKES)]


def _sentence(row: Row[*tuple[Any, ...]]) -> str:
    account = f"Member {row.member_id} of guild {row.guild_id}"
    if row.member_id in POOLS:
        account = f"The {Pool(row.member_id).name.lower()} of guild {row.guild_id}"
    match row.problem:
        case "sum":
            return f"The sum of all entries is {row.found} mc instead of 0."
        case "unfinished":
            return f"Job {row.job_id} is over, but its hold was not closed."
        case "refund":
            return (
                f"Job {row.job_id} cost {row.expected} mc,"
                f" its refund is {row.found} mc or was not entered once."
            )
        case "close":
            return (
                f"Job {row.job_id} was closed with {row.expected} mc delivered,"
                f" the entries say {row.found} mc."
            )
        case "open":
            return f"{account} has {row.found} mc held, open jobs need {row.expected} mc."
        case side:
            return f"{account} has {row.found} mc {side}, the entries say {row.expected} mc."


def _problem(
    name: str,
    *,
    found: ColumnElement[Any],
    expected: ColumnElement[Any],
    account: tuple[ColumnElement[Any], ColumnElement[Any]] | None = None,
    job_id: ColumnElement[Any] | None = None,
) -> Select[*tuple[Any, ...]]:
    guild_id, member_id = account or (null(), null())
    return select(
        literal(name, String).label("problem"),
        cast(guild_id, BigInteger).label("guild_id"),
        cast(member_id, BigInteger).label("member_id"),
        cast(null() if job_id is None else job_id, String).label("job_id"),
        cast(found, BigInteger).label("found"),
        cast(expected, BigInteger).label("expected"),
    )


def _total() -> Select[*tuple[Any, ...]]:
    total = select(_sum(entries.c.amount_mc).label("total")).subquery()
    query = _problem("sum", found=total.c.total, expected=literal(0))
    return query.where(total.c.total != 0)


def _unequal(side: str) -> Select[*tuple[Any, ...]]:
    """Accounts that differ from their entries."""
    by_entries = (
        select(entries.c.guild_id, entries.c.member_id, _sum(entries.c.amount_mc).label("total"))
        .where(entries.c.account == side)
        .group_by(entries.c.guild_id, entries.c.member_id)
        .subquery()
    )
    kept = accounts.c[f"{side}_mc"]
    expected = func.coalesce(by_entries.c.total, 0)
    query = _problem(side, found=kept, expected=expected, account=_of(accounts))
    joined = accounts.outerjoin(by_entries, _same_account(accounts, by_entries))
    return query.select_from(joined).where(kept != expected)


def _unequal_holds() -> Select[*tuple[Any, ...]]:
    """Accounts that hold something else than what their open jobs need."""
    of_members = (
        select(jobs.c.guild_id, jobs.c.member_id, jobs.c.price_mc.label("mc"))
        .where(_IS_UNCLOSED)
        .subquery()
    )
    of_pools = [
        select(jobs.c.guild_id, literal(int(pool), BigInteger).label("member_id"), held.label("mc"))
        .where(_IS_UNCLOSED)
        .subquery()
        for pool, held in HOLDS.items()
    ]
    needs = union_all(*(select(query) for query in (of_members, *of_pools))).subquery()
    needed = (
        select(needs.c.guild_id, needs.c.member_id, _sum(needs.c.mc).label("total"))
        .group_by(needs.c.guild_id, needs.c.member_id)
        .subquery()
    )
    expected = func.coalesce(needed.c.total, 0)
    query = _problem("open", found=accounts.c.held_mc, expected=expected, account=_of(accounts))
    joined = accounts.outerjoin(needed, _same_account(accounts, needed))
    return query.select_from(joined).where(accounts.c.held_mc != expected)


def _unequal_months() -> Select[*tuple[Any, ...]]:
    """Pools of guilds that count something else than what was spent of them in their month."""
    counts = or_(
        *(and_(accounts.c.member_id == int(pool), is_spent) for pool, is_spent in IS_SPENT.items())
    )
    spent = and_(
        IS_REVENUE,
        counts,
        entries.c.guild_id == accounts.c.guild_id,
        entries.c.made_at >= accounts.c.began_at,
        entries.c.made_at < accounts.c.ends_at,
    )
    by_entries = (
        select(accounts.c.guild_id, accounts.c.member_id, _sum(entries.c.amount_mc).label("total"))
        .select_from(accounts.outerjoin(entries, spent))
        .where(accounts.c.member_id.in_(POOLS))
        .group_by(accounts.c.guild_id, accounts.c.member_id)
        .subquery()
    )
    kept, expected = accounts.c.spent_mc, by_entries.c.total
    query = _problem("spent", found=kept, expected=expected, account=_of(accounts))
    joined = accounts.join(by_entries, _same_account(accounts, by_entries))
    return query.select_from(joined).where(kept != expected)


def _unfinished() -> Select[*tuple[Any, ...]]:
    """Jobs that are over, but whose hold is not."""
    query = _problem("unfinished", found=literal(0), expected=literal(0), job_id=jobs.c.id)
    return query.where(_IS_UNCLOSED, jobs.c.state.not_in(OPEN_STATES))


def _unequal_closes() -> Select[*tuple[Any, ...]]:
    """Closes whose entries say something else."""
    settled = _entered("settle", "revenue")
    found = func.coalesce(settled.c.total, 0)
    query = _problem("close", found=found, expected=closes.c.delivered_mc, job_id=closes.c.job_id)
    joined = closes.outerjoin(settled, settled.c.job_id == closes.c.job_id)
    return query.select_from(joined).where(found != closes.c.delivered_mc)


def _unequal_refunds() -> Select[*tuple[Any, ...]]:
    """Refunds that are not what the job cost, or not what was entered."""
    entered = _entered("refund", "available")
    found = func.coalesce(entered.c.total, 0)
    expected = func.coalesce(closes.c.delivered_mc, 0)
    query = _problem("refund", found=found, expected=expected, job_id=entered.c.job_id)
    joined = entered.outerjoin(refunds, refunds.c.job_id == entered.c.job_id).outerjoin(
        closes, closes.c.job_id == entered.c.job_id
    )
    missing = refunds.c.amount_mc.is_(None)
    differs = or_(found != refunds.c.amount_mc, expected != refunds.c.amount_mc)
    return query.select_from(joined).where(or_(missing, differs))


def _entered(kind: str, side: str):
    """What the entries of a kind say, by job."""
    return (
        select(entries.c.job_id, _sum(entries.c.amount_mc).label("total"))
        .where(entries.c.kind == kind, entries.c.account == side)
        .group_by(entries.c.job_id)
        .subquery()
    )


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


def _of(table: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return table.c.guild_id, table.c.member_id


def _same_account(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(one.c.guild_id == other.c.guild_id, one.c.member_id == other.c.member_id)


_MISTAKES = union_all(
    _total(),
    _unequal("available"),
    _unequal("held"),
    _unequal_holds(),
    _unequal_months(),
    _unfinished(),
    _unequal_closes(),
    _unequal_refunds(),
)
