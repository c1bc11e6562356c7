"""The playground's clock and the ids that Discord derives from it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
"""The first millisecond of 2015, from which snowflakes count."""


class Clock:
    """A wall clock that can be moved forward without waiting."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def now(self) -> float:
        """The playground's time in seconds since 1970."""
        return time.time() + self._offset_s

    def advance(self, seconds: float) -> None:
        """Move the clock forward by so many seconds; never backward, as ids must rise."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self._offset_s += seconds

    def iso(self) -> str:
        """The playground's time in the form that Discord's JSON uses."""
        return iso(self.now())


def iso(seconds: float) -> str:
    """Format seconds since 1970 as Discord does, in UTC with microseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


class Snowflakes:
    """A source of rising, time-based ids."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        """A new id, higher than every one before."""
        earliest = (int(self._clock.now() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(self._last + 1, earliest)
        return str(self._last)


def shard_of(guild_id: str, shard_count: int) -> int:
    """The shard that a guild's events go to (Discord's documented formula)."""
    return (int(guild_id) >> 22) % shard_count
