"""Square brackets hold together: no separator splits what stands in a closed pair."""

from __future__ import annotations

import re

from prompts.escapes import HIDDEN

_SQUARE = re.compile(r"[\[\]]")
_SEPARATOR = re.compile(r"[:|]")


def hide_square(masked: str) -> str:
    """The masked text with the colons and bars inside closed square brackets made inert."""
    spans = _closed(masked) if "[" in masked else []
    pieces: list[str] = []
    cursor = 0
    for start, end in spans:
        pieces += [masked[cursor:start], _SEPARATOR.sub(HIDDEN, masked[start:end])]
        cursor = end
    return "".join([*pieces, masked[cursor:]]) if spans else masked


def _closed(masked: str) -> list[tuple[int, int]]:
    """The outermost closed pairs, in order."""
    opened: list[int] = []
    spans: list[tuple[int, int]] = []
    for match in _SQUARE.finditer(masked):
        if match.group() == "[":
            opened.append(match.start())
        elif opened:
            start = opened.pop()
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, match.end()))
    return spans
