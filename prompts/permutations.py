"""Permutations: `{red, blue} fox` is two prompts.

Braces are a permutation when they hold a comma of their own, or a bar and no comma: not inside
nested braces, quotes or brackets. All of it is linear in the text: counts are arithmetic, and
nothing is expanded before its count is known to be small.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COUNT_CAP = 1_000_001
"""Counts beyond a million are not told apart."""

_SPECIAL = re.compile(r"[{},|()\[\]\"“”]")
_OPENER_OF = {")": "(", "]": "["}

Range = tuple[int, int]


@dataclass(slots=True)
class Sequence:
    """A stretch of text with the permutations in it."""

    start: int
    end: int
    groups: list[Group] = field(default_factory=list["Group"])
    count: int = 1

    def add(self, group: Group) -> None:
        """Take in a finished permutation."""
        self.groups.append(group)
        self.count = min(
            COUNT_CAP, self.count * sum(alternative.count for alternative in group.alternatives)
        )


@dataclass(slots=True)
class Group:
    """One pair of braces, from `start` up to `end`, and what may stand in its place."""

    start: int
    end: int
    alternatives: list[Sequence]


@dataclass(frozen=True, slots=True)
class Braces:
    """What a scan found: the marks of permutations by position, loose braces, free commas.

    A mark is one of `{ , }`, also where a bar separates. `mixed` are the bars beside commas.
    """

    marks: dict[int, str]
    loose: list[int]
    commas: list[int]
    mixed: list[int] = field(default_factory=list[int])

    def outermost(self) -> list[Range]:
        """The positions of each outermost permutation's first and last brace, in order."""
        ranges: list[Range] = []
        depth = start = 0
        for position in sorted(self.marks):
            if self.marks[position] == "{":
                start = start if depth else position
                depth += 1
            elif self.marks[position] == "}":
                depth -= 1
                if not depth:
                    ranges.append((start, position))
        return ranges


@dataclass(slots=True)
class _Frame:
    """The inside of one open brace."""

    start: int
    separators: list[int] = field(default_factory=list[int])
    brackets: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    waiting: dict[str, int] = field(default_factory=lambda: {"(": 0, "[": 0})
    quote: int | None = None

    def read(self, char: str, position: int, before: str) -> None:
        """Take in a separator, quote or bracket.

        Separators are kept until the quote or bracket that they stand in turns out to be closed.
        """
        if char in ",|":
            self.separators.append(position)
        elif char in '"“”':
            self._read_quote(char, before)
        elif self.quote is None:
            self._read_bracket(char)

    def _read_quote(self, char: str, before: str) -> None:
        if self.quote is not None:
            if char != "“":
                del self.separators[self.quote :]
                self.quote = None
        # 5" is a length, not the start of a quotation.
        elif char == "“" or (char == '"' and not before.isalnum()):
            self.quote = len(self.separators)

    def _read_bracket(self, char: str) -> None:
        opener = _OPENER_OF.get(char)
        if opener is None:
            self.brackets.append((char, len(self.separators)))
            self.waiting[char] += 1
        elif self.waiting[opener]:
            kind, kept = self.brackets.pop()
            while kind != opener:
                self.waiting[kind] -= 1
                kind, kept = self.brackets.pop()
            self.waiting[opener] -= 1
            del self.separators[kept:]


def scan(masked: str, start: int = 0, end: int | None = None) -> Braces:
    """Find the permutations of a masked text, and the commas outside every brace."""
    marks: dict[int, str] = {}
    loose: list[int] = []
    mixed: list[int] = []
    frames = [_Frame(start - 1)]
    for match in _SPECIAL.finditer(masked, start, len(masked) if end is None else end):
        char, position = match.group(), match.start()
        if char == "{":
            frames.append(_Frame(position))
        elif char != "}":
            frames[-1].read(char, position, masked[position - 1 : position])
        elif len(frames) == 1:
            loose.append(position)
        else:
            frame = frames.pop()
            if frame.separators:
                commas = [at for at in frame.separators if masked[at] == ","]
                marks[frame.start] = "{"
                marks.update(dict.fromkeys(commas or frame.separators, ","))
                marks[position] = "}"
                if commas:
                    mixed += [at for at in frame.separators if masked[at] == "|"]
    loose += [frame.start for frame in frames[1:]]
    commas = [at for frame in frames for at in frame.separators if masked[at] == ","]
    return Braces(marks, sorted(loose), commas, mixed)


def scan_braces(masked: str, start: int = 0, end: int | None = None) -> Braces:
    """The same without the commas outside every brace, which saves the scan of most texts."""
    if "{" not in masked and "}" not in masked:
        return Braces({}, [], [])
    return scan(masked, start, end)


def tree(marks: dict[int, str], positions: Iterable[int], start: int, end: int) -> Sequence:
    """The permutations in a stretch of text, from the sorted positions of their marks."""
    root = Sequence(start, end)
    open_groups: list[Group] = []
    sequences = [root]
    for position in positions:
        if marks[position] == "{":
            open_groups.append(Group(position, -1, []))
            sequences.append(Sequence(position + 1, -1))
            continue
        finished = sequences.pop()
        finished.end = position
        open_groups[-1].alternatives.append(finished)
        if marks[position] == ",":
            sequences.append(Sequence(position + 1, -1))
        else:
            group = open_groups.pop()
            group.end = position + 1
            sequences[-1].add(group)
    return root


def expand(text: str, sequence: Sequence) -> list[list[Range]]:
    """Each variant of a stretch of text as the ranges that it is made of, the first brace slowest.

    The caller has looked at `sequence.count`, which also bounds the depth.
    """
    variants: list[list[Range]] = [[]]
    cursor = sequence.start
    for group in sequence.groups:
        choices = [
            choice
            for alternative in group.alternatives
            for choice in expand(text, _stripped(text, alternative))
        ]
        before = (cursor, group.start)
        variants = [[*variant, before, *choice] for variant in variants for choice in choices]
        cursor = group.end
    return [[*variant, (cursor, sequence.end)] for variant in variants]


def _stripped(text: str, sequence: Sequence) -> Sequence:
    start, end = strip(text, sequence.start, sequence.end)
    return Sequence(start, end, sequence.groups, sequence.count)


def strip(text: str, start: int, end: int) -> Range:
    """The range without the white space at its ends."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, max(start, start + len(piece.strip()))


def join(text: str, masked: str, ranges: list[Range]) -> tuple[str, list[Range]]:
    """The text of a variant, stripped, and from where in it on which position of `text` stands.

    Where an alternative is empty, the spaces on its two sides are one. A backslash at the end of a
    piece is doubled, lest it escape what the next one begins with.
    """
    parts: list[str] = []
    origins: list[Range] = []
    length = 0
    ends_in_space = True
    for start, end in ranges:
        piece = text[start:end]
        if ends_in_space:
            piece = piece.lstrip()
        if not piece:
            continue
        origins.append((length, end - len(piece)))
        if masked[end - 1] == "\\":
            piece += "\\"
        parts.append(piece)
        length += len(piece)
        ends_in_space = piece[-1].isspace()
    return "".join(parts).rstrip(), origins
