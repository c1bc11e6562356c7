"""Duplicate and late interactions: each is answered once, and none when its time is over.

Discord may deliver an interaction several times. Under load discord.py handles every
one, also those that Discord has given up, so the backlog would grow.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

log = logging.getLogger(__name__)

REMEMBERED = 4096
TOO_OLD = timedelta(seconds=2.5)
"""Discord waits three seconds for an answer."""

CLOCKS_AGREE_FOR = timedelta(minutes=5)
"""For how long a difference of the two clocks is believed: either may drift or be set anew."""


class InteractionDedup:
    """Admits interactions by their id, which also tells when Discord made it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._difference = _RecentMinimum(CLOCKS_AGREE_FOR)

    def admits(self, interaction_id: int) -> bool:
        """Whether the interaction is new and can still be answered."""
        if interaction_id in self._seen:
            log.info("interaction %s came again", interaction_id)
            return False
        self._seen[interaction_id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        age = self._age(interaction_id)
        if age > TOO_OLD:
            log.warning(
                "interaction %s is %.1f s old; not started", interaction_id, age.total_seconds()
            )
            return False
        return True

    def _age(self, interaction_id: int) -> timedelta:
        """How old it is by our clock, less by how much our clock is ahead of Discord's.

        The two clocks may differ by more than the limit; the smallest recent lag is taken for
        that difference.
        """
        now = self._now()
        lag = now - discord.utils.snowflake_time(interaction_id)
        return lag - self._difference.with_one_more(lag, now)


class _RecentMinimum:
    """The minimum over a sliding window of one to two periods."""

    def __init__(self, period: timedelta) -> None:
        self._period = period
        self._began: datetime | None = None
        self._least: timedelta | None = None
        self._least_before: timedelta | None = None

    def with_one_more(self, value: timedelta, now: datetime) -> timedelta:
        """The least after that value was added."""
        if self._began is None or not timedelta() <= now - self._began < self._period:
            is_next = self._began and timedelta() <= now - self._began < 2 * self._period
            self._least_before = self._least if is_next else None
            self._least, self._began = value, now
        self._least = value if self._least is None else min(self._least, value)
        return self._least if self._least_before is None else min(self._least, self._least_before)
