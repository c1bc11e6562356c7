"""How long a job will take, learned from those that ended."""

from __future__ import annotations

from datetime import timedelta

SMOOTHING = 0.2
"""The weight of the newest job in the moving average."""


class Estimate:
    """A moving average of seconds per millicredit for each engine.

    The price grows with steps and pixels, as the work does, so it serves as the measure of work.
    """

    def __init__(self) -> None:
        self._pace: dict[str, float] = {}

    def learn(self, engine_id: str, price_mc: int, took: timedelta) -> None:
        """Take in how long a job took from its start to its pictures."""
        pace = took.total_seconds() / price_mc
        known = self._pace.get(engine_id, pace)
        self._pace[engine_id] = known + SMOOTHING * (pace - known)

    def duration(self, engine_id: str, price_mc: int) -> timedelta | None:
        """How long that much work takes, or None before the first job of the engine."""
        pace = self._pace.get(engine_id)
        return None if pace is None else timedelta(seconds=pace * price_mc)
