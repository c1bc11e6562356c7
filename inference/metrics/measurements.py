"""What is counted while the server works; any thread may count."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
ROWS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


class Outcome(StrEnum):
    """How a picture or a film ended."""

    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(slots=True)
class Distribution:
    """How many values are at most each bound, and their sum; one more count is of all others."""

    bounds: tuple[float, ...]
    sum: float = 0.0
    counts: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def copy(self) -> Distribution:
        """The same, which counts no further."""
        return Distribution(self.bounds, self.sum, list(self.counts))


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything counted up to a moment, by engine where nothing else is said.

    `refusals` are by transport and status.
    """

    steps_s: Mapping[str, Distribution]
    rows: Mapping[str, Distribution]
    latency_s: Mapping[str, Distribution]
    outcomes: Mapping[tuple[str, Outcome], int]
    refusals: Mapping[tuple[str, str], int]


class Measurements:
    """Counts for as long as the server runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps_s: dict[str, Distribution] = {}
        self._rows: dict[str, Distribution] = {}
        self._latency_s: dict[str, Distribution] = {}
        self._outcomes: Counter[tuple[str, Outcome]] = Counter()
        self._refusals: Counter[tuple[str, str]] = Counter()

    def note_step(self, engine_id: str, seconds: float, rows: int) -> None:
        """A call of a denoiser took so long, for so many rows."""
        with self._lock:
            self._steps_s.setdefault(engine_id, Distribution(SECONDS)).add(seconds)
            self._rows.setdefault(engine_id, Distribution(ROWS)).add(rows)

    def note_end(self, engine_id: str, outcome: Outcome, seconds: float) -> None:
        """A picture or a film ended, so long after it was asked for."""
        with self._lock:
            self._outcomes[engine_id, outcome] += 1
            if outcome is Outcome.FINISHED:
                self._latency_s.setdefault(engine_id, Distribution(SECONDS)).add(seconds)

    def note_refusal(self, transport: str, status: str) -> None:
        """A call was answered with an error."""
        with self._lock:
            self._refusals[transport, status] += 1

    def counted(self) -> Counted:
        """What was counted so far."""
        with self._lock:
            return Counted(
                _copied(self._steps_s),
                _copied(self._rows),
                _copied(self._latency_s),
                dict(self._outcomes),
                dict(self._refusals),
            )


def _copied(distributions: Mapping[str, Distribution]) -> Mapping[str, Distribution]:
    return {engine_id: one.copy() for engine_id, one in distributions.items()}
