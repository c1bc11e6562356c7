"""What the tests of the ledger share: jobs that hold credits, and their ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storage.ledger import history
from storage.ledger.accounts import Account, NotEnough, Policy
from storage.ledger.balance import balance_of
from storage.ledger.periods import Calendar
from storage.ledger.pools import MonthLimit, Pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database, Transaction
    from storage.jobs.jobs import Job, JobStore
    from storage.ledger.accounts import Balance
    from storage.ledger.history import Movement
    from storage.ledger.ledger import Ledger

POLICY = Policy()
CALENDAR = Calendar("Europe/Berlin")


@dataclass(frozen=True)
class Books:
    """A ledger and the jobs it is for."""

    database: Database
    ledger: Ledger
    store: JobStore
    make_job: Callable[..., Job]

    async def order(
        self,
        member_id: int,
        price_mc: int,
        job_id: str,
        *,
        guild_id: int = 1,
        policy: Policy = POLICY,
        limit_mc: int | None = None,
    ) -> Job:
        """Accept a job in one transaction, as the jobs room does.

        Raises:
            NotEnough: nothing was moved.
        """
        budget_mc = 0 if limit_mc is None else price_mc
        job = self.make_job(
            job_id, guild_id=guild_id, member_id=member_id, price_mc=price_mc, budget_mc=budget_mc
        )
        account = Account(guild_id, member_id)

        def unit(connection: Transaction) -> None:
            self.store.add(connection, job)
            self.ledger.open(connection, account, policy)
            self.ledger.hold(connection, account, price_mc, job_id, "a fox")
            if limit_mc is not None:
                limit = MonthLimit(Pool.BUDGET, limit_mc, CALENDAR)
                self.ledger.hold_month(connection, guild_id, limit, price_mc, job_id)

        await self.database.write(unit)
        return job

    async def is_accepted(self, member_id: int, price_mc: int, job_id: str, **known: Any) -> bool:
        """Order, and say whether it was accepted."""
        try:
            await self.order(member_id, price_mc, job_id, **known)
        except NotEnough:
            return False
        return True

    async def close(self, job: Job, delivered_mc: int) -> bool:
        """End a job; whether this call did it."""

        def unit(connection: Transaction) -> Any:
            return self.ledger.close(
                connection,
                Account(job.guild_id, job.member_id),
                job.id,
                held_mc=job.price_mc,
                delivered_mc=delivered_mc,
                budget_mc=job.budget_mc,
                ceiling_mc=job.ceiling_mc,
                reason="done",
            )

        return await self.database.write(unit)

    async def spend(self, member_id: int, amount_mc: int, job_id: str) -> None:
        """A job that costs that much."""
        await self.close(await self.order(member_id, amount_mc, job_id), amount_mc)

    async def movements(self, member_id: int) -> list[Movement]:
        """A member's latest movements, newest first."""
        return await self.database.read(history.movements, Account(1, member_id), 10)

    async def balance(self, member_id: int, policy: Policy = POLICY) -> Balance:
        """A member's balance, and the proof that the books are right."""
        assert await self.database.read(self.ledger.verify) == []
        return await balance_of(self.database, self.ledger, Account(1, member_id), policy)
