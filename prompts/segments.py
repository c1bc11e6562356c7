"""Weighted segments: `text::w text::w`, `text:w | text:w` and the list of `--no`."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from prompts.escapes import hide_square
from prompts.model import Mistake, PromptError
from prompts.permutations import strip
from prompts.signs import DASHES, is_visible
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
from sentences import Sentence

if TYPE_CHECKING:
    from prompts.notices import Notices
    from prompts.permutations import Braces

NO_WEIGHT = -1.0
"""The weight of what `--no` names."""

_NUMBER = re.compile(NUMBER)

# The end counts as a space: of the text, or of a segment that `|` ends.
_AFTER_COLONS = rf"(?=\s|\Z|\||[+\-{DASHES}]?\.?[0-9])"
_SPLIT = re.compile(rf"\||::{_AFTER_COLONS}")
_BAR = re.compile(r"\|")
_WEIGHED = re.compile(rf":\s*{NUMBER}\s*\Z")
_BELONGS_TO_NOBODY = (",", ".", "\uff0c", "\u3002", "\u3001")
"""Of these one may follow a weight."""

_GOES_ON = re.compile(r"[/:][0-9]|%")
_TOKEN = re.compile(r"[^\s|,\\]{0,40}")

_BEYOND = 1 << 30

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
        if is_visible(self.text[start:end]):
            self.parts.append(Part(start, end, 1.0))

    def close_at_bar(self, end: int) -> None:
        """End a segment of a prompt that bars split, where `:w` at the end is a weight."""
        colon = self.masked.rfind(":", self.start, end)
        number = self.masked[colon + 1 : end].strip() if colon > self.start else ""
        if number[-1:] in _BELONGS_TO_NOBODY and not _NUMBER.fullmatch(number):
            number = number[:-1]
        if _NUMBER.fullmatch(number) and _is_word(self.masked[colon - 1]):
            position = self.masked.index(number, colon + 1)
            self.close_weighted(colon, number, position, may_be_text=True)
        else:
            self.close(end)

    def close_weighted(
        self, end: int, number: str, position: int, *, may_be_text: bool = False
    ) -> None:
        """End a segment with the number that stands at a position."""
        weight = self._checked(number, position, may_be_text=may_be_text)
        start, end = strip(self.text, self.start, end)
        named = shorten(self.text[start:end])
        if not is_visible(self.text[start:end]):
            self.notices.add(
                position,
                Sentence("Nothing stands before the weight {number}.", number=shorten(number)),
            )
        elif weight == 0:
            self.notices.add(
                start, Sentence("“{named}” has the weight 0 and is left out.", named=named)
            )
        else:
            if abs(weight) > USUAL_WEIGHT:
                self.notices.add(position, usual_range_notice(number))
            self.parts.append(Part(start, end, weight))

    def _checked(self, number: str, position: int, *, may_be_text: bool) -> float:
        """The value of a weight; 1, and a mistake, where no engine takes it."""
        typed = self.text[position : position + len(number)]
        if "," in number:
            self.notices.refuse(Mistake(position, typed, *comma_problem(number)))
            return 1.0
        weight = read_number(number)
        if is_outside(weight):
            problem = range_problem(number, may_be_text=may_be_text)
            self.notices.refuse(Mistake(position, typed, *problem))
            return 1.0
        return weight


def split(text: str, masked: str, end: int, braces: Braces, notices: Notices) -> list[Part]:
    """The segments of `text[:end]`.

    Raises:
        PromptError: a split inside a permutation.
    """
    masked = hide_square(masked[:end])
    ranges = braces.outermost()
    splitter = _Splitter(text, masked, notices, [])
    cursor, has_bars = 0, _has_bars(masked, ranges)
    while match := _SPLIT.search(masked, cursor):
        cursor = match.end()
        if is_inside(match.start(), ranges):
            if match.group() == "::":
                _refuse_inside(text, match, ranges)
            continue
        number = _number(text, masked, cursor) if match.group() == "::" else ""
        if number and _runs_on(masked, cursor + len(number)):
            typed = shorten(text[match.start() : _TOKEN.match(masked, cursor, end).end()])  # pyright: ignore[reportOptionalMemberAccess]
            notices.add(
                match.start(), Sentence("{typed} is no weight and is read as text.", typed=typed)
            )
            continue
        if number:
            splitter.close_weighted(match.start(), number, cursor)
            cursor += len(number)
            cursor += text[cursor : cursor + 1] in _BELONGS_TO_NOBODY and cursor < end
        elif match.group() == "|":
            splitter.close_at_bar(match.start())
        else:
            splitter.close(match.start())
        splitter.start = cursor
    if has_bars:
        splitter.close_at_bar(end)
    else:
        splitter.close(end)
    return splitter.parts


def _runs_on(masked: str, end: int) -> bool:
    """Whether a number that ends there is part of something else, such as `1.2.3`, `1/2`, `50%`."""
    return not ends_number(masked, end) or _GOES_ON.match(masked, end) is not None


def _has_bars(masked: str, ranges: list[tuple[int, int]]) -> bool:
    """Whether bars split the text: those in braces separate alternatives."""
    return any(not is_inside(match.start(), ranges) for match in _BAR.finditer(masked))


def _number(text: str, masked: str, start: int) -> str:
    """The weight that stands there; a wide comma ends it, as no decimals follow one."""
    match = _NUMBER.match(masked, start)
    number = match.group() if match else ""
    comma = number.find(",")
    return number if comma < 0 or text[start + comma] == "," else number[:comma]


def _is_word(char: str) -> bool:
    """Whether a weight may follow a character directly: a word's or a closing bracket, no digit."""
    return not char.isdigit() and not char.isspace() and char not in ",;:|([{"


def split_no(
    text: str, masked: str, region: tuple[int, int], braces: Braces, notices: Notices
) -> list[Part]:
    """The parts of a `--no` list, each of weight -1.

    Raises:
        PromptError: a weight or a `|` among them.
    """
    start, end = region
    ranges = braces.outermost()
    squared = masked[:start] + hide_square(masked[start:end])
    for wrong in _SPLIT.finditer(squared, start):
        sign = wrong.group()
        if sign == "|" and is_inside(wrong.start(), ranges):
            continue
        reason = Sentence(
            "--no takes words separated by commas, without {sign} (write \\{sign} for the sign)",
            sign=sign,
        )
        raise PromptError(wrong.start(), text[wrong.start() : wrong.end()], reason)
    edges = [start - 1, *braces.commas, end]
    parts = (strip(text, left + 1, right) for left, right in pairwise(edges))
    found = [Part(left, right, NO_WEIGHT) for left, right in parts if is_visible(text[left:right])]
    for part in found:
        if weighed := _WEIGHED.search(masked, part.start, part.end):
            typed = shorten(text[weighed.start() : part.end])
            notices.add(
                weighed.start(),
                Sentence("--no has no weights; {typed} is drawn as text.", typed=typed),
            )
    return found


def is_inside(position: int, ranges: list[tuple[int, int]]) -> bool:
    """Whether a position is in one of the ranges, which are in order."""
    index = bisect_right(ranges, (position, _BEYOND)) - 1
    return index >= 0 and position < ranges[index][1]


def _refuse_inside(text: str, match: re.Match[str], ranges: list[tuple[int, int]]) -> None:
    start, end = ranges[bisect_right(ranges, (match.start(), _BEYOND)) - 1]
    sign, braces = match.group(), shorten(text[start : end + 1])
    reason = Sentence(
        "{sign} cannot stand inside the braces {braces} (write \\{sign} for the sign)",
        sign=sign,
        braces=braces,
    )
    raise PromptError(match.start(), text[match.start() : match.end()], reason)
