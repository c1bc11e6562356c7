"""The buttons that mark a favourite, or take the mark away."""

from __future__ import annotations

from commands.languages import say
from commands.ui.buttons import Press

FILM_MARK = "film_mark"
"""The action for films; pictures have theirs on the card of one picture."""

MARKED, UNMARKED = "1", "0"
"""What a press makes of a picture or film, before the id that the button is about."""


def favourite_button(action: str, subject: str, *, is_marked: bool) -> Press:
    """The button of something that is marked or not; two quick presses do the same."""
    if is_marked:
        return Press(action, f"{UNMARKED}{subject}", say("Remove favourite"))
    return Press(action, f"{MARKED}{subject}", say("Favourite"))


def read_mark(text: str) -> tuple[bool, str]:
    """Whether a press marks something, and the subject of its button."""
    return text[:1] == MARKED, text[1:]
