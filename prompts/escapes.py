"""Backslash escapes and what else is no syntax, hidden so that positions stay the same."""

from __future__ import annotations

import re

from prompts.addresses import find_addresses
from prompts.signs import WIDE_SIGNS, fold

_ESCAPED = re.compile(r"\\[\\()\[\]{}|:+,<\-]")
_SIGN = re.compile("|".join(re.escape(char) for char in WIDE_SIGNS) + r"|[\\()\[\]{}|:+,<\-]")
_SMILEY = re.compile(r"(?<![^\s,])[:;=]-?\|")

_SQUARE = re.compile(r"[\[\]]")
_SEPARATOR = re.compile(r"[:|]")

# A lone surrogate is no letter, no space and no sign of the language, and a cleaned text holds
# none, so it can stand for what is hidden without being mistaken for anything.
HIDDEN = "\ud800"


def mask(text: str) -> str:
    r"""The text as its signs are read, with what is no syntax made inert.

    Wide signs are ASCII ones; each escape (`\` and one of ``\ ( ) [ ] { } | : + - , <``), each
    address and the bar of `:|` are hidden. The length is the same, so that a position in the one
    is a position in the other.
    """
    masked = fold(text)
    if "\\" in masked:
        masked = _ESCAPED.sub(HIDDEN * 2, masked)
    masked = hide(masked, find_addresses(masked))
    return _SMILEY.sub(lambda match: HIDDEN * len(match.group()), masked)


def escape(text: str) -> str:
    """The text on one line with all its signs escaped, so that it is text wherever it is put."""
    line = " ".join(text.split())
    return _SIGN.sub(r"\\\g<0>", line)


def hide(masked: str, spans: list[tuple[int, int]]) -> str:
    """The masked text with all in those spans, which are in order, made inert."""
    pieces: list[str] = []
    cursor = 0
    for start, end in spans:
        pieces += [masked[cursor:start], HIDDEN * (end - start)]
        cursor = end
    return "".join([*pieces, masked[cursor:]]) if spans else masked


def unescape(text: str) -> str:
    """The text with each escape replaced by the character that it stands for."""
    if "\\" not in text:
        return text
    pieces: list[str] = []
    cursor = 0
    for match in _ESCAPED.finditer(fold(text)):
        pieces.append(text[cursor : match.start()])
        cursor = match.start() + 1
        # The character itself, so that a second backslash is not taken for another escape.
        pieces.append(text[cursor : match.end()])
        cursor = match.end()
    return "".join([*pieces, text[cursor:]])


def hide_square(masked: str) -> str:
    """The masked text with the colons and bars inside closed square brackets made inert."""
    spans = closed_squares(masked)
    pieces: list[str] = []
    cursor = 0
    for start, end in spans:
        pieces += [masked[cursor:start], _SEPARATOR.sub(HIDDEN, masked[start:end])]
        cursor = end
    return "".join([*pieces, masked[cursor:]]) if spans else masked


def closed_squares(masked: str) -> list[tuple[int, int]]:
    """The outermost closed pairs of square brackets, in order."""
    opened: list[int] = []
    spans: list[tuple[int, int]] = []
    for match in _SQUARE.finditer(masked) if "[" in masked else ():
        if match.group() == "[":
            opened.append(match.start())
        elif opened:
            start = opened.pop()
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, match.end()))
    return spans
