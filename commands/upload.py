"""A file that a member attached to a command or a message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that the member attached, as Discord describes it; sizes in bytes and pixels."""

    url: str
    filename: str
    size: int
    content_type: str
    width: int | None
    height: int | None
