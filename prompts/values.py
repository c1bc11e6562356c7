"""The values that options take."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prompts.weights import NUMBER, read_number

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SEED = 4_294_967_295
"""The largest seed that fits the protocol's uint32 (gooseai.ImageParameters.seed)."""

MAX_COUNT = 16
"""The most pictures of one job, permutations included."""

# Longer numbers mean nothing to any engine, and Python refuses to convert very long ones.
_MAX_DIGITS = 10

_NUMBER = re.compile(NUMBER)
_RATIO = re.compile(r"([0-9]+)[:/xX×]([0-9]+)")
_SIZE = re.compile(r"([0-9]+)[xX×]([0-9]+)")
_NEAR_SIZE = re.compile(r"([0-9]+)(?:[*:/,]([0-9]+))?")


class BadValue(ValueError):
    """A value that an option does not take; the reason continues a sentence after its name."""

    def __init__(self, reason: str, suggestion: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is read, what it is called and an example of it."""

    read: Callable[[str], Any]
    what: str
    example: str


def _whole(value: str) -> int | None:
    """The value of a run of ASCII digits that is not absurdly long."""
    if not (value.isascii() and value.isdigit()):
        return None
    digits = value.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MAX_DIGITS else None


def _seed(value: str) -> int:
    seed = _whole(value)
    if seed is not None and seed <= MAX_SEED:
        return seed
    # -1 asks for a drawn seed elsewhere.
    suggestion = "0" if value in {"-1", "−1"} else _beginning(value, 0, MAX_SEED)
    raise BadValue(f"takes a whole number from 0 to {MAX_SEED}", suggestion)


def _steps(value: str) -> int:
    steps = _whole(value)
    if not steps:
        raise BadValue("takes a whole number of steps", _beginning(value, 1, 1000) or "30")
    return steps


def _count(value: str) -> int:
    count = _whole(value)
    if count is not None and 1 <= count <= MAX_COUNT:
        return count
    is_large = value.isdigit() and count != 0
    suggestion = _beginning(value, 1, MAX_COUNT) or (str(MAX_COUNT) if is_large else "4")
    raise BadValue(f"takes 1 to {MAX_COUNT} pictures", suggestion)


def _cfg(value: str) -> float:
    if not _NUMBER.fullmatch(value):
        raise BadValue("takes a number", "7")
    if "," in value:
        raise BadValue("takes a number with a point", value.replace(",", "."))
    number = read_number(value)
    if not math.isfinite(number):
        raise BadValue("takes a number", "7")
    return number


def _aspect(value: str) -> tuple[int, int]:
    match = _RATIO.fullmatch(value)
    width, height = (_whole(match[1]), _whole(match[2])) if match else (None, None)
    if width and height and ":" in value:
        return width, height
    suggestion = f"{width}:{height}" if width and height else "3:2"
    raise BadValue("takes width:height", suggestion)


def _size(value: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(value)
    width, height = (_whole(match[1]), _whole(match[2])) if match else (None, None)
    if width and height:
        return width, height
    near = _NEAR_SIZE.fullmatch(value)
    width, height = (_whole(near[1]), _whole(near[2] or near[1])) if near else (None, None)
    suggestion = f"{width}x{height}" if width and height else "768x512"
    raise BadValue("takes width x height in pixels", suggestion)


def _name(value: str) -> str:
    if "{" in value or "}" in value:
        raise BadValue("takes one name; braces work in the text only")
    return value


def _beginning(value: str, low: int, high: int) -> str | None:
    """The whole number that a value begins with, if it is in the range: `7` for `7,` or `7.0`."""
    digits = re.match(r"[0-9]*", value)
    number = _whole(digits.group()) if digits else None
    return str(number) if number is not None and low <= number <= high else None


FLAGS = {
    "ar": ("aspect", Kind(_aspect, "width:height", "3:2")),
    "size": ("size", Kind(_size, "a width and a height", "768x512")),
    "seed": ("seed", Kind(_seed, "a whole number", "7")),
    "steps": ("steps", Kind(_steps, "a whole number", "30")),
    "cfg": ("cfg", Kind(_cfg, "a number", "7")),
    "count": ("count", Kind(_count, "a number of pictures", "4")),
    "sampler": ("sampler", Kind(_name, "a name", "k_euler")),
    "engine": ("engine", Kind(_name, "a name", "atelier-painter")),
    "style": ("style", Kind(_name, "a name", "anime")),
    "clip": ("clip", Kind(_name, "a name", "fast_blue")),
}
"""The options that take one value, by the name that members type, with their field of Options."""
