"""The ledger's statements, built once: building takes longer than running them."""

from __future__ import annotations

from sqlalchemy import BigInteger, and_, bindparam, case, func, select, update

from storage.tables import Day, Instant, accounts, closes, jobs

_ITS = and_(
    accounts.c.guild_id == bindparam("of_guild"), accounts.c.member_id == bindparam("of_member")
)
_AMOUNT = bindparam("amount", type_=BigInteger)
_DELIVERED = bindparam("delivered", type_=BigInteger)
_SIDES = (accounts.c.available_mc, accounts.c.held_mc, accounts.c.bound_mc)
ROW = select(*_SIDES, accounts.c.refilled_until).where(_ITS)
LOCKED_ROW = ROW.with_for_update()
HOLD = (
    update(accounts)
    .where(_ITS, accounts.c.available_mc >= _AMOUNT)
    .values(available_mc=accounts.c.available_mc - _AMOUNT, held_mc=accounts.c.held_mc + _AMOUNT)
    .returning(*_SIDES)
)
CLOSE = (
    update(accounts)
    .where(_ITS)
    .values(
        held_mc=accounts.c.held_mc - _AMOUNT,
        available_mc=accounts.c.available_mc + bindparam("released", type_=BigInteger),
        bound_mc=case(
            (accounts.c.bound_mc > _DELIVERED, accounts.c.bound_mc - _DELIVERED), else_=0
        ),
    )
)
ADD = (
    update(accounts)
    .where(_ITS)
    .values(available_mc=accounts.c.available_mc + _AMOUNT)
    .returning(*_SIDES)
)
_LEFT = accounts.c.available_mc + accounts.c.held_mc - _AMOUNT
TAKE = (
    update(accounts)
    .where(_ITS)
    .values(
        available_mc=accounts.c.available_mc - _AMOUNT,
        bound_mc=case((accounts.c.bound_mc > _LEFT, _LEFT), else_=accounts.c.bound_mc),
    )
    .returning(*_SIDES)
)
GIVE = (
    update(accounts)
    .where(_ITS, accounts.c.available_mc - accounts.c.bound_mc >= _AMOUNT)
    .values(available_mc=accounts.c.available_mc - _AMOUNT)
    .returning(*_SIDES)
)
REFILL = (
    update(accounts)
    .where(_ITS)
    .values(
        available_mc=accounts.c.available_mc + _AMOUNT,
        refilled_until=bindparam("start", type_=Day),
    )
    .returning(*_SIDES)
)
SETTLED = (
    select(jobs.c.guild_id, jobs.c.member_id, closes.c.delivered_mc)
    .join_from(jobs, closes)
    .where(jobs.c.id == bindparam("of_job"))
)
_SINCE = bindparam("since", type_=Instant)
# What they spent before they had everything of theirs forgotten, on the same day.
_CARRIED = select(accounts.c.spent_mc).where(_ITS, accounts.c.began_at >= _SINCE).scalar_subquery()
SPENT_SINCE = (
    select(
        func.coalesce(func.sum(func.coalesce(closes.c.delivered_mc, jobs.c.price_mc)), 0)
        + func.coalesce(_CARRIED, 0)
    )
    .select_from(jobs.outerjoin(closes))
    .where(
        jobs.c.guild_id == bindparam("of_guild"),
        jobs.c.member_id == bindparam("of_member"),
        jobs.c.accepted_at >= _SINCE,
    )
)
CARRY_SPENT = update(accounts).where(_ITS).values(spent_mc=_AMOUNT, began_at=_SINCE)
