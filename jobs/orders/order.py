"""Orders: what every kind of job is accepted by, and what it is given beside its order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

if TYPE_CHECKING:
    from generation.request import ImageRequest


class Order(Protocol):
    """What a job makes: so many units of one engine's work; `requests` are the pictures it draws.

    `kind` is kept in the job's row and never changes; `picture_role` is that of the artifacts that
    are the pictures it draws, empty where it draws none. `unit_role` is that of the artifacts that
    its units are kept as, of which it was given `earlier` ones.
    """

    kind: ClassVar[str]
    picture_role: ClassVar[str]
    unit_role: ClassVar[str]

    @property
    def earlier(self) -> int:
        """How many of the units that it was given are kept beside its own."""
        ...

    @property
    def title(self) -> str:
        """What is to be seen, in plain words."""
        ...

    @property
    def heading(self) -> str:
        """The first line of its cards: what was typed, with weights and flags, where words were."""
        ...

    @property
    def prompt(self) -> str:
        """The whole text, as it goes back into an edit; empty where there is none."""
        ...

    @property
    def words(self) -> str:
        """What an engine of films is told beside a picture; empty for pictures."""
        ...

    @property
    def engine_id(self) -> str:
        """The engine that it is paid to."""
        ...

    @property
    def requests(self) -> tuple[ImageRequest, ...]:
        """The pictures that it draws, in order."""
        ...

    @property
    def units(self) -> int:
        """How many pictures, frames or segments are paid for; 0 for work that is free."""
        ...

    @property
    def unit(self) -> str:
        """What the units are called in the ledger; of free work, what it is."""
        ...

    def charge_mc(self, price_mc: int, count: int) -> int:
        """What so many of the units cost, at that price for all of them."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        ...

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The order that `to_json` wrote.

        Raises:
            TooLate: it was forgotten since.
        """
        ...


RESULT = "result"
"""The role of what is handed out."""

GIVEN, MASK = "init", "mask"
"""The roles of a picture that a job is given, and of its mask."""

PREVIEW_ROLE = "preview"
"""The role of the picture that is shown while a job is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Bytes that a job is given with its order: an artifact of that role and position."""

    role: str
    data: bytes = field(repr=False)
    size: tuple[int, int]
    position: int = 0
    mime: str = "image/png"


def search_text(order: Order) -> str:
    """What an order is found by: the words of what is to be seen, without what is kept out."""
    drawn = {
        prompt.text for request in order.requests for prompt in request.prompts if prompt.weight > 0
    }
    return " ".join([order.title, order.words, *sorted(drawn)])


def charge_mc(price_mc: int, units: int, count: int) -> int:
    """What `count` of so many units cost, in millicredits: the one place that divides a price."""
    return price_mc // units * count if units else 0
