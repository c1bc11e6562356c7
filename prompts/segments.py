"""Weighted segments: `text::w text::w`, `text:w | text:w` and the list of `--no`."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from prompts.model import PromptError
from prompts.permutations import strip
from prompts.weights import (
    NUMBER,
    USUAL_WEIGHT,
    comma_problem,
    ends_number,
    is_outside,
    range_problem,
    read_number,
    shorten,
    usual_range_notice,
)

if TYPE_CHECKING:
    from prompts.notices import Notices
    from prompts.permutations import Braces

NO_WEIGHT = -1.0
"""The weight of what `--no` names."""

_NUMBER = re.compile(NUMBER)

# The end counts as a space: of the text, or of a segment that `|` ends.
_AFTER_COLONS = r"(?=\s|\Z|\||[+\-−]?\.?[0-9])"
_SPLIT = re.compile(rf"\||::{_AFTER_COLONS}")
SPLITTING_COLON = re.compile(rf":(?=:{_AFTER_COLONS})")
"""The first colon of each pair that could end a segment."""


@dataclass(frozen=True, slots=True)
class Part:
    """A segment still in place: `text[start:end]` without outer spaces, and its weight."""

    start: int
    end: int
    weight: float


@dataclass(slots=True)
class _Splitter:
    """Splits the part of a prompt that stands before its options."""

    text: str
    masked: str
    notices: Notices
    parts: list[Part]
    start: int = 0

    def close(self, end: int) -> None:
        """End a segment of weight 1."""
        start, end = strip(self.text, self.start, end)
        if start < end:
            self.parts.append(Part(start, end, 1.0))

    def close_at_bar(self, end: int) -> None:
        """End a segment of a prompt that holds a `|`, where `:w` at the end is a weight."""
        colon = self.masked.rfind(":", self.start, end)
        number = self.text[colon + 1 : end].strip() if colon > self.start else ""
        is_weight = (
            _NUMBER.fullmatch(number)
            and not self.masked[colon - 1].isdigit()
            and not self.text[self.start : colon].isspace()
        )
        if is_weight:
            position = self.text.index(number, colon + 1)
            self.close_weighted(colon, number, position, r" (write \: if it is text)")
        else:
            self.close(end)

    def close_weighted(self, end: int, number: str, position: int, hint: str = "") -> None:
        """End a segment with the number that stands at a position."""
        weight = _checked(number, position, hint)
        start, end = strip(self.text, self.start, end)
        named = shorten(self.text[start:end])
        if start == end:
            self.notices.add(position, f"Nothing stands before the weight {shorten(number)}.")
        elif weight == 0:
            self.notices.add(start, f"“{named}” has the weight 0 and is left out.")
        else:
            if abs(weight) > USUAL_WEIGHT:
                self.notices.add(position, usual_range_notice(number))
            self.parts.append(Part(start, end, weight))


def split(text: str, masked: str, end: int, braces: Braces, notices: Notices) -> list[Part]:
    """The segments of `text[:end]`.

    Raises:
        PromptError: a weight that no engine takes, or a split inside a permutation.
    """
    masked = masked[:end]
    ranges = braces.outermost()
    splitter = _Splitter(text, masked, notices, [])
    cursor = 0
    while match := _SPLIT.search(masked, cursor):
        _check_outside(text, match, ranges)
        cursor = match.end()
        number = _NUMBER.match(masked, cursor) if match.group() == "::" else None
        if number and not ends_number(masked, number.end()):
            typed = shorten(text[match.start() : number.end() + 1])
            notices.add(match.start(), f"{typed} is no weight and is read as text.")
            continue
        if number:
            splitter.close_weighted(match.start(), number.group(), cursor)
            cursor = number.end()
        elif match.group() == "|":
            splitter.close_at_bar(match.start())
        else:
            splitter.close(match.start())
        splitter.start = cursor
    if "|" in masked:
        splitter.close_at_bar(end)
    else:
        splitter.close(end)
    return splitter.parts


def split_no(text: str, masked: str, region: tuple[int, int], braces: Braces) -> list[Part]:
    """The parts of a `--no` list, each of weight -1.

    Raises:
        PromptError: a weight or a `|` among them.
    """
    start, end = region
    wrong = _SPLIT.search(masked, start, end)
    if wrong:
        sign = wrong.group()
        reason = (
            f"--no takes words separated by commas, without {sign} (write \\{sign} for the sign)"
        )
        raise PromptError(wrong.start(), sign, reason)
    edges = [start - 1, *braces.commas, end]
    parts = (strip(text, left + 1, right) for left, right in pairwise(edges))
    return [Part(left, right, NO_WEIGHT) for left, right in parts if left < right]


def _check_outside(text: str, match: re.Match[str], ranges: list[tuple[int, int]]) -> None:
    index = bisect_right(ranges, (match.start(), len(text))) - 1
    if index >= 0 and match.start() < ranges[index][1]:
        start, end = ranges[index]
        sign, braces = match.group(), shorten(text[start : end + 1])
        reason = f"{sign} cannot stand inside the braces {braces} (write \\{sign} for the sign)"
        raise PromptError(match.start(), sign, reason)


def _checked(number: str, position: int, hint: str) -> float:
    """The value of a segment's weight, or the error that says why it is none."""
    if "," in number:
        raise PromptError(position, number, *comma_problem(number))
    weight = read_number(number)
    if is_outside(weight):
        reason, nearest = range_problem(number)
        raise PromptError(position, number, reason + hint, nearest)
    return weight
