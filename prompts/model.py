"""The vocabulary: segments, options, notices and the one error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from prompts.emphasis import Fragment, parse_emphasis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentences import Sentence


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with `offending`, which stands at a 0-based code point of the text.

    `reason` is a sentence without its full stop; `suggestion`, where there is one, what would be
    right. `unknown` is said of an option that is none: where it begins and ends with its value.
    """

    position: int
    offending: str
    reason: Sentence
    suggestion: str | None = None
    unknown: tuple[int, int] | None = None


class PromptError(Exception):
    """A prompt that cannot be read, for one or more mistakes, of which it is the first.

    `remedy` is the text without its unknown options, where nothing else is wrong with it.
    """

    def __init__(
        self, position: int, offending: str, reason: Sentence, suggestion: str | None = None
    ) -> None:
        super().__init__(position, offending, reason, suggestion)
        self.position = position
        self.offending = offending
        self.reason = reason
        self.suggestion = suggestion
        self.mistakes: tuple[Mistake, ...] = (Mistake(position, offending, reason, suggestion),)
        self.remedy: str | None = None

    @classmethod
    def of(cls, mistakes: Sequence[Mistake], remedy: str | None = None) -> PromptError:
        """The error for mistakes in the order of the text."""
        first = mistakes[0]
        error = cls(first.position, first.offending, first.reason, first.suggestion)
        error.mistakes, error.remedy = tuple(mistakes), remedy
        return error

    def __str__(self) -> str:
        return f"{self.reason}; try {self.suggestion}." if self.suggestion else f"{self.reason}."


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain sentence for the member about what stands at a position (0-based code point)."""

    position: int
    text: Sentence


@dataclass(frozen=True, slots=True)
class Lora:
    """A small addition to a model that the prompt names, and how strongly it works."""

    name: str
    weight: float = 1.0


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
    `strength` is how much of a picture to start from may change, in percent. `aspect` is width to
    height, `size` is width and height in pixels; where both are given the size decides. A sampler
    has our name where it is known by one; other
    names are as typed, and whether the engine knows them is for others to say.
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
    strength: int | None = None
