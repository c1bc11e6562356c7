"""Collecting what the member should be told about a prompt: notices, and mistakes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompts.model import Notice, PromptError
from sentences import Sentence

if TYPE_CHECKING:
    from prompts.model import Mistake
    from prompts.source import Source

MAX_NOTICES = 20
"""More than this nobody reads; the rest is told as a number."""


class Notices:
    """Notices and mistakes in the making: each once, in the order of the text.

    They are told by their places in what was typed; once a source is `read`, what is added stands
    in its text.
    """

    def __init__(self) -> None:
        self._found: dict[Notice, None] = {}
        self._mistakes: dict[Mistake, None] = {}
        self._source: Source | None = None

    def read(self, source: Source) -> None:
        """Take positions as those of a source's text from now on."""
        self._source = source

    def add(self, position: int, text: Sentence) -> None:
        """Remember a sentence about a position."""
        place = self._source.origin(position) if self._source else position
        self._found[Notice(place, text)] = None

    def refuse(self, mistake: Mistake) -> None:
        """Remember a mistake, so that all are told at once."""
        self._mistakes[mistake] = None

    def stop(self) -> None:
        """Read no further if there are mistakes.

        Raises:
            PromptError: with their places in the source's text.
        """
        if self._mistakes:
            raise PromptError.of(tuple(self._mistakes))

    def error(self) -> PromptError:
        """The error for all mistakes, with their places in what was typed."""
        placed = [
            self._source.place(mistake) if self._source else mistake for mistake in self._mistakes
        ]
        mistakes = sorted(placed, key=lambda one: one.position)
        cuts = [one.unknown for one in mistakes if one.unknown]
        typed = self._source.typed if self._source else ""
        remedy = without(typed, cuts) if len(cuts) == len(mistakes) else None
        return PromptError.of(mistakes[:MAX_NOTICES], remedy)

    def all(self) -> tuple[Notice, ...]:
        """The notices by position, the surplus summed up in a last one."""
        found = sorted(self._found, key=lambda notice: notice.position)
        if len(found) <= MAX_NOTICES:
            return tuple(found)
        rest = found[MAX_NOTICES - 1 :]
        summary = Notice(
            rest[0].position,
            Sentence("There are {count} more notices like these.", count=len(rest)),
        )
        return (*found[: MAX_NOTICES - 1], summary)


def without(typed: str, cuts: list[tuple[int, int]]) -> str | None:
    """The text without those parts; None if nothing is left of it."""
    pieces: list[str] = []
    cursor = 0
    for start, end in cuts:
        pieces.append(typed[cursor:start].strip())
        cursor = end
    pieces.append(typed[cursor:].strip())
    return " ".join(filter(None, pieces)) or None
