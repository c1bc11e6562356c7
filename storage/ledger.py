"""The ledger: double entry, integer millicredits, holds that close exactly once.

Every movement writes two entries whose amounts cancel, so the sum of all entries is zero at all
times. A member's account has the sides `available` and `held`, which balance rows keep as sums;
`mint` (credits come from there) and `revenue` (spent credits go there) keep no row.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from storage.inserts import insert_once
from storage.tables import accounts, closes, entries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database

NEWEST = (1 << 63) - 1
"""Above the id of every entry."""

STARTING_CREDITS_MC = 25_000
"""What each new member gets, as Stability gives each new user 25 credits."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose credits: accounts are per member of a guild."""

    guild_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds, in millicredits."""

    available_mc: int
    held_mc: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a movement."""

    id: int
    account: str
    amount_mc: int
    kind: str
    reason: str
    actor_id: int | None
    job_id: str | None
    made_at: datetime


class NotEnough(Exception):
    """The account does not have what a hold or a take needs."""

    def __init__(self, needed_mc: int, balance: Balance) -> None:
        super().__init__(f"{needed_mc} mc needed, {balance.available_mc} mc available")
        self.needed_mc = needed_mc
        self.balance = balance


@dataclass(frozen=True, slots=True)
class Movement:
    """A pair of entries to write: from one account side to another."""

    source: str
    target: str
    amount_mc: int
    kind: str
    reason: str
    actor_id: int | None = None
    job_id: str | None = None


# The statements of every job are built once: building takes longer than running them.
_ITS = and_(
    accounts.c.guild_id == bindparam("of_guild"), accounts.c.member_id == bindparam("of_member")
)
_AMOUNT = bindparam("amount", type_=BigInteger)
_SIDES = (accounts.c.available_mc, accounts.c.held_mc)
_BALANCE = select(*_SIDES).where(_ITS)
_HOLD = (
    update(accounts)
    .where(_ITS, accounts.c.available_mc >= _AMOUNT)
    .values(available_mc=accounts.c.available_mc - _AMOUNT, held_mc=accounts.c.held_mc + _AMOUNT)
    .returning(*_SIDES)
)
_CLOSE = (
    update(accounts)
    .where(_ITS)
    .values(
        held_mc=accounts.c.held_mc - _AMOUNT,
        available_mc=accounts.c.available_mc + bindparam("released", type_=BigInteger),
    )
)
_GRANT = (
    update(accounts)
    .where(_ITS)
    .values(available_mc=accounts.c.available_mc + _AMOUNT)
    .returning(*_SIDES)
)
_WRITE = insert(entries)
_HISTORY = (
    select(*(entries.c[field.name] for field in fields(Entry)))
    .where(
        entries.c.guild_id == bindparam("of_guild"),
        entries.c.member_id == bindparam("of_member"),
        or_(entries.c.account == "available", entries.c.account == "revenue"),
        entries.c.id < bindparam("before"),
    )
    .order_by(entries.c.id.desc())
    .limit(bindparam("limit"))
)


class Ledger:
    """Moves credits and tells what was moved."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def balance(self, account: Account) -> Balance:
        """The account's balance; a member seen for the first time gets the starting credits."""
        async with self._database.read() as connection:
            found = await _balance(connection, account)
        if found:
            return found
        async with self._database.begin() as connection:
            return await self.open(connection, account)

    async def open(self, connection: AsyncConnection, account: Account) -> Balance:
        """The balance within a transaction, the account opened if there is none."""
        found = await _balance(connection, account)
        if found:
            return found
        is_new = await insert_once(
            connection,
            accounts,
            guild_id=account.guild_id,
            member_id=account.member_id,
            available_mc=STARTING_CREDITS_MC,
            held_mc=0,
            opened_at=self._now(),
        )
        if is_new:
            start = Movement("mint", "available", STARTING_CREDITS_MC, "grant", "starting credits")
            await self._write(connection, account, [start])
        return await _balance(connection, account) or Balance(0, 0)

    async def hold(
        self,
        connection: AsyncConnection,
        account: Account,
        amount_mc: int,
        job_id: str,
        reason: str,
    ) -> Balance:
        """Set credits aside for a job.

        Raises:
            NotEnough: nothing was moved.
        """
        values = {**_of(account), "amount": amount_mc}
        moved = (await connection.execute(_HOLD, values)).one_or_none()
        if moved is None:
            before = await self.open(connection, account)
            moved = (await connection.execute(_HOLD, values)).one_or_none()
            if moved is None:
                raise NotEnough(amount_mc, before)
        movement = Movement(
            "available", "held", amount_mc, "hold", reason, account.member_id, job_id
        )
        await self._write(connection, account, [movement])
        return Balance(moved.available_mc, moved.held_mc)

    async def close(
        self,
        connection: AsyncConnection,
        account: Account,
        job_id: str,
        *,
        held_mc: int,
        delivered_mc: int,
        reason: str,
    ) -> bool:
        """End a hold: what was delivered is settled, the rest released.

        Returns whether this call did it: the row of `closes` admits one winner.
        """
        released_mc = held_mc - delivered_mc
        is_first = await insert_once(
            connection,
            closes,
            job_id=job_id,
            delivered_mc=delivered_mc,
            released_mc=released_mc,
            closed_at=self._now(),
        )
        if not is_first:
            return False
        values = {**_of(account), "amount": held_mc, "released": released_mc}
        await connection.execute(_CLOSE, values)
        await self._write(
            connection,
            account,
            [
                Movement("held", "revenue", delivered_mc, "settle", reason, None, job_id),
                Movement("held", "available", released_mc, "release", reason, None, job_id),
            ],
        )
        return True

    async def grant(
        self, account: Account, amount_mc: int, reason: str, actor_id: int | None = None
    ) -> Balance:
        """Give credits from the mint and return the new balance.

        Raises:
            ValueError: the amount is not positive.
        """
        if amount_mc <= 0:
            raise ValueError("a grant is positive")
        async with self._database.begin() as connection:
            await self.open(connection, account)
            values = {**_of(account), "amount": amount_mc}
            row = (await connection.execute(_GRANT, values)).one()
            movement = Movement("mint", "available", amount_mc, "grant", reason, actor_id)
            await self._write(connection, account, [movement])
        return Balance(row.available_mc, row.held_mc)

    async def history(
        self, account: Account, limit: int = 10, before_id: int | None = None
    ) -> list[Entry]:
        """The latest entries of the member's own sides, newest first.

        A hold shows as one entry of `available`; of what ends it, the settled side shows too.
        """
        values = {**_of(account), "before": before_id or NEWEST, "limit": limit}
        async with self._database.read() as connection:
            rows = (await connection.execute(_HISTORY, values)).all()
        return [Entry(*row) for row in rows]

    async def verify(self) -> list[str]:
        """What is wrong with the books, one sentence each; empty when they are right."""
        async with self._database.read() as connection:
            rows = (await connection.execute(_mistakes())).all()
        total = rows[0].total
        problems = [f"The sum of all entries is {total} mc instead of 0."] if total else []
        problems += [
            f"Member {row.member_id} of guild {row.guild_id} has"
            f" {row.available_mc}+{row.held_mc} mc,"
            f" the entries say {row.available_sum}+{row.held_sum} mc."
            for row in rows
            if row.member_id is not None
        ]
        return problems

    async def _write(
        self, connection: AsyncConnection, account: Account, movements: Sequence[Movement]
    ) -> None:
        rows = [
            {
                "account": side,
                "guild_id": account.guild_id,
                "member_id": account.member_id,
                "amount_mc": sign * movement.amount_mc,
                "kind": movement.kind,
                "reason": movement.reason,
                "actor_id": movement.actor_id,
                "job_id": movement.job_id,
                "made_at": self._now(),
            }
            for movement in movements
            if movement.amount_mc
            for side, sign in ((movement.source, -1), (movement.target, 1))
        ]
        if rows:
            await connection.execute(_WRITE, rows)


def _of(account: Account) -> dict[str, int]:
    return {"of_guild": account.guild_id, "of_member": account.member_id}


async def _balance(connection: AsyncConnection, account: Account) -> Balance | None:
    row = (await connection.execute(_BALANCE, _of(account))).one_or_none()
    return Balance(row.available_mc, row.held_mc) if row else None


def _mistakes():
    """The sum of all entries, and beside it each account that differs from its entries.

    In one query, so that all of it is of one moment; without such an account one row remains.
    """
    total = select(func.coalesce(func.sum(entries.c.amount_mc), 0).label("total")).subquery()
    unequal = _unequal_balances().subquery()
    return select(total.c.total, unequal).select_from(total.outerjoin(unequal, true()))


def _unequal_balances():
    def side(name: str):
        return func.coalesce(
            func.sum(case((entries.c.account == name, entries.c.amount_mc), else_=0)), 0
        )

    available_sum, held_sum = side("available"), side("held")
    return (
        select(
            accounts,
            available_sum.label("available_sum"),
            held_sum.label("held_sum"),
        )
        .select_from(
            accounts.outerjoin(
                entries,
                and_(
                    entries.c.guild_id == accounts.c.guild_id,
                    entries.c.member_id == accounts.c.member_id,
                ),
            )
        )
        .group_by(*accounts.c)
        .having(or_(accounts.c.available_mc != available_sum, accounts.c.held_mc != held_sum))
    )
