"""Texts in cards: a member's, escaped, clamped and never a mention, and figures in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord

from commands.languages import say, say_count

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ALT = 1024
"""Discord's limit for the description of a gallery item."""

MINUS = "−"
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")
"""Control characters, and those that turn the direction of what follows on the card."""


MARKUP = re.compile(r"[\\*_~|`\[\]<]|(?<=\w):(?=//)|^(?:[#>+-]|\d+(?=[.)]))")
"""What Discord may read as more than text: emphasis, links, mentions, marks of a line's start."""


def quoted(text: str, limit: int = 300) -> str:
    """A member's text on one line, as plain characters."""
    line = UNSEEN.sub("", " ".join(text.split()))
    short = MARKUP.sub(_escaped, clamp(line, limit))
    return discord.utils.escape_mentions(short)


def _escaped(found: re.Match[str]) -> str:
    mark = found[0]
    # A number that begins a list is kept, and its point or parenthesis escaped.
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def code(text: str, limit: int = 200) -> str:
    """A text to copy, in the letters of code; nothing can end it early."""
    line = UNSEEN.sub("", " ".join(text.split())).replace("`", "'")
    # Half a mention too: the text may have been cut before.
    apart = line.replace("<@", "<@\u200b")
    return f"`{discord.utils.escape_mentions(clamp(apart, limit))}`"


def code_block(text: str) -> str:
    """A text to copy on lines of its own; nothing in it can end the block early."""
    lines = (UNSEEN.sub("", line) for line in text.splitlines())
    shown = "\n".join(lines).replace("```", "`\u200b`\u200b`")
    return f"```\n{discord.utils.escape_mentions(shown)}\n```"


def clamp(text: str, limit: int) -> str:
    """The text, cut with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clamp_bytes(text: str, limit: int) -> str:
    """The text, cut with an ellipsis to at most so many bytes of UTF-8."""
    data = text.encode(errors="replace")
    if len(data) <= limit:
        return text
    return data[: max(0, limit - len("…".encode()))].decode(errors="ignore") + "…"


def listed(pieces: Sequence[str], separator: str, limit: int) -> str:
    """As many whole pieces as the limit allows, and how many more there are."""
    shown: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece) + len(separator)
        if length > limit:
            return separator.join(
                [*shown, say("… and {count} more", count=len(pieces) - len(shown))]
            )
        shown.append(piece)
    return separator.join(shown)


def alt_text(title: str, number: int, total: int) -> str:
    """What a screen reader says for a picture."""
    which = say(" ({number} of {total})", number=number, total=total) if total > 1 else ""
    shown = UNSEEN.sub("", " ".join(title.split()))
    return clamp(say("AI-generated: {title}", title=shown), MAX_ALT - len(which)) + which


def credits_of(figure: str) -> str:
    """The figure with the right form of the word."""
    count = 1 if figure == "1.00" else 2
    return say_count("{figure} credit", "{figure} credits", count, figure=figure)


def joined(parts: Sequence[str]) -> str:
    """One or more parts of a sentence, the last with “and”."""
    *others, last = parts
    return say("{others} and {last}", others=", ".join(others), last=last) if others else last


def jobs(count: int) -> str:
    """So many jobs."""
    return say_count("1 job", "{count} jobs", count)


def pictures(count: int) -> str:
    """So many pictures."""
    return say_count("1 picture", "{count} pictures", count)


def days(count: int) -> str:
    """So many days."""
    return say_count("1 day", "{count} days", count)


def seconds(value: float) -> str:
    """So many seconds, in short."""
    return say("{seconds:g} s", seconds=value)


def weight(value: float) -> str:
    """A weight as members read it."""
    return f"{value:g}".replace("-", MINUS)
