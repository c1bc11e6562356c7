"""Numbers as members write them, and the range that a weight may have."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from prompts.signs import DASHES, is_invisible
from sentences import Sentence

MAX_WEIGHT = 10.0
"""The largest absolute weight (Stability: the total possible range is [-10, 10])."""

USUAL_WEIGHT = 2.0
"""Beyond this absolute weight the member is warned (Stability recommends [-2, 2])."""

# A decimal comma is read as well, only to be answered with "use a point".
NUMBER = rf"[+\-{DASHES}]?(?:[0-9]+(?:\.[0-9]*|,[0-9]+)?|\.[0-9]+)"
"""The pattern of a number: `.5 0.5 2 -0.4`, with ASCII digits; many a dash is a minus."""


_MINUS = dict.fromkeys(map(ord, DASHES), "-")


def read_number(text: str) -> float:
    """The value of a text that matches NUMBER without a comma; infinite when it is too long."""
    return float(text.translate(_MINUS))


def write_number(value: float) -> str:
    """The shortest plain decimal that reads back as the same value, never with an exponent."""
    text = format(Decimal(repr(float(value))), "f")
    return text.removesuffix(".0")


def is_outside(weight: float) -> bool:
    """Whether a weight is one that no engine takes."""
    return not abs(weight) <= MAX_WEIGHT


def range_problem(number: str, *, may_be_text: bool = False) -> tuple[Sentence, str]:
    """Reason and suggestion for a weight outside the range, which perhaps is meant as text."""
    nearest = "-10" if read_number(number) < 0 else "10"
    shown = shorten(number)
    if may_be_text:
        reason = Sentence(
            "The weight {number} is outside -10 to 10 (write \\: if it is text)", number=shown
        )
    else:
        reason = Sentence("The weight {number} is outside -10 to 10", number=shown)
    return reason, nearest


def comma_problem(number: str) -> tuple[Sentence, str]:
    """Reason and suggestion for a decimal comma."""
    right = number.replace(",", ".")
    return Sentence("Use a point instead of the comma in {number}", number=shorten(number)), right


def usual_range_notice(number: str) -> Sentence:
    """The sentence for a weight that engines take but seldom reward."""
    return Sentence(
        "The weight {number} is beyond the usual -2 to 2 and may spoil the picture.",
        number=shorten(number),
    )


def is_letter_like(char: str) -> bool:
    """Whether a character belongs to a word: letters, digits, their marks and the underscore."""
    return char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M"


def ends_number(masked: str, end: int) -> bool:
    """Whether a number that ends there is one of its own and not a part of `3D`, `1.2.3`, `1-2`."""
    following = masked[end : end + 1]
    if not following:
        return True
    if following == ".":
        return masked[end + 1 : end + 2] not in tuple("0123456789")
    if following in "+-" or following in DASHES or is_invisible(following):
        return False
    return not is_letter_like(following)


def shorten(text: str, limit: int = 40) -> str:
    """The text, cut to at most `limit` characters for use inside a sentence."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
