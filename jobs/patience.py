"""Patience: what may pass is tried again, with growing pauses, and for how long."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenacity import RetryCallState

LIMIT = timedelta(minutes=15)
"""How long a job waits for what is away, or for room, before its hold is released."""

FIRST_PAUSE_S = 1
LONGEST_PAUSE_S = 20
GROWING = wait_exponential(multiplier=FIRST_PAUSE_S, max=LONGEST_PAUSE_S)

FIRST_GAP = timedelta(seconds=10)
LONGEST_GAP = timedelta(hours=1)
RESULT_LIMIT = timedelta(days=1)
"""How long a result that Discord does not take is tried, and its credits are held."""

CARD_LIMIT = timedelta(days=30)
"""How long the card of a closed job is tried."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Tries again by a clock and a sleep of its own, which tests replace."""

    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def attempts(self, *passing: type[Exception]) -> AsyncRetrying:
        """Attempts while those errors come; the last one is raised."""
        since = self.now()
        return AsyncRetrying(
            retry=retry_if_exception_type(passing),
            wait=pause_s,
            stop=lambda state: self.is_over(since, state.upcoming_sleep),
            sleep=self.sleep,
            reraise=True,
        )

    def is_over(self, since: datetime, pause_s: float) -> bool:
        """Whether a wait that began then may not take another pause, in seconds."""
        return self.now() + timedelta(seconds=pause_s) > since + LIMIT

    def left_s(self, since: datetime) -> float:
        """How long a wait that began then may still take."""
        return max(0.0, (since + LIMIT - self.now()).total_seconds())


def pause_s(state: RetryCallState) -> float:
    """The next pause in seconds: 1, 2, 4 and so on up to 20, or longer where the error asks so."""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(error, "retry_after", None)
    return max(GROWING(state), asked.total_seconds() if isinstance(asked, timedelta) else 0.0)


def next_result_at(now: datetime, since: datetime) -> datetime | None:
    """When a result is shown again that Discord has not taken since then; None to give it up."""
    if now - since >= RESULT_LIMIT:
        return None
    return min(now + min(max(now - since, FIRST_GAP), LONGEST_GAP), since + RESULT_LIMIT)


def next_card_at(now: datetime, since: datetime) -> datetime | None:
    """When the card of a closed job is brought up to date again; None to leave it as it is."""
    if now - since >= CARD_LIMIT:
        return None
    return now + max(now - since, FIRST_GAP)
