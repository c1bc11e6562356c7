"""Whether another text may mend what was refused; where not, no Edit is offered."""

from __future__ import annotations

from generation.errors import BadRequest, Declined, EngineAway, Filtered, Refused, UnknownEngine
from jobs.errors import AdultContent, ForbiddenWords, TooDear, TooManyPictures
from prompts import PromptError

MENDED_BY_TEXT = (
    PromptError,
    BadRequest,
    UnknownEngine,
    Filtered,
    Declined,
    TooManyPictures,
    ForbiddenWords,
    AdultContent,
)


def can_be_edited(error: Exception, *, can_afford: bool) -> bool:
    """Whether the order may pass with another text; `can_afford` the cheapest of its kind."""
    if isinstance(error, TooDear):
        return can_afford
    if isinstance(error, EngineAway):
        return bool(error.others)
    return isinstance(error, MENDED_BY_TEXT) or type(error) is Refused
