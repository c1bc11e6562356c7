"""What is wrong with bytes from outside, or with the work on them; with the facts."""

from __future__ import annotations

from enum import StrEnum

from sentences import Sentence


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
    """Refuse more parts of a kind than any usual program writes; `what` is a message.

    Raises:
        BadStructure: TOO_COMPLEX
    """
    if count > most:
        raise BadStructure(Fault.TOO_COMPLEX, more_than(most, what))


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refuse a size in pixels of nothing, or of more than is decoded.

    Raises:
        BadStructure: BROKEN or TOO_MANY_PIXELS
    """
    if width <= 0 or height <= 0:
        raise BadStructure(Fault.BROKEN, f"{width}×{height}")
    if width * height > max_pixels:
        raise BadStructure(Fault.TOO_MANY_PIXELS, megapixels(width * height, max_pixels))


def more_than(most: int, what: str) -> Sentence:
    """That there are more than so many; `what` is a message."""
    return Sentence("more than {most:,} {what}", most=most, what=Sentence(what))


def megapixels(pixels: int, most: int) -> Sentence:
    """How many pixels there are, of how many at most."""
    return Sentence("{pixels:.1f} of {most:.0f} megapixels", pixels=pixels / 1e6, most=most / 1e6)
