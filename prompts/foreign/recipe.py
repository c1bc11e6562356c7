"""A recipe that was pasted in the form of AUTOMATIC1111's web interface.

a red fox
Negative prompt: lowres
Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1234, Size: 512x768
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts.foreign.names import SAMPLERS, read_sampler
from prompts.signs import UNSEEN, fold, strip_invisible, without_invisible
from prompts.values import FLAGS, BadValue
from prompts.weights import shorten
from sentences import Sentence

if TYPE_CHECKING:
    from prompts.notices import Notices
    from prompts.options import Tail

_AVOIDED = re.compile(rf"(?<!\S)(?ai:negative{UNSEEN}{{1,9}}prompt):")
_NEGATIVE = re.compile(rf"{_AVOIDED.pattern}(?!:)")
# Before the steps a setting counts only with a value of its own: `Size: large, Steps: 2` is prose.
_BEFORE_STEPS = (
    r"(?:(?ai:seed):\s{0,9}[0-9]{1,20}|(?ai:cfg scale):\s{0,9}[0-9.]{1,9}"
    r"|(?ai:size):\s{0,9}[0-9]{1,9}\s{0,9}[xX×]\s{0,9}[0-9]{1,9}"
    r"|(?ai:sampler|sampling method):\s{0,9}(?ai:k[_ ]|dpm|euler|heun|lms|plms|dd[ip]m|lcm|uni)"
    r"[^,:\n]{0,40}),\s{1,9}"
)
_STEPS = re.compile(
    rf"(?<!\S)(?:{_BEFORE_STEPS}){{0,5}}"
    rf"(?ai:steps):\s*[0-9]+\s*,{UNSEEN}*(?=[^\W\d_][\w /()+.\-]{{0,60}}:)"
)
_BEGINNING = re.compile(r"(?<!\S)(?ai:steps):(?=\s*[0-9])")
_FIELDS = {
    "steps": "steps",
    "sampling steps": "steps",
    "sampler": "sampler",
    "sampling method": "sampler",
    "cfg scale": "cfg",
    "seed": "seed",
    "size": "size",
}
_SCHEDULES = ("schedule type", "schedule")
_PLAIN_SCHEDULES = ("automatic", "")
MAX_NAMED = 12
"""How many settings without a counterpart are named."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Where a recipe begins, what is to be kept out of the picture, and the list of settings."""

    start: int
    negative: tuple[int, int] | None
    settings: tuple[int, int] | None


def find_recipe(text: str, masked: str, end: int) -> Recipe | None:
    """The recipe in `text[:end]`, if there is one."""
    del text
    negative = _NEGATIVE.search(masked, 0, end)
    steps = _STEPS.search(masked, negative.end() if negative else 0, end)
    if negative and not steps and (before := _STEPS.search(masked, 0, negative.start())):
        settings = (before.start(), negative.start())
        return Recipe(before.start(), (negative.end(), end), settings)
    if negative:
        until = steps.start() if steps else end
        settings = (steps.start(), end) if steps else None
        return Recipe(negative.start(), (negative.end(), until), settings)
    return Recipe(steps.start(), None, (steps.start(), end)) if steps else None


def recipe_colons(masked: str) -> list[int]:
    """The colons that could begin a recipe, whatever follows, were they not escaped."""
    # With a second colon after it it begins none, but that one may come to be escaped.
    names = (*_AVOIDED.finditer(masked), *_BEGINNING.finditer(masked))
    return [masked.index(":", name.start()) for name in names]


def read_settings(text: str, recipe: Recipe, tail: Tail, notices: Notices) -> None:
    """Add a recipe's settings to the options; one notice names what has no counterpart."""
    if recipe.settings is None:
        return
    start, end = recipe.settings
    unused: list[str] = []
    for name, value in _items(fold(text)[start:end]):
        flag = _FIELDS.get(name.lower())
        if flag is None or not _take(flag, value, start, tail):
            is_default = name.lower() in _SCHEDULES and value.lower() in _PLAIN_SCHEDULES
            unused += [] if is_default else [shorten(name)]
            continue
        schedule = read_sampler(value)[1] if flag == "sampler" else ""
        unused += [f"the {schedule} schedule"] if schedule else []
    if unused:
        named = ", ".join(unused[:MAX_NAMED])
        if len(unused) > MAX_NAMED:
            text = Sentence(
                "Of the pasted recipe, {names} and {count} more cannot be chosen here.",
                names=named,
                count=len(unused) - MAX_NAMED,
            )
        else:
            text = Sentence("Of the pasted recipe, {names} cannot be chosen here.", names=named)
        notices.add(start, text)


def _take(flag: str, value: str, position: int, tail: Tail) -> bool:
    """Whether a setting can be an option; one that is given as an option as well wins."""
    name, kind = FLAGS[flag]
    try:
        read = kind.read(read_sampler(value)[0] if flag == "sampler" else value)
    except BadValue:
        return False
    if flag == "sampler" and read not in SAMPLERS.values():
        return False
    if name not in tail.values:
        tail.values[name] = read
        tail.positions[name] = position
    return True


def _items(text: str) -> list[tuple[str, str]]:
    """The names and values; a comma in quotes or brackets belongs to its value."""
    found: list[tuple[str, str]] = []
    for piece in _pieces(text):
        name, colon, value = piece.partition(":")
        name = without_invisible(name)
        if colon and name.strip():
            found.append((" ".join(name.split()), strip_invisible(value).strip('"')))
    return found


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    depth, is_quoted, cursor = 0, False, 0
    for at, char in enumerate(text):
        if char == '"':
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif char in "{[":
            depth += 1
        elif char in "}]":
            depth = max(0, depth - 1)
        elif char in ",\n" and not depth:
            pieces.append(text[cursor:at])
            cursor = at + 1
    return [*pieces, text[cursor:]]
