"""Where options begin: `--ar`, and what keyboards and habits make of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from prompts.foreign.names import FLAGS_ELSEWHERE, OTHER_NAMES, SAMPLERS, read_sampler
from prompts.signs import DASHES
from prompts.values import FLAGS, BadValue, find_value

NO = "no"
NAMES = (*FLAGS, NO)

_KNOWN = "|".join(sorted({*NAMES, *OTHER_NAMES, *FLAGS_ELSEWHERE}, key=len, reverse=True))
_CHECKED = [flag for flag in FLAGS if flag not in ("engine", "style", "clip")]
"""Those of whose values it is known here which are valid."""

_OWN = "|".join(sorted(NAMES, key=len, reverse=True))
_ENDS = r"(?=[\s=]|\Z)"

# An option begins a word. After a separator it does so without a space too; otherwise a segment
# or an alternative could begin with what is an option once it stands elsewhere.
_MARKER = re.compile(
    rf"(?<![^\s,|{{}}])(?:--(?=[^\W\d_])"
    rf"|[-{DASHES}]{{2,3}}(?=(?ai:{_KNOWN})(?:[\s=:,.;\d]|\Z))"
    rf"|[\u2013\u2014](?=(?ai:{_OWN}){_ENDS})"
    rf"|-(?=(?ai:{'|'.join(_CHECKED)}){_ENDS}))"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """The dashes before an option's name."""

    start: int
    end: int
    is_usual: bool


def find_markers(masked: str) -> list[Marker]:
    """The options of a masked text, in order and in linear time.

    After a single hyphen the name must have a valid value and nothing else up to the next option
    or the end: `an old -style house` is text.
    """
    found: list[Marker] = []
    until = len(masked)
    for match in reversed(list(_MARKER.finditer(masked))):
        dashes = match.group()
        if dashes == "-" and not _has_value(masked, match.end(), until):
            continue
        until = match.start()
        found.append(Marker(match.start(), match.end(), dashes == "--"))
    return found[::-1]


def _has_value(masked: str, start: int, end: int) -> bool:
    """Whether a valid value, and nothing else, follows the name of an option."""
    name = _NAME.match(masked, start, end)
    if name is None:
        return False
    flag = name.group().lower()
    typed = find_value(masked, flag, name.end(), end)
    if typed is None or typed.rest != end:
        return False
    if flag == "sampler":
        return read_sampler(typed.text)[0] in SAMPLERS.values()
    try:
        FLAGS[flag][1].read(typed.text)
    except BadValue:
        return False
    return True


_NAME = re.compile(r"(?ai:" + "|".join(_CHECKED) + ")")
