"""How long a job will take: what is ahead of it, and the pace learned from those that ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.jobs import engine_speeds, queue_position
from storage.jobs.queue_position import Queue
from storage.units import repeatable

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.runner.queues import QueueLimits
    from storage.database import Transaction
    from storage.ledger.accounts import Account

SMOOTHING = 0.2
"""The weight of the newest job in the moving average."""


@dataclass(frozen=True, slots=True)
class WaitEstimate:
    """How long a waiting job still takes: jobs ahead of it, and the time if it is known.

    `waiting` jobs wait in all queues.
    """

    ahead: int
    ready_in: timedelta | None
    waiting: int = 0


class Estimate:
    """Learns a moving average of seconds per millicredit for each engine, and foretells by it.

    The price grows with steps and pixels, as the work does, so it serves as the measure of work.
    """

    def __init__(self, queue_limits: QueueLimits) -> None:
        self._queue_limits = queue_limits

    @repeatable
    def learn(
        self, connection: Transaction, engine_id: str, price_mc: int, took: timedelta
    ) -> None:
        """Take in how long a job took from its start to its pictures."""
        if price_mc:
            pace = took.total_seconds() / price_mc
            engine_speeds.learn(connection, engine_id, pace, SMOOTHING)

    def wait_estimate(
        self,
        connection: Transaction,
        engine_id: str,
        price_mc: int,
        tier: int,
        account: Account,
        accepted_at: datetime | None = None,
        *,
        count_up_to: int = queue_position.MOST_COUNTED,
    ) -> WaitEstimate:
        """What a new job of that member has to expect, or one that waits since it was accepted."""
        queue = self._queue(engine_id, tier)
        ahead = queue_position.ahead(
            connection, queue, account, accepted_at, engine_id=engine_id, up_to=count_up_to
        )
        pace = ahead.seconds_per_mc
        ready_in = None
        if pace is not None:
            # As many as run now are drawn at the pace that was learned under such a load.
            slots = 1 + ahead.waiting / max(1, ahead.running)
            ready_in = timedelta(seconds=pace * price_mc * slots)
        return WaitEstimate(ahead.waiting + ahead.running, ready_in, ahead.in_all)

    def duration(self, connection: Transaction, engine_id: str, price_mc: int) -> timedelta | None:
        """How long the work itself takes that costs so much, once known; never of free work."""
        pace = engine_speeds.get(connection, engine_id)
        return timedelta(seconds=pace * price_mc) if pace and price_mc else None

    def _queue(self, engine_id: str, tier: int) -> Queue:
        if engine_id in self._queue_limits.engines:
            return Queue(engine_id=engine_id)
        return Queue(tier=self._queue_limits.tier(tier), without=list(self._queue_limits.engines))
