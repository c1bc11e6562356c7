"""Collecting what the member should be told about a prompt."""

from __future__ import annotations

from prompts.model import Notice

MAX_NOTICES = 20
"""More than this nobody reads; the rest is told as a number."""


class Notices:
    """Notices in the making: each once, in the order of the text."""

    def __init__(self) -> None:
        self._found: dict[Notice, None] = {}

    def add(self, position: int, text: str) -> None:
        """Remember a sentence about a position."""
        self._found[Notice(position, text)] = None

    def all(self) -> tuple[Notice, ...]:
        """The notices by position, the surplus summed up in a last one."""
        found = sorted(self._found, key=lambda notice: notice.position)
        if len(found) <= MAX_NOTICES:
            return tuple(found)
        rest = found[MAX_NOTICES - 1 :]
        summary = Notice(rest[0].position, f"There are {len(rest)} more notices like these.")
        return (*found[: MAX_NOTICES - 1], summary)
