"""What servers say, made safe to be kept and shown."""

from __future__ import annotations

import re
from datetime import timedelta

MAX_DETAIL = 200
"""How many characters of a server's text are kept."""

MAX_RETRY_AFTER = timedelta(days=1)
"""The longest pause that a server is believed."""

_SECRETS = re.compile(r"(?<!\S)\S*?\*{4,}\S*|(?i:bearer\s+)\S+|\bsk-[\w*-]{8,}")


def clean(text: str, key: str = "") -> str:
    """A server's text on one line, clamped, without our key or what looks like one."""
    # First of all on one line: a character that nobody sees would hide a key in here.
    text = " ".join(text.split())
    text = "".join(character for character in text if character.isprintable())
    text = _SECRETS.sub("…", text.replace(key, "…") if key else text)
    return text if len(text) <= MAX_DETAIL else text[: MAX_DETAIL - 1] + "…"
