"""Backslash escapes, hidden from every other reading so that positions stay the same."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\([\\()\[\]{}|:+,\-])")

# A lone surrogate is no letter, no space and no sign of the language, and a cleaned text holds
# none, so it can stand for both halves of an escape without being mistaken for anything.
_HIDDEN = "\ud800\ud800"


def mask(text: str) -> str:
    r"""The text with each escape (`\` and one of ``\ ( ) [ ] { } | : + - ,``) made inert.

    The length is the same, so that a position in the one is a position in the other.
    """
    return _ESCAPE.sub(_HIDDEN, text) if "\\" in text else text


def unescape(text: str) -> str:
    """The text with each escape replaced by the character that it stands for."""
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text
