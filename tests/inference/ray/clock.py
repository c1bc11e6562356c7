"""A clock for tests."""

from __future__ import annotations


class Clock:
    """The time in seconds, as the test sets it."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s
