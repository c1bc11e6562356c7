"""The values of options that are nearest to what was typed, to suggest them."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

MAX_DIGITS = 10
"""Longer numbers mean nothing to any engine, and Python refuses to convert very long ones."""

_LARGEST_SIDE_OF_A_RATIO = 21
_NEAR_PAIR = re.compile(
    r"[^\w\s.+\-]{0,2}([0-9]{1,10})\s{0,9}(?:[:;xX×*/,\-]|(?ai:by|to)|\s)\s{0,9}([0-9]{1,10})"
    r"(?:\s{0,9}px|[^\w\s]{0,3})"
)
_NEAR_SQUARE = re.compile(r"[^\w\s.+\-]{0,2}([0-9]{1,10})(?:\s{0,9}px|[^\w\s]{0,3})")
_DECIMALS = r"([0-9]{1,4})[.,]([0-9]{1,4})"
_DECIMAL_RATIO = re.compile(_DECIMALS)
_RATIO_OF_DECIMALS = re.compile(
    r"([0-9]{1,4}(?:\.[0-9]{1,4})?)\s{0,9}[:/xX×*]\s{0,9}([0-9]{1,4}(?:\.[0-9]{1,4})?)"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:([,'’_.\u00a0])[0-9]{3})(?:\1[0-9]{3}){0,2}")
_THOUSANDS = re.compile(r"[1-9][,'’_.\u00a0][0-9]{3}")
_WITH_DECIMALS = re.compile(r"([0-9]{1,10})(?:[.,][0-9]*)?[^\w\s]{0,3}")
_WITH_UNIT = re.compile(r"([0-9]{1,10})(?:x|steps?|images?|pictures?|pics?|percent)")
_FRACTION = re.compile(r"(?:0?[.,][0-9]{1,4}|1[.,]0{1,4})")

_SHAPES = {
    "square": "1:1",
    "portrait": "2:3",
    "tall": "9:16",
    "landscape": "3:2",
    "wide": "16:9",
    "widescreen": "16:9",
}
"""Words for a shape."""


def whole(value: str) -> int | None:
    """The value of a run of ASCII digits that is not absurdly long."""
    if not (value.isascii() and value.isdigit()):
        return None
    digits = value.lstrip("0") or "0"
    return int(digits) if len(digits) <= MAX_DIGITS else None


def near_whole(value: str, low: int, high: int) -> str | None:
    """The whole number that a value means, if it is in the range: `7` for `7.0` or `7x`.

    `1,234` is 1234; what only begins with a digit, such as `0xFF`, means no number at all.
    """
    if _GROUPED.fullmatch(value):
        number = whole("".join(char for char in value if char.isdigit()))
    else:
        found = _WITH_DECIMALS.fullmatch(value) or _WITH_UNIT.fullmatch(value.lower())
        number = whole(found[1]) if found else None
    return str(number) if number is not None and low <= number <= high else None


def near_percent(value: str, most: int) -> str | None:
    """The percentage that a value means: `0.4` is the 40 percent of other programs."""
    if _FRACTION.fullmatch(value):
        return str(round(100 * Decimal(value.replace(",", "."))))
    return near_whole(value, 0, most)


def near_ratio(value: str) -> str | None:
    """The ratio that a value means: a pair with another sign, decimals, a word."""
    if decimal := _DECIMAL_RATIO.fullmatch(value):
        # 16.9 is a slip of the key, 1.78 a ratio.
        if int(decimal[1]) > 2 and int(decimal[2]):
            return f"{int(decimal[1])}:{int(decimal[2])}"
        return _written(Fraction(f"{decimal[1]}.{decimal[2]}"))
    if "." in value and (ratio := _RATIO_OF_DECIMALS.fullmatch(value)) and Fraction(ratio[2]):
        return _written(Fraction(ratio[1]) / Fraction(ratio[2]))
    if pair := near_pair(value):
        return f"{pair[0]}:{pair[1]}"
    return _SHAPES.get(value.lower())


def _written(ratio: Fraction) -> str | None:
    near = ratio.limit_denominator(_LARGEST_SIDE_OF_A_RATIO)
    return f"{near.numerator}:{near.denominator}" if near else None


def near_size(value: str) -> str | None:
    """The width and height that a value means; one number is the side of a square: `1,024` too."""
    if _THOUSANDS.fullmatch(value) and (side := near_whole(value, 1, 10**MAX_DIGITS)):
        return f"{side}x{side}"
    if pair := near_pair(value):
        return f"{pair[0]}x{pair[1]}"
    square = _NEAR_SQUARE.fullmatch(value.lower())
    side = whole(square[1]) if square else None
    return f"{side}x{side}" if side else None


def near_pair(value: str) -> tuple[int, int] | None:
    """The two numbers above 0 that a value holds, whatever stands between and after them."""
    found = _NEAR_PAIR.fullmatch(value.lower())
    width, height = (whole(found[1]), whole(found[2])) if found else (None, None)
    return (width, height) if width and height else None
