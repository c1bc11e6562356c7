"""Writing a prompt out, so that reading it again gives the same prompt."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from prompts import permutations
from prompts.escapes import mask
from prompts.options import MARKER
from prompts.segments import NO_WEIGHT, SPLITTING_COLON
from prompts.values import FLAGS
from prompts.weights import write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompts.model import Options, Segment

_BARS = re.compile(r"\|")
_BARS_AND_BRACES = re.compile(r"[|{}]")


def protect(text: str, *, has_permutations: bool = True) -> str:
    r"""The text of one segment with the escapes that keep it one segment wherever it is put.

    Its emphasis stays the same, and a text that is safe already comes back as it is. Without
    permutations, braces are text and are escaped as well.
    """
    text = text.strip()
    masked = mask(text)
    places = {match.start() for match in MARKER.finditer(masked)}
    places.update(match.start() for match in SPLITTING_COLON.finditer(masked))
    signs = _BARS if has_permutations else _BARS_AND_BRACES
    places.update(match.start() for match in signs.finditer(masked))
    if masked.endswith("\\"):
        places.add(len(text) - 1)
    if not places:
        return text
    pieces: list[str] = []
    cursor = 0
    for at in sorted(places):
        # No backslash escapes a dash, but a dash with a space after it is no option.
        before, after = (text[at], " ") if text[at] in "—–" else ("\\", text[at])
        pieces += [text[cursor:at], before, after]
        cursor = at + 1
    return "".join([*pieces, text[cursor:]])


def write(segments: Sequence[Segment], options: Options) -> str:
    """The whole prompt: segments, what to avoid, options."""
    texts = [protect(segment.text) for segment in segments]
    kept = _first_avoided(segments, texts)
    parts = [
        _write_segment(text, segment.weight, is_last=index == kept - 1)
        for index, (text, segment) in enumerate(zip(texts[:kept], segments, strict=False))
    ]
    if kept < len(segments):
        parts.append("--no " + ", ".join(texts[kept:]))
    return " ".join([*parts, *_write_options(options)])


def _write_segment(text: str, weight: float, *, is_last: bool) -> str:
    if weight == 1:
        return text if is_last else f"{text}::"
    return f"{text}::{write_number(weight)}"


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
    is_list = listed.commas == joints and not listed.loose
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
        case _:
            return str(value)
