"""The ledger beside a plain model: whatever happens, in whatever order, they agree."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from storage.database import Database
from storage.jobs.jobs import JobStore
from storage.ledger.accounts import Account, NotEnough, Policy
from storage.ledger.balance import balance_of
from storage.ledger.ledger import Ledger
from storage.ledger.periods import Calendar, Period
from storage.ledger.pools import MonthLimit, Pool
from storage.tables import accounts
from tests.storage.ledger.books import CALENDAR, Books
from tests.storage.ledger.plain_books import PlainBooks

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from storage.database import Transaction
    from storage.jobs.jobs import Job
    from tests.storage.conftest import Clock

MEMBERS = st.integers(2, 4)
AMOUNTS = st.integers(1, 40_000) | st.sampled_from([1, 10, 5_000, 25_000])
POLICIES = st.builds(
    Policy,
    starting_mc=st.sampled_from([0, 1, 25_000]),
    refill_mc=st.sampled_from([0, 7, 5_000, 25_000]),
    period=st.sampled_from(Period),
    calendar=st.sampled_from([CALENDAR, *map(Calendar, ("UTC", "America/New_York"))]),
)
BEGINNING = datetime(2026, 1, 15, 12, tzinfo=UTC)
LIMITS = st.none() | st.sampled_from([0, 20_000, 60_000])


class LedgerMachine(RuleBasedStateMachine):
    """Runs the same moves on both; each example has a guild of its own in one database."""

    books: Books
    clock: Clock
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    guild_id = 0

    @initialize()
    def begin(self) -> None:
        type(self).guild_id += 1
        self.clock.instant = BEGINNING
        self.model = PlainBooks(CALENDAR)
        self.policy = Policy()
        self.limit_mc: int | None = 60_000
        self.jobs: dict[str, Job] = {}

    @rule(hours=st.integers(1, 60) | st.integers(1, 24 * 45))
    def wait(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    @rule(policy=POLICIES)
    def change_policy(self, policy: Policy) -> None:
        self.policy = policy

    @rule(limit_mc=LIMITS)
    def change_limit(self, limit_mc: int | None) -> None:
        self.limit_mc = limit_mc

    @rule(member_id=MEMBERS)
    def look(self, member_id: int) -> None:
        balance = self.run(
            balance_of(
                self.books.database, self.books.ledger, self._account(member_id), self.policy
            )
        )
        purse = self.model.touch(member_id, self.policy, self.clock())
        assert (balance.available_mc, balance.held_mc) == (purse.available_mc, purse.held_mc)
        assert balance.giftable_mc == max(0, purse.available_mc - purse.bound_mc)

    @rule(member_id=MEMBERS, price_mc=AMOUNTS)
    def order(self, member_id: int, price_mc: int) -> None:
        job_id = f"{self.guild_id}-{len(self.jobs)}"
        after = deepcopy(self.model)
        purse = after.touch(member_id, self.policy, self.clock())
        can_pay = purse.available_mc >= price_mc
        if self.limit_mc is not None:
            can_pay &= after.budget_left_mc(self.limit_mc, self.clock()) >= price_mc
        try:
            self.jobs[job_id] = self.run(
                self.books.order(
                    member_id,
                    price_mc,
                    job_id,
                    guild_id=self.guild_id,
                    policy=self.policy,
                    limit_mc=self.limit_mc,
                )
            )
        except NotEnough:
            # What was refused left nothing behind, no refill either.
            assert not can_pay
        else:
            assert can_pay
            self.model = after
            after.order(job_id, member_id, price_mc)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), share=st.integers(0, 4))
    def close(self, data: st.DataObject, share: int) -> None:
        job = self.jobs[data.draw(st.sampled_from(sorted(self.jobs)))]
        delivered_mc = job.price_mc * share // 4
        is_open = self.model.tasks[job.id].spent_mc is None
        assert self.run(self.books.close(job, delivered_mc)) == is_open
        if is_open:
            self.model.close(job.id, delivered_mc, self.clock())

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.jobs)))
        refunded_mc = self.run(self.books.database.write(self.books.ledger.refund, job_id, 7))
        assert refunded_mc == self.model.refund(job_id)

    @rule(member_id=MEMBERS, amount_mc=AMOUNTS, is_taken=st.booleans())
    def adjust(self, member_id: int, amount_mc: int, is_taken: bool) -> None:
        purse = self.model.touch(member_id, self.policy, self.clock())
        account = self._account(member_id)
        signed_mc = -amount_mc if is_taken else amount_mc
        adjusting = self.books.database.write(
            self.books.ledger.adjust, account, self.policy, signed_mc, "a reason", 7
        )
        moved_mc, _ = self.run(adjusting)
        if is_taken:
            assert moved_mc == -self.model.take(member_id, amount_mc)
        else:
            assert moved_mc == amount_mc
            purse.available_mc += amount_mc

    @rule(giver_id=MEMBERS, step=st.integers(1, 2), amount_mc=AMOUNTS)
    def give(self, giver_id: int, step: int, amount_mc: int) -> None:
        receiver_id = 2 + (giver_id - 2 + step) % 3
        after = deepcopy(self.model)
        giver, receiver = (
            after.touch(member_id, self.policy, self.clock())
            for member_id in (giver_id, receiver_id)
        )
        giving = self.books.database.write(
            self.books.ledger.gift,
            self._account(giver_id),
            self._account(receiver_id),
            amount_mc,
            giver_policy=self.policy,
            receiver_policy=self.policy,
        )
        can_give = giver.available_mc - giver.bound_mc >= amount_mc
        try:
            self.run(giving)
        except NotEnough:
            # What was refused left nothing behind, no refill either.
            assert not can_give
        else:
            assert can_give
            self.model = after
            giver.available_mc -= amount_mc
            receiver.available_mc += amount_mc

    @invariant()
    def balances_agree(self) -> None:
        expected = {
            member_id: (purse.available_mc, purse.held_mc, purse.bound_mc)
            for member_id, purse in self.model.purses.items()
        }
        assert self.run(self._kept()) == expected

    @invariant()
    def budgets_agree(self) -> None:
        limit_mc = self.limit_mc or 0
        limit = MonthLimit(Pool.BUDGET, limit_mc, CALENDAR)
        state = self.run(self.books.database.read(self.books.ledger.month, self.guild_id, limit))
        assert state.spent_mc == self.model.budget_spent_mc(self.clock())
        assert state.held_mc == self.model.budget_held_mc()
        assert state.left_mc == self.model.budget_left_mc(limit_mc, self.clock())

    @invariant()
    def books_are_right(self) -> None:
        assert self.run(self.books.database.read(self.books.ledger.verify)) == []

    def _account(self, member_id: int) -> Account:
        return Account(self.guild_id, member_id)

    async def _kept(self) -> dict[int, tuple[int, int, int]]:
        query = select(
            accounts.c.member_id, accounts.c.available_mc, accounts.c.held_mc, accounts.c.bound_mc
        ).where(accounts.c.guild_id == self.guild_id, accounts.c.member_id > 0)

        def unit(connection: Transaction) -> Any:
            return {row[0]: tuple(row[1:]) for row in connection.execute(query)}

        return await self.books.database.read(unit)


ENOUGH = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    # Without shrinking: that takes minutes, and the steps of an example can be read as they are.
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.timeout(120)
def test_ledger_and_model_agree(url: str, clock: Clock, make_job) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(Database.open(url))
        ledger, store = Ledger(clock), JobStore(clock)

        class Machine(LedgerMachine):
            """The machine on this database."""

        Machine.books = Books(database, ledger, store, make_job)
        Machine.clock = clock
        Machine.run = staticmethod(runner.run)
        try:
            run_state_machine_as_test(Machine, settings=ENOUGH)
        finally:
            runner.run(database.close())
