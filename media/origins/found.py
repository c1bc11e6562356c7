"""A recipe as it was found in a file: whatever it says, within bounds."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, cast

MAX_TEXT = 1 << 20
"""Characters of one text in a file that are looked at; workflows have some hundred thousand."""

MAX_WORDS = 6000
"""Characters of a prompt that are kept: as many as one may have here."""

MAX_NAME = 100
MAX_OTHERS = 20
MAX_LORAS = 20
MAX_FIGURE = 1 << 53


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecipe:
    """What a file says of how it was made; `prompts` with weights, negative for what is kept out.

    Sizes are in pixels, `strength` is the share of a picture that may change. `sampler` and `model`
    are as the other program names them; `engine_id` is one of ours. `others` are the settings that
    have no place here, by their names.
    """

    program: str
    prompts: tuple[tuple[str, float], ...] = ()
    width: int | None = None
    height: int | None = None
    seed: int | None = None
    steps: int | None = None
    cfg_scale: float | None = None
    sampler: str = ""
    model: str = ""
    engine_id: str = ""
    style: str = ""
    strength: float | None = None
    loras: tuple[tuple[str, float], ...] = ()
    others: tuple[tuple[str, str], ...] = ()


def prompts_of(positive: object, negative: object) -> tuple[tuple[str, float], ...]:
    """What is to be seen and what is kept out, as prompts with weights."""
    wanted, unwanted = words(positive), words(negative)
    return (
        *(((wanted, 1.0),) if wanted else ()),
        *(((unwanted, -1.0),) if unwanted else ()),
    )


def words(value: object) -> str:
    """A prompt, cut to what one may have; empty for anything else."""
    return value.strip()[:MAX_WORDS].strip() if isinstance(value, str) else ""


def name(value: object) -> str:
    """A short name on one line; empty for anything else."""
    return " ".join(value[: 4 * MAX_NAME].split())[:MAX_NAME] if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """A whole number from 0 on, also one that is written as a text; else None."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def number(value: object) -> float | None:
    """A finite number of a usual size, also one that is written as a text; else None."""
    if isinstance(value, str) and len(value) <= MAX_NAME:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) and abs(value) <= MAX_FIGURE else None


def read_object(text: object) -> dict[str, Any]:
    """The JSON object that a text is; empty for anything else, however deep or long it is."""
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return mapping(found)


def mapping(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The value if it is a JSON list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []
