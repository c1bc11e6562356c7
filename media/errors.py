"""The one way in which work on a picture fails, with the facts."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a picture cannot be worked on."""

    UNKNOWN_FORMAT = "unknown_format"
    """The bytes are no picture of a kind that is read."""
    UNREAD_FORMAT = "unread_format"
    """A kind of picture that nothing here reads; with its name."""
    BROKEN = "broken"
    """It begins like a picture, but is truncated or damaged."""
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_COMPLEX = "too_complex"
    """It is made of more parts than any usual program writes."""
    NOTHING_TO_CHANGE = "nothing_to_change"
    """A mask keeps everything."""
    NOTHING_TRANSPARENT = "nothing_transparent"
    """No pixel of a picture is transparent, where those may change."""
    OTHER_SHAPE = "other_shape"
    """A mask whose shape is not that of its picture; with its size."""
    TOO_SLOW = "too_slow"
    """The work took longer than its limit of time or of processor time."""
    BUSY = "busy"
    """No worker was free in time; the work was not begun."""
    CRASHED = "crashed"
    """The work ended its worker process, twice."""


class BadPicture(Exception):
    """A picture that cannot be used; `detail` holds the figures, if there are any."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)
