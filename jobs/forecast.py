"""What a new job has to expect: the jobs ahead of it, and when it would be ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.errors import QueueFull
from storage.ledger.accounts import Account

if TYPE_CHECKING:
    from jobs.rules.limits import Asker, Limits
    from jobs.runner.estimate import Estimate, WaitEstimate
    from storage.jobs.jobs import JobStore

MOST_WAITING = 10_000


class Forecast:
    """Looks at the queue for somebody who is about to ask for a job."""

    def __init__(
        self,
        store: JobStore,
        limits: Limits,
        estimate: Estimate,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._store = store
        self._limits = limits
        self._estimate = estimate
        self._most_waiting = most_waiting

    async def wait_estimate(self, asker: Asker, engine_id: str, price_mc: int) -> WaitEstimate:
        """How many jobs are ahead of a new one, and when it would be ready.

        Raises:
            QueueFull: there are too many already.
        """
        waiting = await self._store.count_waiting(self._most_waiting)
        if waiting >= self._most_waiting:
            raise QueueFull(waiting, self._most_waiting)
        terms = await self._limits.terms(asker.guild_id, asker.member_id, asker.roles)
        account = Account(asker.guild_id, asker.member_id)
        return await self._estimate.wait_estimate(engine_id, price_mc, terms.tier, account)
