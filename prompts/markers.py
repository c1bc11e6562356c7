"""Where options begin: `--ar`, and what keyboards and habits make of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from prompts.escapes import HIDDEN
from prompts.foreign.names import FLAGS_ELSEWHERE, OTHER_NAMES, SAMPLERS, read_sampler
from prompts.signs import DASHES
from prompts.values import FLAGS, BadValue, find_value

NO = "no"
NAMES = (*FLAGS, NO)

_KNOWN = "|".join(sorted({*NAMES, *OTHER_NAMES, *FLAGS_ELSEWHERE}, key=len, reverse=True))
_CHECKED = [flag for flag in FLAGS if flag not in ("engine", "style", "clip")]
"""Those of whose values it is known here which are valid."""

_ELSEWHERE = "|".join(name for name, (_, takes_value) in FLAGS_ELSEWHERE.items() if takes_value)
_OWN = "|".join(sorted(NAMES, key=len, reverse=True))
_ENDS = r"(?=[\s=]|\Z)"

# An option begins a word. After a separator it does so without a space too; otherwise a segment
# or an alternative could begin with what is an option once it stands elsewhere.
_MARKER = re.compile(
    rf"(?<![^\s,|{{}}])(?:--(?=[^\W\d_])"
    rf"|[-{DASHES}]{{2,3}}(?=(?ai:{_KNOWN})(?:[\s=:,.;\d]|\Z))"
    rf"|[\u2013\u2014](?=(?ai:{_OWN}){_ENDS})"
    rf"|-(?=(?ai:{'|'.join(_CHECKED)}){_ENDS})"
    rf"|[\u2013\u2014](?=(?ai:{_ELSEWHERE})[\s=]))"
)
# In a masked text an address is hidden.
_VALUE_ELSEWHERE = re.compile(rf"[^\W\d_]+(?:\s+|=)(?:[0-9]+(?:\.[0-9]+)?|{HIDDEN}+)[\s,.;\u3002]*")


# Glued to a word, as in `cat--ar 3:2`, an option is text.
GLUED = re.compile(rf"(?<=[^\s,|{{}}\-{DASHES}])--(?:(?ai:{_OWN}))(?=(?:\s+|=)[\w.\"])")
"""What looks like an option of a masked text and is none, for want of a space before it."""


@dataclass(frozen=True, slots=True)
class Marker:
    """The dashes before an option's name."""

    start: int
    end: int
    is_usual: bool


def find_markers(masked: str) -> list[Marker]:
    """The options of a masked text, in order and in linear time.

    After a single hyphen the name must have a valid value and nothing else up to the next option
    or the end: `an old -style house` is text. So must a flag of another program after one dash.
    """
    found: list[Marker] = []
    until = len(masked)
    for match in reversed(list(_MARKER.finditer(masked))):
        dashes = match.group()
        if len(dashes) == 1 and not _may_be_option(masked, match, until):
            continue
        until = match.start()
        found.append(Marker(match.start(), match.end(), dashes == "--"))
    return found[::-1]


def _may_be_option(masked: str, match: re.Match[str], end: int) -> bool:
    """Whether a single dash begins an option: an own one, or one with a value and nothing else."""
    if match.group() == "-":
        return _has_value(masked, match.end(), end)
    if _OWN_NAME.match(masked, match.end()):
        return True
    return _VALUE_ELSEWHERE.fullmatch(masked, match.end(), end) is not None


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
_OWN_NAME = re.compile(rf"(?ai:{_OWN}){_ENDS}")
