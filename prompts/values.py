"""The values that options take."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prompts.foreign.names import LONGEST_NAME, read_sampler
from prompts.nearest import near_percent, near_ratio, near_size, near_whole, whole
from prompts.signs import UNSEEN, strip_invisible, without_invisible
from prompts.weights import NUMBER, read_number
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SEED = 4_294_967_295
"""The largest seed that fits the protocol's uint32 (gooseai.ImageParameters.seed)."""

MAX_COUNT = 16
"""The most pictures of one job, permutations included."""

MAX_STRENGTH = 100
"""Percent of a picture to start from that may change."""

QUOTES = '"\u201c\u201d\u201e'

_NUMBER = re.compile(NUMBER)
_RATIO = re.compile(r"([0-9]+)\s*[:/xX×*]\s*([0-9]+)")
_SIZE = re.compile(r"([0-9]+)\s*[xX×]\s*([0-9]+)")
TRAILING = ",.;\u3002"
"""What may stand after a value and belongs to nobody."""

_SPACES = re.compile(r"\s*")
_QUOTED = re.compile(
    r"[\"\u201c\u201d\u201e]([^\"\u201c\u201d\u201e]*)[\"\u201c\u201d\u201e]|'([^']*)'"
)
_PAIR = re.compile(
    rf"[0-9]+(?:{UNSEEN}*[:xX×*/]{UNSEEN}*|\s+(?:(?ai:by|to)\s+)?)[0-9]+(?![^\s,.;\u3002])"
)
_PERCENT = re.compile(rf"[0-9]+{UNSEEN}*%")
_NAMES_OF_THEIR_OWN = ("sampler", "engine", "style", "clip")
"""Options whose values are names, in which every character counts."""

_TOKEN = re.compile(r"\S+")
_REST = re.compile(r"[\s,.;\u3002]*")


class BadValue(ValueError):
    """A value that an option does not take; the reason continues a sentence after its name."""

    def __init__(self, reason: Sentence, suggestion: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Typed:
    """A value as it was typed, where it begins and ends, and where the text after it begins."""

    text: str
    start: int
    end: int
    rest: int


def find_value(text: str, flag: str, start: int, end: int) -> Typed | None:
    """The value of an option, which a quotation holds together; None where there is none.

    What closes a sentence after it is passed over.
    """
    start = _end_of(_SPACES, text, start, end)
    if text[start : start + 1] == "=":
        start = _end_of(_SPACES, text, start + 1, end)
    if quoted := _QUOTED.match(text, start, end):
        value = (quoted.group(1) or quoted.group(2) or "").strip()
        until = quoted.end()
    else:
        until = _unquoted_end(text, flag, start, end)
        value = strip_invisible(text[start:until])
    if flag not in _NAMES_OF_THEIR_OWN:
        value = without_invisible(value)
    if not value:
        return None
    return Typed(value, start, until, _end_of(_REST, text, until, end))


def _unquoted_end(text: str, flag: str, start: int, end: int) -> int:
    if flag in ("ar", "size") and (pair := _PAIR.match(text, start, end)):
        return pair.end()
    if flag == "strength" and (percent := _PERCENT.match(text, start, end)):
        return percent.end()
    name = text[start : min(end, start + LONGEST_NAME)].rstrip().rstrip(TRAILING)
    if flag == "sampler" and read_sampler(name)[0] != name:
        return start + len(name)
    token = _TOKEN.match(text, start, end)
    return start + len(token.group().rstrip(TRAILING)) if token else start


def _end_of(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    match = pattern.match(text, start, end)
    return match.end() if match else start


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is read, what it is called and an example of it."""

    read: Callable[[str], Any]
    what: str
    example: str


def _seed(value: str) -> int:
    seed = whole(value)
    if seed is not None and seed <= MAX_SEED:
        return seed
    # -1 asks for a drawn seed elsewhere.
    suggestion = "0" if value in {"-1", "−1"} else near_whole(value, 0, MAX_SEED)
    raise BadValue(Sentence("takes a whole number from 0 to {limit}", limit=MAX_SEED), suggestion)


def _steps(value: str) -> int:
    steps = whole(value)
    if not steps:
        nearest = "1" if steps == 0 else near_whole(value, 1, 1000)
        raise BadValue(Sentence("takes a whole number of steps, like 30"), nearest)
    return steps


def _count(value: str) -> int:
    count = whole(value)
    if count is not None and 1 <= count <= MAX_COUNT:
        return count
    is_large = value.isdigit() and count != 0
    nearest = str(MAX_COUNT) if is_large else "1" if count == 0 else None
    raise BadValue(
        Sentence("takes 1 to {limit} pictures", limit=MAX_COUNT),
        near_whole(value, 1, MAX_COUNT) or nearest,
    )


def _strength(value: str) -> int:
    value = value.removesuffix("%").rstrip()
    strength = whole(value)
    if strength is not None and strength <= MAX_STRENGTH:
        return strength
    nearest = str(MAX_STRENGTH) if value.isdigit() else near_percent(value, MAX_STRENGTH)
    raise BadValue(Sentence("takes 0 to {limit} percent", limit=MAX_STRENGTH), nearest)


def _cfg(value: str) -> float:
    if not _NUMBER.fullmatch(value):
        raise BadValue(Sentence("takes a number, like 7"))
    if "," in value:
        raise BadValue(Sentence("takes a number with a point"), value.replace(",", "."))
    number = read_number(value)
    if not math.isfinite(number):
        raise BadValue(Sentence("takes a number, like 7"))
    return number


def _aspect(value: str) -> tuple[int, int]:
    match = _RATIO.fullmatch(value)
    width, height = (whole(match[1]), whole(match[2])) if match else (None, None)
    if width and height and ":" in value:
        return width, height
    raise BadValue(Sentence("takes width:height, like 3:2"), near_ratio(value))


def _size(value: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(value)
    width, height = (whole(match[1]), whole(match[2])) if match else (None, None)
    if width and height:
        return width, height
    raise BadValue(Sentence("takes width x height in pixels, like 768x512"), near_size(value))


def _name(value: str) -> str:
    if "{" in value or "}" in value:
        raise BadValue(Sentence("takes one name; braces work in the text only"))
    if any(char in value for char in QUOTES):
        raise BadValue(Sentence("takes one name, without quotes in it"))
    return " ".join(value.split())


FLAGS = {
    "ar": ("aspect", Kind(_aspect, Sentence("width:height"), "3:2")),
    "size": ("size", Kind(_size, Sentence("a width and a height"), "768x512")),
    "seed": ("seed", Kind(_seed, Sentence("a whole number"), "7")),
    "steps": ("steps", Kind(_steps, Sentence("a whole number"), "30")),
    "cfg": ("cfg", Kind(_cfg, Sentence("a number"), "7")),
    "count": ("count", Kind(_count, Sentence("a number of pictures"), "4")),
    "sampler": ("sampler", Kind(_name, Sentence("a name"), "k_euler")),
    "engine": ("engine", Kind(_name, Sentence("a name"), "atelier-painter")),
    "style": ("style", Kind(_name, Sentence("a name"), "anime")),
    "clip": ("clip", Kind(_name, Sentence("a name"), "fast_blue")),
    "strength": ("strength", Kind(_strength, Sentence("a number of percent"), "65")),
}
"""The options that take one value, by the name that members type, with their field of Options."""
