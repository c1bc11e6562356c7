"""Options of a prompt that are one of several names: samplers, presets, styles."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, TypeVar

from commands.languages import say
from generation.errors import BadRequest

if TYPE_CHECKING:
    from enum import StrEnum

    Choice = TypeVar("Choice", bound=StrEnum)


def find_choice(field: str, choices: type[Choice], name: str | None) -> Choice | None:
    """The choice of that name, however its words are joined; None where nothing is named.

    Raises:
        BadRequest: there is none; names the nearest, or all of them.
    """
    if name is None:
        return None
    known = {str(choice): choice for choice in choices}
    wanted = name.lower()
    for candidate in (wanted, re.sub(r"[\s-]", "_", wanted), re.sub(r"[\s_]", "-", wanted)):
        if candidate in known:
            return known[candidate]
    near = difflib.get_close_matches(wanted, known, n=1)
    if near:
        reason = say("“{name}” is unknown; did you mean {nearest}?", name=name, nearest=near[0])
    else:
        reason = say("“{name}” is unknown; known are {known}", name=name, known=", ".join(known))
    raise BadRequest(field, reason)
