"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`runs` of everything, in turn with the baseline; `seconds` of load in each; so many jobs."""

    runs: int = 5
    seconds: float = 10.0
    jobs: int = 200
