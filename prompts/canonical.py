"""Writing a prompt out, so that reading it again gives the same prompt."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from prompts import permutations
from prompts.addresses import find_addresses
from prompts.escapes import closed_squares, hide_square, mask
from prompts.foreign.loras import LORA, write_loras
from prompts.foreign.recipe import recipe_colons
from prompts.markers import find_markers
from prompts.segments import NO_WEIGHT, SPLITTING_COLON, is_inside
from prompts.signs import fold, is_invisible
from prompts.values import FLAGS, TRAILING
from prompts.weights import write_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from prompts.model import Lora, Options, Segment

_BAR = re.compile(r"\|")
_BRACE = re.compile(r"[{}]")
_SQUARE = re.compile(r"[\[\]]")
_SEAM = " :: "
"""What stands between two segments, as far as brackets and quotes are concerned."""


_NEEDS_QUOTES = re.compile(rf"^[='‘]|\s|[{re.escape(TRAILING)}]$")


def protect(text: str, *, has_permutations: bool = True, has_partners: bool = False) -> str:
    r"""The text of one segment with the escapes that keep it one segment wherever it is put.

    Its emphasis stays the same, and a text that is safe already comes back as it is. Without
    permutations, braces are text and are escaped as well. What has partners elsewhere are its
    braces and square brackets that have none in itself: they are escaped.
    """
    text = text.strip()
    masked = mask(text)
    places = _places(masked, has_permutations=has_permutations)
    if has_partners:
        places |= dict.fromkeys(_loose(masked), "\\")
    if masked.endswith("\\"):
        places[len(text) - 1] = "\\"
    pieces: list[str] = []
    cursor = 0
    for at in sorted(places):
        pieces += [text[cursor:at], places[at]]
        cursor = at
    return "".join([*pieces, text[cursor:]])


def protect_all(texts: Iterable[str]) -> list[str]:
    """The texts of the segments of one prompt, each as it stands beside the others."""
    kept = [protect(text) for text in texts]
    joined = mask(_SEAM.join(kept))
    starts = list(accumulate((len(text) + len(_SEAM) for text in kept), initial=0))
    marks: dict[int, str] = {}
    squares: list[tuple[int, int]] = []
    for start, text in zip(starts, kept, strict=False):
        masked = mask(text)
        found = permutations.scan_braces(masked).marks
        marks |= {start + at: sign for at, sign in found.items()}
        squares += [(start + left, start + right) for left, right in closed_squares(masked)]
    if permutations.scan_braces(joined).marks == marks and closed_squares(joined) == squares:
        return kept
    return [protect(text, has_partners=True) for text in kept]


def _loose(masked: str) -> list[int]:
    """The braces and square brackets without a partner."""
    loose = permutations.scan_braces(masked).loose
    spans = closed_squares(masked)
    brackets = (match.start() for match in _SQUARE.finditer(masked))
    return [*loose, *(at for at in brackets if not is_inside(at, spans))]


def _places(masked: str, *, has_permutations: bool) -> dict[int, str]:
    """What has to be put before which characters of a masked text."""
    places: dict[int, str] = {}
    for marker in find_markers(masked):
        # No backslash escapes a dash, but a dash with a space after it is no option.
        is_hyphen = masked[marker.start] == "-"
        places[marker.start if is_hyphen else marker.end] = "\\" if is_hyphen else " "
    squared = hide_square(masked)
    escaped = [match.start() for match in SPLITTING_COLON.finditer(squared)]
    escaped += recipe_colons(masked)
    escaped += [match.start() for match in LORA.finditer(masked)]
    if has_permutations:
        ranges = permutations.scan_braces(masked).outermost()
        bars = (match.start() for match in _BAR.finditer(squared))
        escaped += [at for at in bars if not is_inside(at, ranges)]
    else:
        escaped += [match.start() for match in _BAR.finditer(squared)]
        escaped += [match.start() for match in _BRACE.finditer(masked)]
    return places | dict.fromkeys(escaped, "\\")


def write(segments: Sequence[Segment], options: Options, loras: Sequence[Lora] = ()) -> str:
    """The whole prompt: segments, LoRAs, what to avoid, options."""
    texts = protect_all(segment.text for segment in segments)
    kept = _first_avoided(segments, texts)
    parts = [
        _write_segment(text, segment.weight, is_last=index == kept - 1)
        for index, (text, segment) in enumerate(zip(texts[:kept], segments, strict=False))
    ]
    parts += write_loras(loras)
    if kept < len(segments):
        parts.append("--no " + ", ".join(texts[kept:]))
    return " ".join([*parts, *_write_options(options)])


def _write_segment(text: str, weight: float, *, is_last: bool) -> str:
    if weight == 1:
        return text if is_last else f"{text}{_gap(text, 1)}::"
    return f"{text}{_gap(text, weight)}::{write_number(weight)}"


def _gap(text: str, weight: float) -> str:
    """The space that colons need after an address, or after a sign that nobody sees.

    A backslash at the end of an address is no escape there, but before colons it would be one.
    """
    if (len(text) - len(text.rstrip("\\"))) % 2:
        return " "
    colons = "::" if weight == 1 else f"::{write_number(weight)}"
    found = find_addresses(fold(f"{text}{colons} "))
    is_held = bool(found) and found[-1][1] > len(text)
    return " " if is_held or is_invisible(text[-1:]) else ""


def _first_avoided(segments: Sequence[Segment], texts: list[str]) -> int:
    """The index from which on the segments can be written as a `--no` list."""
    index = len(segments)
    while index and segments[index - 1].weight == NO_WEIGHT:
        index -= 1
    if index == len(segments):
        return index
    kept, avoided = texts[:index], texts[index:]
    listed = permutations.scan(mask(", ".join(avoided)))
    ends = accumulate(len(text) + len(", ") for text in avoided)
    joints = [end - len(", ") for end in ends][:-1]
    # A comma, a quote or a brace in one of them could shift the list's own commas.
    has_edges = any(is_invisible(text[-1:]) for text in avoided)
    is_list = listed.commas == joints and not listed.loose and not has_edges
    is_closed = not permutations.scan_braces(mask(" ".join(kept))).loose
    return index if is_list and is_closed else len(segments)


def _write_options(options: Options) -> list[str]:
    written: list[str] = []
    for flag, (name, _) in FLAGS.items():
        value = getattr(options, name)
        if value is not None:
            written.append(f"--{flag} {_write_value(name, value)}")
    return written


def _write_value(name: str, value: object) -> str:
    match value:
        case (int(width), int(height)):
            return f"{width}:{height}" if name == "aspect" else f"{width}x{height}"
        case float():
            return write_number(value)
        case str() if _NEEDS_QUOTES.search(value):
            return f'"{value}"'
        case _:
            return str(value)
