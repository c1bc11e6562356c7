"""What a new job has to expect: the jobs ahead of it, and when it would be ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.errors import QueueFull
from storage.jobs.queue_position import MOST_COUNTED
from storage.ledger.accounts import Account

if TYPE_CHECKING:
    from jobs.rules.terms import Terms
    from jobs.runner.estimate import Estimate, WaitEstimate
    from storage.database import Database

MOST_WAITING = MOST_COUNTED


class Forecast:
    """Looks at the queue for somebody who is about to ask for a job."""

    def __init__(
        self,
        database: Database,
        estimate: Estimate,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._database = database
        self._estimate = estimate
        self._most_waiting = most_waiting

    async def wait_estimate(self, terms: Terms, engine_id: str, price_mc: int) -> WaitEstimate:
        """How many jobs are ahead of a new one, and when it would be ready.

        Raises:
            QueueFull: there are too many already.
        """
        expected = await self._database.read(
            self._estimate.wait_estimate,
            engine_id,
            price_mc,
            terms.tier,
            Account(terms.asker.guild_id, terms.asker.member_id),
            count_up_to=self._most_waiting,
        )
        if expected.waiting >= self._most_waiting:
            raise QueueFull(expected.waiting, self._most_waiting)
        return expected
