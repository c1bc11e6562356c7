"""What is wrong with bytes from outside, or with the work on them; with the facts."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with a file's structure."""

    UNKNOWN_FORMAT = "unknown_format"
    """It begins like a file of a format, but has no header of it."""
    BROKEN = "broken"
    """Its parts contradict each other or go beyond its end."""
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_COMPLEX = "too_complex"
    """It has more parts than any usual program writes."""


class BadStructure(Exception):
    """A file that is not to be decoded; `detail` holds the figures, if there are any."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(fault, detail)
        self.fault = fault
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.fault}: {self.detail}" if self.detail else str(self.fault)


UNREADABLE = (Fault.UNKNOWN_FORMAT, Fault.BROKEN)
"""Of a file that would not be read whatever it costs."""


class Ending(StrEnum):
    """How work in a worker process ended without an answer."""

    TOO_SLOW = "too_slow"
    """It took longer than its limit of processor time or of time."""
    CRASHED = "crashed"
    """It ended its worker process, twice."""
    BUSY = "busy"
    """No worker was free in time; the work was not begun."""


class WorkFailed(Exception):
    """Work that gave no answer; `detail` holds the figures, if there are any."""

    def __init__(self, ending: Ending, detail: str = "") -> None:
        super().__init__(ending, detail)
        self.ending = ending
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.ending}: {self.detail}" if self.detail else str(self.ending)


def check_count(count: int, most: int, what: str) -> None:
    """Refuse more parts of a kind than any usual program writes.

    Raises:
        BadStructure: TOO_COMPLEX
    """
    if count > most:
        raise BadStructure(Fault.TOO_COMPLEX, f"more than {most:,} {what}")


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refuse a size in pixels of nothing, or of more than is decoded.

    Raises:
        BadStructure: BROKEN or TOO_MANY_PIXELS
    """
    if width <= 0 or height <= 0:
        raise BadStructure(Fault.BROKEN, f"{width}×{height}")
    if width * height > max_pixels:
        detail = f"{width * height / 1e6:.1f} of {max_pixels / 1e6:.0f} megapixels"
        raise BadStructure(Fault.TOO_MANY_PIXELS, detail)
