"""What the server and its painters' processes say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.request import ImageRequest
    from inference.films.order import Film, FilmOrder


@dataclass(frozen=True, slots=True)
class Order:
    """Draw this."""

    number: int
    request: ImageRequest
    seed: int


@dataclass(frozen=True, slots=True)
class Shoot:
    """Make this film."""

    number: int
    order: FilmOrder


@dataclass(frozen=True, slots=True)
class Stop:
    """Leave the order of that number."""

    number: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What was made; or nothing, and the kind of error that went wrong, empty if it was stopped."""

    made: bytes | Film | None = None
    problem: str = ""
