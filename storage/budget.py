"""A guild's monthly budget: an account of its own, from which jobs hold what they cost.

At any time `available + held + spent` is the limit, as long as the limit is not below what is
spent and held already. The first job of a month begins anew; a limit that was changed is applied
with the next job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, and_, bindparam, func, select, update

from storage import periods
from storage.accounts import POOL_ID, Account, Balance, BudgetState, NotEnough
from storage.entries import Movement, write
from storage.inserts import insert_once
from storage.rules import Period
from storage.tables import IS_REVENUE, Instant, accounts, entries

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database

_ITS = and_(accounts.c.guild_id == bindparam("of_guild"), accounts.c.member_id == POOL_ID)
_AMOUNT = bindparam("amount", type_=BigInteger)
_ROW = select(accounts).where(_ITS)
_LOCKED_ROW = _ROW.with_for_update()
_HOLD = (
    update(accounts)
    .where(
        _ITS,
        accounts.c.refilled_until == bindparam("month", type_=Instant),
        accounts.c.available_mc + accounts.c.held_mc + accounts.c.spent_mc
        == bindparam("limit", type_=BigInteger),
        accounts.c.available_mc >= _AMOUNT,
    )
    .values(available_mc=accounts.c.available_mc - _AMOUNT, held_mc=accounts.c.held_mc + _AMOUNT)
    .returning(accounts.c.available_mc)
)
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
        refilled_until=bindparam("month", type_=Instant),
    )
)
_CLOSE = (
    update(accounts)
    .where(_ITS)
    .values(
        held_mc=accounts.c.held_mc - _AMOUNT,
        available_mc=accounts.c.available_mc + bindparam("released", type_=BigInteger),
        spent_mc=accounts.c.spent_mc + bindparam("delivered", type_=BigInteger),
    )
)
_SPENT = select(func.coalesce(func.sum(entries.c.amount_mc), 0)).where(
    IS_REVENUE,
    entries.c.guild_id == bindparam("of_guild"),
    entries.c.made_at >= bindparam("month", type_=Instant),
    entries.c.kind == "settle",
)


class Budget:
    """Holds a guild's budget for jobs."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def state(self, guild_id: int, limit_mc: int, timezone: str) -> BudgetState:
        """How much of the limit is left in the guild's month."""
        now = self._now()
        month = periods.start_of(now, Period.MONTH, timezone)
        values = {"of_guild": guild_id}
        async with self._database.read() as connection:
            row = (await connection.execute(_ROW, values)).one_or_none()
            if row is None or row.refilled_until < month:
                found = await connection.execute(_SPENT, {**values, "month": month})
                spent_mc = int(found.scalar_one())
            else:
                spent_mc = row.spent_mc
        held_mc = row.held_mc if row else 0
        left_mc = max(0, limit_mc - spent_mc - held_mc)
        resets_at = periods.next_start(now, Period.MONTH, timezone)
        return BudgetState(limit_mc, spent_mc, held_mc, left_mc, resets_at)

    async def hold(
        self,
        connection: AsyncConnection,
        guild_id: int,
        amount_mc: int,
        job_id: str,
        limit_mc: int,
        timezone: str,
    ) -> None:
        """Set a part of the budget aside for a job.

        Raises:
            NotEnough: nothing was set aside.
        """
        month = periods.start_of(self._now(), Period.MONTH, timezone)
        values = {"of_guild": guild_id, "amount": amount_mc}
        held = await connection.execute(_HOLD, {**values, "month": month, "limit": limit_mc})
        if held.one_or_none() is None:
            balance = await self._renewed(connection, guild_id, limit_mc, month)
            if balance.available_mc < amount_mc:
                raise NotEnough(amount_mc, balance)
            await connection.execute(_HOLD_LOCKED, values)
        movement = Movement("available", "held", amount_mc, "budget", "held", None, job_id)
        await write(connection, _pool(guild_id), [movement], self._now())

    async def close(
        self,
        connection: AsyncConnection,
        guild_id: int,
        job_id: str,
        *,
        held_mc: int,
        delivered_mc: int,
        spent_mc: int,
    ) -> None:
        """End a hold; what members spent counts, also what was spent while there was no limit."""
        released_mc = held_mc - delivered_mc
        values = {"amount": held_mc, "released": released_mc, "delivered": spent_mc}
        await connection.execute(_CLOSE, {"of_guild": guild_id, **values})
        movements = [
            Movement("held", "mint", delivered_mc, "budget", "spent", None, job_id),
            Movement("held", "available", released_mc, "budget", "released", None, job_id),
        ]
        await write(connection, _pool(guild_id), movements, self._now())

    async def _renewed(
        self, connection: AsyncConnection, guild_id: int, limit_mc: int, month: datetime
    ) -> Balance:
        """The account, locked, after a new month or a changed limit was applied."""
        row = await self._locked(connection, guild_id, month)
        spent_mc = row.spent_mc
        if row.refilled_until < month:
            month_so_far = {"of_guild": guild_id, "month": month}
            spent_mc = int((await connection.execute(_SPENT, month_so_far)).scalar_one())
        left_mc = max(0, limit_mc - spent_mc - row.held_mc)
        added_mc = left_mc - row.available_mc
        values = {"of_guild": guild_id, "left": left_mc, "spent": spent_mc, "month": month}
        await connection.execute(_RENEW, values)
        movement = Movement("mint", "available", added_mc, "budget", "limit")
        await write(connection, _pool(guild_id), [movement], self._now())
        return Balance(left_mc, row.held_mc)

    async def _locked(
        self, connection: AsyncConnection, guild_id: int, month: datetime
    ) -> Row[tuple[object, ...]]:
        found = (await connection.execute(_LOCKED_ROW, {"of_guild": guild_id})).one_or_none()
        if found is not None:
            return found
        month_so_far = {"of_guild": guild_id, "month": month}
        spent_mc = int((await connection.execute(_SPENT, month_so_far)).scalar_one())
        await insert_once(
            connection,
            accounts,
            guild_id=guild_id,
            member_id=POOL_ID,
            available_mc=0,
            held_mc=0,
            bound_mc=0,
            spent_mc=spent_mc,
            refilled_until=month,
            opened_at=self._now(),
        )
        return (await connection.execute(_LOCKED_ROW, {"of_guild": guild_id})).one()


def _pool(guild_id: int) -> Account:
    return Account(guild_id, POOL_ID)
