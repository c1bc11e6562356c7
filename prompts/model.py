"""The vocabulary: segments, options, notices and the one error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from prompts.emphasis import Fragment, parse_emphasis


class PromptError(Exception):
    """A prompt that cannot be read.

    `position` is a 0-based code point of the text, `offending` what stands there, `reason` a
    sentence without its full stop, and `suggestion`, where there is one, what would be right.
    """

    def __init__(
        self, position: int, offending: str, reason: str, suggestion: str | None = None
    ) -> None:
        super().__init__(position, offending, reason, suggestion)
        self.position = position
        self.offending = offending
        self.reason = reason
        self.suggestion = suggestion

    def __str__(self) -> str:
        return f"{self.reason}; try {self.suggestion}." if self.suggestion else f"{self.reason}."


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain sentence for the member about what stands at a position (0-based code point)."""

    position: int
    text: str


@dataclass(frozen=True)
class Segment:
    """One weighted part of a prompt; a negative weight pushes the picture away from it.

    `text` is canonical: what the member typed, with the escapes that keep its meaning wherever in
    a prompt it is put. It is also what goes over the wire to an engine that reads emphasis.
    """

    text: str
    weight: float = 1.0

    @cached_property
    def fragments(self) -> tuple[Fragment, ...]:
        """The text as runs with their emphasis; in a segment with permutations, braces are text."""
        return parse_emphasis(self.text)

    @property
    def plain(self) -> str:
        """The text without emphasis and escapes, for engines that know neither."""
        return "".join(fragment.text for fragment in self.fragments)

    @property
    def is_emphasised(self) -> bool:
        """Whether some of the words have more or less attention than the others."""
        return any(fragment.weight != 1 for fragment in self.fragments)


@dataclass(frozen=True, slots=True)
class Options:
    """What the options say, `None` where they say nothing.

    A seed of 0 asks for a drawn one, which is what `None` means; so a parsed `seed` is never 0.
    `aspect` is width to height, `size` is width and height in pixels; where both are given the
    size decides. Names are as typed; whether the engine knows them is for others to say.
    """

    seed: int | None = None
    steps: int | None = None
    cfg: float | None = None
    aspect: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    count: int | None = None
    sampler: str | None = None
    engine: str | None = None
    style: str | None = None
    clip: str | None = None
