"""Emphasis inside one segment: `(word:1.3) (word) [word] (word)1.3 word++ word--`.

This reading is the same on the wire: a server with the catalogue's `emphasis` flag reads the text
of a segment with `parse_emphasis`, so what the member was shown is what the engine draws.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompts.escapes import mask, unescape
from prompts.signs import DASHES
from prompts.weights import (
    MAX_WEIGHT,
    NUMBER,
    USUAL_WEIGHT,
    comma_problem,
    ends_number,
    is_letter_like,
    is_outside,
    range_problem,
    read_number,
    shorten,
    usual_range_notice,
    write_number,
)
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROUND_FACTOR = 1.1
SQUARE_FACTOR = 1 / 1.1
PLUS_FACTOR = 1.1
MINUS_FACTOR = 0.9

# Deep nesting would overflow a float, and infinity times a weight of 0 is not a number.
_OVERFLOW = 1e30

_SPECIAL = re.compile(r"[()\[\]\\]|\+\+|--")
_BRACKET = re.compile(r"[()\[\]]")
_RUN = re.compile(r"\+{2,}|-{2,}")
_WEIGHT_BEFORE_CLOSE = re.compile(rf":\s*({NUMBER})\s*(?=\))")
_DECIMAL = re.compile(rf"[\-{DASHES}]?[0-9]*\.[0-9]+")
# A `:)` is a smiley wherever it stands; its relatives only where they stand alone.
_SMILEY = re.compile(r":\)|(?<!\S)>?[:;=]['’]?-?[()\[\]](?!\w)|(?<!\w)\(-?[:;=](?!\S)")
_SCHEDULING = re.compile(r"\||:[^\[\]|]*:|::?\s*[0-9.]+\s*(?=\])")
_LONGEST_SCHEDULE = 120
_OPENER_OF = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class Fragment:
    """A run of text, without any syntax, and the emphasis that multiplies its attention."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell the member about `text[start:end]`; fatal where it is a mistake."""

    start: int
    end: int
    text: Sentence
    suggestion: str | None = None
    is_fatal: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The weighted runs of a text, and what there is to say about them."""

    fragments: tuple[Fragment, ...]
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Span:
    """Content at `[inner, outer_end)`, where all from `start` and up to `end` but it is syntax."""

    start: int
    inner: int
    inner_end: int
    end: int
    factor: float


@dataclass(slots=True)
class _Scan:
    """A text, masked as well, with what bracket reading needs to look up in it."""

    text: str
    masked: str
    remarks: list[Remark] = field(default_factory=list[Remark])
    suffixes: dict[int, re.Match[str]] = field(default_factory=dict[int, "re.Match[str]"])
    decimal_ends: set[int] = field(default_factory=set[int])


def parse_emphasis(text: str) -> tuple[Fragment, ...]:
    """The weighted runs of a segment's text as it goes over the wire.

    Emphasis and escapes only: `::`, `|`, `--` before a name and `{}` are text here. It never
    raises: a weight outside -10 to 10 is drawn to the nearest end. Neighbours of one weight are
    one fragment, and the fragments' texts joined are the text without its syntax.
    """
    return read_emphasis(text).fragments


def read_emphasis(text: str) -> Reading:
    """The same reading with the remarks that a member should see."""
    masked = mask(text)
    if not _SPECIAL.search(masked) and "\\" not in text:
        return Reading((Fragment(text),) if text else ())
    scan = _Scan(text, masked)
    # A weight is looked up by the position of the bracket that closes it.
    scan.suffixes = {match.end(): match for match in _WEIGHT_BEFORE_CLOSE.finditer(masked)}
    spans = [*_bracket_spans(scan), *_word_spans(scan)]
    fragments = _weigh(text, spans, scan.remarks)
    return Reading(fragments, tuple(scan.remarks))


def _bracket_spans(scan: _Scan) -> Iterator[_Span]:
    pairs, unmatched = _match_brackets(scan.masked)
    for start, end in pairs:
        span = _square(scan, start, end) if scan.masked[start] == "[" else _round(scan, start, end)
        if span:
            yield span
    smileys = {at for match in _SMILEY.finditer(scan.masked) for at in range(*match.span())}
    for at in sorted(unmatched):
        if at not in smileys:
            text = Sentence(
                "The bracket {bracket} has no partner and is read as text.", bracket=scan.masked[at]
            )
            scan.remarks.append(Remark(at, at + 1, text))


def _match_brackets(masked: str) -> tuple[list[tuple[int, int]], list[int]]:
    """Pairs of positions, properly nested, and the positions without a partner, in linear time."""
    pairs: list[tuple[int, int]] = []
    unmatched: list[int] = []
    stack: list[int] = []
    waiting = {"(": 0, "[": 0}
    for match in _BRACKET.finditer(masked):
        opener = _OPENER_OF.get(match.group())
        if opener is None:
            stack.append(match.start())
            waiting[match.group()] += 1
        elif not waiting[opener]:
            unmatched.append(match.start())
        else:
            start = stack.pop()
            while masked[start] != opener:
                waiting[masked[start]] -= 1
                unmatched.append(start)
                start = stack.pop()
            waiting[opener] -= 1
            pairs.append((start, match.start()))
    return pairs, unmatched + stack


def _square(scan: _Scan, start: int, end: int) -> _Span | None:
    if _is_plain_pair(scan, start, end):
        return None
    # Within reach only: a search of the whole content would be quadratic in nested brackets.
    if _SCHEDULING.search(scan.masked, start, min(end + 1, start + _LONGEST_SCHEDULE)):
        named = shorten(scan.text[start : end + 1])
        text = Sentence(
            "{named} is another program's scheduling; it is drawn as text, a little weaker.",
            named=named,
        )
        scan.remarks.append(Remark(start, end + 1, text))
    return _Span(start, start + 1, end, end + 1, SQUARE_FACTOR)


def _round(scan: _Scan, start: int, end: int) -> _Span | None:
    if _is_blank(scan.masked, start + 1, end):
        return None
    suffix = scan.suffixes.get(end)
    if suffix and _is_weight(scan, suffix, start):
        factor = _factor(scan, suffix.group(1), suffix.start(1))
        return _Span(start, start + 1, suffix.start(), end + 1, factor)
    decimal = _DECIMAL.match(scan.masked, end + 1)
    if decimal and ends_number(scan.masked, decimal.end()):
        scan.decimal_ends.add(decimal.end())
        factor = _factor(scan, decimal.group(), decimal.start())
        return _Span(start, start + 1, end, decimal.end(), factor)
    if _is_plain_pair(scan, start, end) or scan.masked[end + 1 : end + 2].isdigit():
        return None
    return _Span(start, start + 1, end, end + 1, ROUND_FACTOR)


def _is_weight(scan: _Scan, suffix: re.Match[str], start: int) -> bool:
    """Whether `:w)` weighs what stands before it.

    After a digit it needs a decimal point, as in `(unreal engine 5:1.3)`: `(scale 1:2)` is text.
    """
    colon = suffix.start()
    # In `((a)1.3:2)` the digit is that of a weight; inner pairs have been read by now.
    is_after_digit = scan.masked[colon - 1].isdigit() and colon not in scan.decimal_ends
    if is_after_digit and "." not in suffix.group(1):
        return False
    return not _is_blank(scan.masked, start + 1, colon)


def _is_plain_pair(scan: _Scan, start: int, end: int) -> bool:
    """Whether a pair belongs to the text: it is empty, or part of a `name_(like_this)`."""
    masked = scan.masked
    return (
        masked[start - 1 : start] == "_"
        or masked[end + 1 : end + 2] == "_"
        or _is_blank(masked, start + 1, end)
    )


def _is_blank(masked: str, start: int, end: int) -> bool:
    # Almost always decided by the first character; a copy of the whole content would be quadratic.
    while start < end and masked[start].isspace():
        start += 1
    return start == end


def _factor(scan: _Scan, number: str, position: int) -> float:
    end = position + len(number)
    if "," in number:
        scan.remarks.append(Remark(position, end, *comma_problem(number), is_fatal=True))
        return 1.0
    factor = read_number(number)
    if is_outside(factor):
        scan.remarks.append(Remark(position, end, *range_problem(number), is_fatal=True))
    elif abs(factor) > USUAL_WEIGHT:
        scan.remarks.append(Remark(position, end, usual_range_notice(number)))
    elif factor < 0:
        text = Sentence(
            "An emphasis of {number} is unusual; to avoid something, write --no or a ::-1.",
            number=number,
        )
        scan.remarks.append(Remark(position, end, text))
    return factor


def _word_spans(scan: _Scan) -> Iterator[_Span]:
    masked = scan.masked
    for run in _RUN.finditer(masked):
        start, end = run.span()
        following = masked[end : end + 1]
        if following and (following in "+-=<>" or is_letter_like(following)):
            continue
        word = _word_before(masked, start)
        letters = sum(char.isalpha() for char in masked[word:start])
        if letters >= 2:
            factor = PLUS_FACTOR if run.group()[0] == "+" else MINUS_FACTOR
            # A run of thousands would overflow; a hundred is far outside the range already.
            yield _Span(word, word, start, end, factor ** min(end - start, 100))


def _word_before(masked: str, end: int) -> int:
    """Where the word that ends there starts; `sci-fi` and `don't` are one word each."""
    start = end
    while start > 0:
        char = masked[start - 1]
        if not is_letter_like(char):
            # Only a letter may stand before the joint: in `(a)1.3-bb` the number is not a word.
            joins = char in "-'’" and start < end and start > 1
            if not (joins and masked[start - 2].isalpha()):
                break
        start -= 1
    return start


def _weigh(text: str, spans: Iterable[_Span], remarks: list[Remark]) -> tuple[Fragment, ...]:
    events: list[tuple[int, int, float | None]] = []
    for span in spans:
        events.append((span.start, span.inner, span.factor))
        events.append((span.inner_end, span.end, None))
    events.sort(key=lambda event: event[0])
    runs: list[tuple[int, int, float]] = []
    weights = [1.0]
    cursor = 0
    for position, resume, factor in events:
        runs.append((cursor, position, weights[-1]))
        cursor = resume
        if factor is None:
            weights.pop()
        else:
            product = weights[-1] * factor
            weights.append(max(-_OVERFLOW, min(_OVERFLOW, product)))
    runs.append((cursor, len(text), weights[-1]))
    runs = [run for run in runs if run[0] < run[1]]
    if not any(remark.is_fatal for remark in remarks):
        _check_products(runs, remarks)
    return tuple(_merge(text, runs))


def _check_products(runs: list[tuple[int, int, float]], remarks: list[Remark]) -> None:
    for start, end, weight in runs:
        if is_outside(weight):
            shown = (
                write_number(round(weight, 2)) if abs(weight) < 1e6 else Sentence("over 1,000,000")
            )
            reason = Sentence("The emphasis multiplies to {shown}, outside -10 to 10", shown=shown)
            remarks.append(Remark(start, end, reason, is_fatal=True))
            return


def _merge(text: str, runs: list[tuple[int, int, float]]) -> Iterator[Fragment]:
    pending: list[str] = []
    current = 1.0
    for start, end, weight in runs:
        if pending and weight != current:
            yield Fragment("".join(pending), current)
            pending = []
        current = max(-MAX_WEIGHT, min(MAX_WEIGHT, weight))
        pending.append(unescape(text[start:end]))
    if pending:
        yield Fragment("".join(pending), current)
