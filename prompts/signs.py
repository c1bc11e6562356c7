"""Signs of other keyboards and programs: wide and typographic ones, and those that nobody sees."""

from __future__ import annotations

import re
import unicodedata

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
"""What is typed for a minus or a hyphen; the wide ones are read as `-` already."""

_REVERSE_SOLIDUS = 0xFF3C
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if code != _REVERSE_SOLIDUS}
_OTHERS = {
    ",": "\u3001\uff64\ufe50\ufe51\ufe10\ufe11\u060c",
    ":": "\ufe55\ufe13\u2236\ua789",
    ";": "\ufe54\ufe14\u061b",
    "|": "\uffe8",
    "(": "\ufe59\ufe35",
    ")": "\ufe5a\ufe36",
    "{": "\ufe5b\ufe37",
    "}": "\ufe5c\ufe38",
    "[": "\ufe47",
    "]": "\ufe48",
    "+": "\ufe62",
    "-": "\ufe63",
}
_FOLDED: dict[int, int] = _WIDE | {
    ord(wide): ord(sign) for sign, signs in _OTHERS.items() for wide in signs
}
WIDE_SIGNS = "".join(chr(code) for code, sign in _FOLDED.items() if chr(sign) in "()[]{}|:+-,<")
"""The wide signs of the language."""

# Unicode's category Cf without the signs of it that are seen, and blanks that are no spaces.
_FORMAT = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_BLANKS = "\u2800\u3164\uffa0"
_JOINING = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_INVISIBLE = re.compile(f"[{_FORMAT}{_BLANKS}]+")
_VISIBLE = re.compile(rf"[^\s{_FORMAT}{_BLANKS}{_JOINING}]")
UNSEEN = rf"[\s{_FORMAT}{_BLANKS}]"
"""The pattern of one white or invisible character."""

# A run is tried from its beginning only: from each of its characters it would be quadratic.
_ENDS = re.compile(rf"^{UNSEEN}+|(?<!{UNSEEN}){UNSEEN}+$")
_OPTION = re.compile(rf"(?<!\S)[-{DASHES}]{{1,3}}[^\W\d]+$")
_KEYWORD = re.compile(rf"(?ai:negative{UNSEEN}{{1,9}}prompt:|steps:)|(?:BREAK|AND)\b")
"""What begins something after white space without being a sign."""

_TAGS = re.compile("[\U000e0020-\U000e007f]+")
_FLAG = "\U0001f3f4"
"""What the tags of a region's flag follow."""


def fold(text: str) -> str:
    """The text with its wide and typographic signs as the ASCII ones; of the same length."""
    return text if text.isascii() else text.translate(_FOLDED)


def is_visible(text: str) -> bool:
    """Whether there is anything to see in it."""
    return _VISIBLE.search(text) is not None


def is_invisible(char: str) -> bool:
    """Whether nobody sees that character."""
    return _INVISIBLE.fullmatch(char) is not None


def invisible_edges(text: str) -> list[tuple[int, int]]:
    """The invisible characters between a word and a sign of the language, or in an option.

    All others are left alone: they join the parts of emoji, hyphenate, shape the letters of some
    scripts and give the direction of others.
    """
    if text.isascii():
        return []
    folded = fold(text)
    return [match.span() for match in _INVISIBLE.finditer(text) if _is_edge(folded, *match.span())]


def without_edges(text: str) -> str:
    """The text without those characters."""
    for start, end in reversed(invisible_edges(text)):
        text = text[:start] + text[end:]
    return text


def strip_invisible(text: str) -> str:
    """The text without white space and invisible characters at its ends."""
    return _ENDS.sub("", text)


def without_invisible(text: str) -> str:
    """The text without all that nobody sees, save white space and what makes an emoji."""
    return _INVISIBLE.sub(lambda run: run.group() if _makes_emoji(text, *run.span()) else "", text)


def _makes_emoji(text: str, start: int, end: int) -> bool:
    """Whether invisible characters are a part of an emoji, as in a rainbow flag or England's."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before == _FLAG:
        return text[start:end] == "\u200d" or _TAGS.fullmatch(text, start, end) is not None
    return text[start:end] == "\u200d" and _is_symbol(before) and _is_symbol(after)


def _is_symbol(char: str) -> bool:
    return char == "\ufe0f" or (char > "\x7f" and unicodedata.category(char)[0] == "S")


def _is_edge(folded: str, start: int, end: int) -> bool:
    before, after = folded[start - 1 : start], folded[end : end + 1]
    if before == _FLAG and _TAGS.fullmatch(folded, start, end):
        return False
    if _holds(before) and _holds(after):
        return False
    if (not before or before.isspace()) and _KEYWORD.match(folded, end):
        return True
    return (
        _is_sign(before)
        or _is_sign(after)
        or _OPTION.search(folded[max(0, start - 40) : start]) is not None
    )


def _is_sign(char: str) -> bool:
    """Whether a character can be a sign of the language, or stand in a number."""
    return (
        char in DASHES
        if not char.isascii()
        else char != "" and not char.isalpha() and not char.isspace()
    )


def _holds(char: str) -> bool:
    """Whether a character is a part of a word or of an emoji."""
    category = unicodedata.category(char)[0] if char else ""
    return category in ("L", "N", "M") or (not char.isascii() and category in ("S", "C"))
