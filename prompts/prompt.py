"""A prompt that was read: its segments, their permutations, its options."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from prompts import permutations
from prompts.canonical import protect, write
from prompts.escapes import mask
from prompts.model import Lora, Notice, Options, PromptError, Segment
from prompts.permutations import COUNT_CAP
from prompts.signs import fold, without_edges
from prompts.values import MAX_COUNT
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Prompt:
    """Segments in the order of the text, options, LoRAs and what to tell the member.

    Two prompts are equal when their segments, options and LoRAs are. `segments` may hold
    permutations; `variants` has one tuple of segments without any for each of them, and just one
    when there is none. Both it and `canonical` follow from the other fields, so that
    `dataclasses.replace` works.
    """

    segments: tuple[Segment, ...]
    options: Options = field(default_factory=Options)
    notices: tuple[Notice, ...] = field(default=(), compare=False)
    loras: tuple[Lora, ...] = ()

    @cached_property
    def canonical(self) -> str:
        """The whole prompt written out; parsing it gives this prompt again."""
        return write(self.segments, self.options, self.loras)

    @property
    def pictures(self) -> int:
        """How many pictures it asks for: permutations times count (counting ends at a million)."""
        count = self.options.count or 1
        for segment in self.segments:
            count = min(COUNT_CAP, count * _tree(segment.text).count)
        return count

    @cached_property
    def variants(self) -> tuple[tuple[Segment, ...], ...]:
        """The segments of each permutation, the first braces varying slowest.

        A segment whose permutation is empty is left out of that variant.

        Raises:
            PromptError: there are too many, which cannot be for a prompt from `parse`.
        """
        if "{" not in fold("".join(segment.text for segment in self.segments)):
            return (self.segments,)
        check_pictures(self.pictures, 0, "{")
        choices = [_choices(segment) for segment in self.segments]
        if all(len(choice) == 1 for choice in choices):
            return (self.segments,)
        return tuple(
            tuple(segment for segment in variant if segment.text) for variant in product(*choices)
        )


def render(segments: Prompt | Iterable[Segment], options: Options | None = None) -> str:
    """A prompt as a member would write it, for example to edit it.

    Takes a prompt, or segments and options. Parsing the result gives the same segments and
    options. Text that reads as another part of the language is escaped, except braces, since the
    segments may hold permutations.
    """
    if isinstance(segments, Prompt):
        return write(segments.segments, options or segments.options, segments.loras)
    return write(tuple(segments), options or Options())


def check_pictures(count: int, position: int, offending: str) -> None:
    """Refuse what is more than one job.

    Raises:
        PromptError: with the number.
    """
    if count > MAX_COUNT:
        shown = f"{count:,}" if count < COUNT_CAP else Sentence("more than a million")
        reason = Sentence(
            "This makes {count} pictures, and one job makes at most {limit}",
            count=shown,
            limit=MAX_COUNT,
        )
        raise PromptError(position, offending, reason)


def _tree(text: str) -> permutations.Sequence:
    if "{" not in fold(text):
        return permutations.Sequence(0, len(text))
    marks = permutations.scan(mask(text)).marks
    return permutations.tree(marks, sorted(marks), 0, len(text))


def _choices(segment: Segment) -> list[Segment]:
    text = segment.text
    masked = mask(text)
    joined = (
        permutations.join(text, masked, ranges)[0]
        for ranges in permutations.expand(text, _tree(text))
    )
    # In other surroundings literal braces could become a permutation, so they are escaped.
    return [
        Segment(protect(without_edges(text), has_permutations=False), segment.weight)
        for text in joined
    ]
