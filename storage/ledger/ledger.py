"""The ledger: double entry, integer millicredits, holds that close exactly once.

Every movement writes two entries whose amounts cancel, so the sum of all entries is zero at all
times. A member's account has the sides `available` and `held`, which balance rows keep as sums;
`mint` (credits come from there) and `revenue` (spent credits go there) keep no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.inserts import insert_once
from storage.ledger import budget, proof, statements
from storage.ledger.accounts import Account, Balance, NotEnough, Policy
from storage.ledger.entries import Movement, write, write_transfer
from storage.ledger.pools import BudgetState, MonthLimit, Pool
from storage.tables import accounts, closes, refunds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Row, RowMapping

    from storage.ledger.entries import Bill


class Ledger:
    """Moves credits and tells what was moved."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def look(self, connection: Connection, account: Account, policy: Policy) -> Balance | None:
        """The account's balance; None where `open` has something to pay first."""
        row = connection.execute(statements.ROW, _of(account)).mappings().one_or_none()
        return self.settled(row, policy)

    def settled(self, row: RowMapping | Mapping[str, Any] | None, policy: Policy) -> Balance | None:
        """The balance in an account's row; None where `open` has something to pay first."""
        if row is None or self._is_due(row["refilled_until"], policy):
            return None
        return Balance(row["available_mc"], row["held_mc"], row["bound_mc"])

    def open(self, connection: Connection, account: Account, policy: Policy) -> Balance:
        """The balance within a transaction, after what is due to it was paid.

        A member seen for the first time gets the starting credits. Until the transaction ends
        nobody else moves this member's credits.
        """
        row = connection.execute(statements.LOCKED_ROW, _of(account)).one_or_none()
        if row is None:
            self._insert(connection, account, policy)
            row = connection.execute(statements.LOCKED_ROW, _of(account)).one()
        if not self._is_due(row.refilled_until, policy):
            return _balance(row)
        due_mc = policy.due_mc(row.available_mc, row.refilled_until, self._now())
        start = policy.first_day(self._now())
        movement = Movement("mint", "available", due_mc, "refill", f"of the {policy.period}")
        return self._move(connection, account, statements.REFILL, movement, start=start)

    def hold(
        self,
        connection: Connection,
        account: Account,
        amount_mc: int,
        job_id: str,
        reason: str,
    ) -> Balance:
        """Set credits of an open account aside for a job.

        Raises:
            NotEnough: nothing was moved.
        """
        values = {**_of(account), "amount": amount_mc}
        moved = connection.execute(statements.HOLD, values).one_or_none()
        if moved is None:
            raise NotEnough(amount_mc, _now_there(connection, account))
        movement = Movement(
            "available", "held", amount_mc, "hold", reason, account.member_id, job_id
        )
        write(connection, account, [movement], self._now())
        return _balance(moved)

    def close(
        self,
        connection: Connection,
        account: Account,
        job_id: str,
        *,
        held_mc: int,
        delivered_mc: int,
        budget_mc: int,
        ceiling_mc: int = 0,
        is_metered: bool = True,
        billed: Sequence[Bill] = (),
        reason: str,
    ) -> bool:
        """End a hold: what was delivered is settled, the rest released; so with the pools'.

        What is `billed` the operator pays for all the same: the member does not, but it counts
        towards the guild's ceiling. What is not metered costs the operator nothing, and does not.

        Returns whether this call did it: the row of `closes` admits one winner.
        """
        now, released_mc = self._now(), held_mc - delivered_mc
        outcome = {"delivered_mc": delivered_mc, "released_mc": released_mc}
        if not insert_once(connection, closes, job_id=job_id, **outcome, closed_at=now):
            return False
        values = {"amount": held_mc, "released": released_mc, "delivered": delivered_mc}
        connection.execute(statements.CLOSE, {**_of(account), **values})
        movements = [
            Movement("held", "revenue", delivered_mc, "settle", reason, None, job_id),
            Movement("held", "available", released_mc, "release", reason, None, job_id),
            *(
                Movement("mint", "revenue", bill.mc, "billed", bill.reason, None, job_id)
                for bill in billed
            ),
        ]
        write(connection, account, movements, now)
        cost_mc = (delivered_mc if is_metered else 0) + sum(bill.mc for bill in billed)
        shares = ((Pool.BUDGET, budget_mc, delivered_mc), (Pool.CEILING, ceiling_mc, cost_mc))
        for pool, pool_mc, spent_mc in shares:
            # What was sent twice is billed beyond the hold, which gives no more than it has.
            given_mc = min(pool_mc, pool_mc * spent_mc // held_mc) if held_mc else 0
            amounts = {"held_mc": pool_mc, "delivered_mc": given_mc, "spent_mc": spent_mc}
            budget.close(connection, account.guild_id, pool, job_id, **amounts, now=now)
        return True

    def gift(
        self,
        connection: Connection,
        giver: Account,
        receiver: Account,
        amount_mc: int,
        *,
        giver_policy: Policy,
        receiver_policy: Policy,
        giver_reason: str = "given",
        receiver_reason: str = "received",
    ) -> Balance:
        """Give credits to another member of the guild; the giver's balance after it.

        Raises:
            NotEnough: nothing was moved; `balance.giftable_mc` tells what can be given.
            ValueError: the amount is not positive, or the receiver is no other member of the guild.
        """
        if amount_mc <= 0 or giver == receiver or giver.guild_id != receiver.guild_id:
            raise ValueError("a gift is positive and goes to another member of the guild")
        policies = {giver: giver_policy, receiver: receiver_policy}
        # In one order, or two gifts in opposite directions would wait for each other.
        for account in sorted(policies, key=lambda account: account.member_id):
            self.open(connection, account, policies[account])
        values = {"amount": amount_mc}
        moved = connection.execute(statements.GIVE, {**_of(giver), **values}).one_or_none()
        if moved is None:
            raise NotEnough(amount_mc, _now_there(connection, giver))
        connection.execute(statements.ADD, {**_of(receiver), **values})
        sent, received = (
            Movement("available", "available", amount_mc, "gift", reason, giver.member_id)
            for reason in (giver_reason, receiver_reason)
        )
        write_transfer(connection, giver, receiver, (sent, received), self._now())
        return _balance(moved)

    def adjust(
        self,
        connection: Connection,
        account: Account,
        policy: Policy,
        amount_mc: int,
        reason: str,
        actor_id: int | None,
    ) -> tuple[int, Balance]:
        """Give credits from the mint, or take them back if the amount is negative.

        A take takes at most what is available. Returns what was moved and the balance after it.
        """
        before = self.open(connection, account, policy)
        if amount_mc >= 0:
            movement = Movement("mint", "available", amount_mc, "grant", reason, actor_id)
            return amount_mc, self._move(connection, account, statements.ADD, movement)
        taken_mc = min(-amount_mc, before.available_mc)
        movement = Movement("available", "mint", taken_mc, "adjust", reason, actor_id)
        return -taken_mc, self._move(connection, account, statements.TAKE, movement)

    def grant(
        self,
        connection: Connection,
        account: Account,
        policy: Policy,
        amount_mc: int,
        reason: str,
        actor_id: int | None = None,
    ) -> Balance:
        """Give credits from the mint to a member of whom the roles, and so the refill, are unknown.

        Refills that are due stay due.

        Raises:
            ValueError: the amount is not positive.
        """
        if amount_mc <= 0:
            raise ValueError("a grant is positive")
        self._insert(connection, account, policy)
        movement = Movement("mint", "available", amount_mc, "grant", reason, actor_id)
        return self._move(connection, account, statements.ADD, movement)

    def refund(self, connection: Connection, job_id: str, actor_id: int | None) -> int:
        """Give back what a job cost, once; how much that was, 0 when there is nothing (more)."""
        settled = connection.execute(statements.SETTLED, {"of_job": job_id}).one_or_none()
        if settled is None or not settled.delivered_mc:
            return 0
        amount_mc: int = settled.delivered_mc
        values = {"amount_mc": amount_mc, "actor_id": actor_id, "made_at": self._now()}
        if not insert_once(connection, refunds, job_id=job_id, **values):
            return 0
        account = Account(settled.guild_id, settled.member_id)
        movement = Movement("revenue", "available", amount_mc, "refund", "refund", actor_id, job_id)
        self._move(connection, account, statements.ADD, movement)
        return amount_mc

    def hold_month(
        self,
        connection: Connection,
        guild_id: int,
        limit: MonthLimit,
        amount_mc: int,
        job_id: str,
    ) -> None:
        """Set a part of what the guild may spend in this month aside for a job.

        Raises:
            OverLimit: nothing was set aside.
        """
        budget.hold(connection, guild_id, limit, amount_mc, job_id, self._now())

    def month(self, connection: Connection, guild_id: int, limit: MonthLimit) -> BudgetState:
        """How much of a limit is spent, held and left in this month."""
        return budget.state(connection, guild_id, limit, self._now())

    def spent_since(self, connection: Connection, account: Account, since: datetime) -> int:
        """What the member's jobs cost that were accepted since then, open ones at their price."""
        found = connection.execute(statements.SPENT_SINCE, {**_of(account), "since": since})
        return int(found.scalar_one())

    def verify(self, connection: Connection) -> list[str]:
        """What is wrong with the books, one sentence each; empty when they are right."""
        return proof.problems(connection)

    def _insert(self, connection: Connection, account: Account, policy: Policy) -> None:
        is_new = insert_once(
            connection,
            accounts,
            guild_id=account.guild_id,
            member_id=account.member_id,
            available_mc=policy.starting_mc,
            held_mc=0,
            bound_mc=policy.starting_mc,
            spent_mc=0,
            refilled_until=policy.first_day(self._now()),
            opened_at=self._now(),
        )
        if is_new:
            start = Movement("mint", "available", policy.starting_mc, "grant", "starting credits")
            write(connection, account, [start], self._now())

    def _move(
        self,
        connection: Connection,
        account: Account,
        statement: Any,
        movement: Movement,
        **values: object,
    ) -> Balance:
        values = {**_of(account), "amount": movement.amount_mc, **values}
        moved = connection.execute(statement, values).one()
        write(connection, account, [movement], self._now())
        return _balance(moved)

    def _is_due(self, until: date | None, policy: Policy) -> bool:
        """Whether a period began that an account refilled until then was not refilled for."""
        return until is None or until < policy.first_day(self._now())


def _of(account: Account) -> dict[str, object]:
    return {"of_guild": account.guild_id, "of_member": account.member_id}


def _balance(row: Row[*tuple[Any, ...]]) -> Balance:
    return Balance(row.available_mc, row.held_mc, row.bound_mc)


def _now_there(connection: Connection, account: Account) -> Balance:
    row = connection.execute(statements.ROW, _of(account)).one_or_none()
    return _balance(row) if row else Balance(0, 0)
