"""How long a job will take: what is ahead of it, and the pace learned from those that ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.jobs.queue_position import Queue

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.runner.queues import QueueLimits
    from storage.jobs.engine_speeds import EngineSpeeds
    from storage.jobs.queue_position import QueuePosition
    from storage.ledger.accounts import Account

SMOOTHING = 0.2
"""The weight of the newest job in the moving average."""


@dataclass(frozen=True, slots=True)
class WaitEstimate:
    """How long a waiting job still takes: jobs ahead of it, and the time if it is known."""

    ahead: int
    ready_in: timedelta | None


class Estimate:
    """Learns a moving average of seconds per millicredit for each engine, and foretells by it.

    The price grows with steps and pixels, as the work does, so it serves as the measure of work.
    """

    def __init__(
        self, engine_speeds: EngineSpeeds, line: QueuePosition, queue_limits: QueueLimits
    ) -> None:
        self._engine_speeds = engine_speeds
        self._line = line
        self._queue_limits = queue_limits

    async def learn(self, engine_id: str, price_mc: int, took: timedelta) -> None:
        """Take in how long a job took from its start to its pictures."""
        if price_mc:
            await self._engine_speeds.learn(engine_id, took.total_seconds() / price_mc, SMOOTHING)

    async def wait_estimate(
        self,
        engine_id: str,
        price_mc: int,
        tier: int,
        account: Account,
        accepted_at: datetime | None = None,
    ) -> WaitEstimate:
        """What a new job of that member has to expect, or one that waits since it was accepted."""
        ahead = await self._line.ahead(self._queue(engine_id, tier), account, accepted_at)
        pace = await self._engine_speeds.get(engine_id)
        ready_in = None
        if pace is not None:
            # As many as run now are drawn at the pace that was learned under such a load.
            slots = 1 + ahead.waiting / max(1, ahead.running)
            ready_in = timedelta(seconds=pace * price_mc * slots)
        return WaitEstimate(ahead.waiting + ahead.running, ready_in)

    async def duration(self, engine_id: str, price_mc: int) -> timedelta | None:
        """How long the work itself takes that costs so much, once known; never of free work."""
        pace = await self._engine_speeds.get(engine_id)
        return timedelta(seconds=pace * price_mc) if pace and price_mc else None

    def _queue(self, engine_id: str, tier: int) -> Queue:
        if engine_id in self._queue_limits.engines:
            return Queue(engine_id=engine_id)
        return Queue(tier=self._queue_limits.tier(tier), without=list(self._queue_limits.engines))
