"""Addresses in a prompt: `scheme://…`, in which nothing is syntax."""

from __future__ import annotations

import re

from prompts.weights import NUMBER

_SIGN = re.compile(r"://|[()\[\]{}]")
_INNER = re.compile(r"[\s()\[\]{},;]|::")
_OPENER_OF = {")": "(", "]": "[", "}": "{"}
_ENDS = re.compile(r"\s|\Z")
_WEIGHT = re.compile(rf"{NUMBER}[,.]?(?=\s|\Z)")
_DECIMAL_WEIGHT = re.compile(r"\s*[+\-]?[0-9]*\.[0-9]+\s*")
_SCHEME_SIGNS = frozenset("+.-")


def find_addresses(masked: str) -> list[tuple[int, int]]:
    """Where addresses begin and end, in order and in linear time.

    One ends at white space, at a `,` or `;` before white space, before a bracket that closes one
    opened outside of it, and before a weight.
    """
    if "://" not in masked:
        return []
    found: list[tuple[int, int]] = []
    outside = dict.fromkeys("([{", 0)
    floor = 0
    while match := _SIGN.search(masked, floor):
        sign = match.group()
        begins, floor = floor, match.end()
        if sign in outside:
            outside[sign] += 1
        elif sign in _OPENER_OF:
            outside[_OPENER_OF[sign]] = max(0, outside[_OPENER_OF[sign]] - 1)
        elif (start := _scheme(masked, begins, match.start())) < match.start():
            floor = _end(masked, match.end(), outside)
            found.append((start, floor))
    return found


def _scheme(masked: str, floor: int, end: int) -> int:
    """Where the scheme begins that ends there; the end, where there is none."""
    start = end
    while start > floor and masked[start - 1].isascii() and _is_of_scheme(masked[start - 1]):
        start -= 1
    while start < end and not masked[start].isalpha():
        start += 1
    return start


def _is_of_scheme(char: str) -> bool:
    return char.isalnum() or char in _SCHEME_SIGNS


def _end(masked: str, start: int, outside: dict[str, int]) -> int:
    inside = dict.fromkeys("([{", 0)
    for match in _INNER.finditer(masked, start):
        sign, at = match.group(), match.start()
        if sign.isspace():
            return at
        if sign in inside:
            inside[sign] += 1
        elif sign in (",", ";"):
            if _ENDS.match(masked, at + 1):
                return at
        elif sign == "::":
            if _WEIGHT.match(masked, match.end()):
                return at
        elif inside[_OPENER_OF[sign]]:
            inside[_OPENER_OF[sign]] -= 1
        elif outside[_OPENER_OF[sign]]:
            return _before_weight(masked, start, at) if sign == ")" else at
    return len(masked)


def _before_weight(masked: str, start: int, end: int) -> int:
    """Where `:1.3` begins that stands before a closing bracket, else where the bracket stands."""
    colon = masked.rfind(":", start, end)
    if colon >= 0 and _DECIMAL_WEIGHT.fullmatch(masked, colon + 1, end):
        return colon
    return end
