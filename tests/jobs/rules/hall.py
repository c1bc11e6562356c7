"""One guild with its rules, books and jobs, for the tests of limits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jobs.errors import JobError
from jobs.rules.limits import Limits
from jobs.rules.terms import Asker
from storage.database import Database
from storage.jobs.jobs import JobState, JobStore
from storage.ledger.accounts import Account
from storage.ledger.ledger import Ledger
from storage.ledger.pools import BudgetState
from storage.rules import Change, RuleStore
from tests.jobs.harness import Clock, a_job, an_order

if TYPE_CHECKING:
    from jobs.orders.image import ImageOrder
    from storage.database import Transaction

GUILD, MEMBER, CHANNEL, ROLE = 1, 2, 10, 20
PRICE_MC = 200
ASKER = Asker(guild_id=GUILD, member_id=MEMBER, channel_id=CHANNEL, roles=frozenset({ROLE}))
OWN_ENGINE = "atelier-painter"
CHANGE = Change(guild_id=GUILD, actor_id=3, action="test")


class Hall:
    """Rules, books and jobs of one guild."""

    def __init__(self, database: Database, default_ceiling_mc: int | None = None) -> None:
        self.clock = Clock()
        self.database = database
        self.rules = RuleStore(self.clock)
        self.ledger = Ledger(self.clock)
        self.store = JobStore(self.clock)
        self.limits = Limits(
            database=database,
            ledger=self.ledger,
            jobs=self.store,
            now=self.clock,
            default_ceiling_mc=default_ceiling_mc,
            is_metered=lambda engine_id: engine_id != OWN_ENGINE,
            reads_emphasis=lambda _engine_id: True,
        )

    async def rule(self, **values: Any) -> None:
        await self.database.write(
            self.rules.change_rules, GUILD, CHANGE, lambda rules: replace(rules, **values)
        )

    async def check(
        self, asker: Asker = ASKER, order: ImageOrder | None = None, price_mc: int = PRICE_MC
    ) -> None:
        await self.limits.check(asker, order or an_order(), price_mc)

    async def accept(
        self, job_id: str, asker: Asker = ASKER, price_mc: int = PRICE_MC
    ) -> JobError | None:
        """Accept a job as `Jobs` does; the refusal, if it is one."""
        job = replace(
            a_job(an_order(), self.clock(), job_id, asker.guild_id),
            price_mc=price_mc,
            member_id=asker.member_id,
            key=f"key-{job_id}",
        )

        def unit(connection: Transaction) -> None:
            terms = self.limits.admit(connection, asker, price_mc)
            accepted = terms.apply(job)
            assert self.store.add(connection, accepted)
            self.limits.hold(connection, accepted, terms, "a fox")

        try:
            await self.database.write(unit)
        except JobError as error:
            return error
        return None

    async def months(self) -> Sequence[BudgetState]:
        guild = await self.database.read(self.rules.guild, GUILD)
        return await self.limits.months(GUILD, self.limits.month_limits(guild))

    async def finish(self, job_id: str) -> None:
        job = await self.database.read(self.store.get, job_id)
        assert job

        def unit(connection: Transaction) -> None:
            self.ledger.close(
                connection,
                Account(job.guild_id, job.member_id),
                job_id,
                held_mc=job.price_mc,
                delivered_mc=job.price_mc,
                budget_mc=job.budget_mc,
                ceiling_mc=job.ceiling_mc,
                is_metered=job.is_metered,
                reason="a fox",
            )
            self.store.finish(connection, job_id, JobState.DELIVERED)

        await self.database.write(unit)

    async def accept_many(self, count: int, asker: Asker = ASKER) -> Counter[str]:
        """How many of so many orders at once were accepted, or refused for what."""
        tries = [self.accept(f"job{asker.member_id}x{n}", asker) for n in range(count)]
        outcomes = await asyncio.gather(*tries)
        return Counter(type(one).__name__ for one in outcomes)
