"""Options at the end of a prompt: `--ar 3:2 --seed 7 --no fog, blur`."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prompts import permutations
from prompts.model import Options, PromptError
from prompts.values import FLAGS, BadValue
from prompts.weights import shorten

if TYPE_CHECKING:
    from prompts.notices import Notices

NO = "no"
NAMES = (*FLAGS, NO)

# An option begins a word. After a separator it does so without a space too; otherwise a segment
# or an alternative could begin with what is an option once it stands elsewhere.
MARKER = re.compile(
    r"(?<![^\s,|{}])(?:--(?=[^\W\d_])|[—–](?=(?ai:" + "|".join(NAMES) + r")(?!\S)))"
)
_WORD = re.compile(r"\S+")
_GLUED = re.compile(r"(?ai:(" + "|".join(NAMES) + r"))[=:]?([0-9.].*)?")

# What members of other houses type.
_ELSEWHERE = {
    "aspect": "ar",
    "aspect-ratio": "ar",
    "ratio": "ar",
    "width": "size",
    "height": "size",
    "w": "size",
    "h": "size",
    "resolution": "size",
    "scale": "cfg",
    "guidance": "cfg",
    "cfg-scale": "cfg",
    "cfg_scale": "cfg",
    "n": "count",
    "num": "count",
    "number": "count",
    "samples": "count",
    "images": "count",
    "model": "engine",
    "preset": "style",
    "negative": "no",
    "neg": "no",
    "without": "no",
    "exclude": "no",
}


@dataclass(slots=True)
class Tail:
    """The options of a prompt: where they start, their values, the list of `--no`.

    `values` and `positions` go by the fields of Options; a seed of 0 is still there.
    """

    start: int
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    positions: dict[str, int] = field(default_factory=dict[str, int])
    no: tuple[int, int] | None = None
    markers: list[int] = field(default_factory=list[int])


def read_tail(text: str, masked: str, notices: Notices) -> Tail:
    """Read the options at the end of a text.

    Raises:
        PromptError: an unknown, repeated or misplaced option, or one with a wrong value.
    """
    found = list(MARKER.finditer(masked))
    tail = Tail(found[0].start() if found else len(text))
    tail.markers = [marker.start() for marker in found]
    _check_outside_braces(text, masked, tail)
    seen: set[str] = set()
    for marker, end in zip(found, [*tail.markers[1:], len(text)], strict=False):
        name, rest = _name(text, marker, end)
        if name in seen:
            raise PromptError(
                marker.start(), text[marker.start() : rest], f"--{name} is there twice"
            )
        seen.add(name)
        if marker.group() != "--":
            typed = text[marker.start() : rest]
            notices.add(marker.start(), f"{typed} is read as --{name}.")
        if name == NO:
            tail.no = _no_region(text, marker.start(), rest, end)
        else:
            _read_value(text, name, marker.start(), (rest, end), tail)
    return tail


def merge(tail: Tail, slash: Options | None, notices: Notices) -> Options:
    """The options of text and command together: the command's win, with a notice."""
    values = dict(tail.values)
    for flag, (name, _) in FLAGS.items() if slash else ():
        chosen = getattr(slash, name)
        if chosen is None:
            continue
        if name in values and values[name] != chosen:
            notices.add(tail.positions[name], f"The command's own {name} replaces --{flag}.")
        values[name] = chosen
    if slash:
        _settle_shape(values, slash, tail, notices)
    if not values.get("seed"):
        values["seed"] = None
    return Options(**values)


def _settle_shape(values: dict[str, Any], slash: Options, tail: Tail, notices: Notices) -> None:
    """A shape that the command gives beats the other way of giving one in the text."""
    for name, other, flag in (("aspect", "size", "size"), ("size", "aspect", "ar")):
        if getattr(slash, name) and not getattr(slash, other) and other in values:
            del values[other]
            notices.add(tail.positions[other], f"The command's own {name} replaces --{flag}.")


def _check_outside_braces(text: str, masked: str, tail: Tail) -> None:
    if not tail.markers or "{" not in masked[: tail.start]:
        return
    for start, end in permutations.scan(masked).outermost():
        inside = bisect_right(tail.markers, start)
        if inside < len(tail.markers) and tail.markers[inside] < end:
            position = tail.markers[inside]
            reason = "Options cannot stand inside braces, only after the whole text"
            raise PromptError(position, text[position:end], reason)


def _name(text: str, marker: re.Match[str], end: int) -> tuple[str, int]:
    """The name that follows a marker, in lower case, and where it ends."""
    word = _WORD.match(text, marker.start(), end)
    rest = word.end() if word else end
    typed = text[marker.end() : rest]
    name = typed.lower()
    if name in NAMES:
        return name, rest
    whole = text[marker.start() : rest]
    glued = _GLUED.fullmatch(typed)
    if glued:
        right = f"--{glued.group(1).lower()} {shorten(glued.group(2) or '')}".rstrip()
        reason = f"A space is missing in {shorten(whole)}"
        raise PromptError(marker.start(), whole, reason, right)
    reason = f"There is no option {shorten(whole)}"
    raise PromptError(marker.start(), whole, reason, f"--{_nearest(name)}")


def _nearest(name: str) -> str:
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    # Comparing is quadratic in the length, and no name is longer than this.
    return difflib.get_close_matches(name[:16], NAMES, n=1, cutoff=0.0)[0]


def _no_region(text: str, marker: int, start: int, end: int) -> tuple[int, int]:
    if not text[start:end].replace(",", "").strip():
        raise _missing(text, marker, start, "--no needs something to avoid", "--no fog, blur")
    return start, end


def _read_value(text: str, flag: str, marker: int, region: tuple[int, int], tail: Tail) -> None:
    start, end = region
    name, kind = FLAGS[flag]
    word = _WORD.search(text, start, end)
    if word is None:
        example = f"--{flag} {kind.example}"
        raise _missing(text, marker, start, f"--{flag} needs {kind.what}", example)
    _check_alone(text, f"--{flag} {word.group()}", word.end(), end)
    try:
        tail.values[name] = kind.read(word.group())
    except BadValue as bad:
        reason = f"--{flag} {bad.reason}, not {shorten(word.group())}"
        raise PromptError(word.start(), word.group(), reason, bad.suggestion) from None
    tail.positions[name] = marker


def _check_alone(text: str, option: str, start: int, end: int) -> None:
    extra = text[start:end].strip()
    if extra:
        reason = f"Options come last, so no text can follow {shorten(option)}"
        suggestion = f"{shorten(extra)} {shorten(option)}"
        raise PromptError(text.index(extra, start), extra, reason, suggestion)


def _missing(text: str, marker: int, end: int, reason: str, suggestion: str) -> PromptError:
    return PromptError(marker, text[marker:end], reason, suggestion)
