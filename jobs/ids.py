"""Ids of Discord's, as somebody copied them."""

from __future__ import annotations

from sentences import Sentence

MAX_DIGITS = 19
MAX_ID = (1 << 63) - 1


def read_id(text: str) -> int:
    """The id of a server, a member or a channel.

    Raises:
        ValueError: it is none; the text is a part of a sentence.
    """
    digits = text.strip()
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= MAX_DIGITS
    if not (is_number and 0 < int(digits) <= MAX_ID):
        raise ValueError(Sentence("it is no id of Discord's, such as 80351110224678912"))
    return int(digits)
