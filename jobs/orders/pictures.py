"""What orders have in common whose units are the pictures that they draw: several, or one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from jobs.errors import TooLate
from jobs.orders.order import RESULT, charge_mc
from jobs.orders.request import request_from_json, request_to_json

if TYPE_CHECKING:
    from typing import Self

    from generation.request import ImageRequest


class PicturesOrder(ABC):
    """The part of an order that is the same wherever pictures are drawn and paid for."""

    __slots__ = ()

    picture_role: ClassVar[str] = RESULT
    unit_role: ClassVar[str] = RESULT

    @property
    def earlier(self) -> int:
        """None of its units were given to it."""
        return 0

    @property
    def words(self) -> str:
        """None: what is told stands in the requests."""
        return ""

    @property
    @abstractmethod
    def units(self) -> int:
        """How many pictures are paid for."""

    @property
    def unit(self) -> str:
        """What the ledger calls them."""
        return "pictures"

    def charge_mc(self, price_mc: int, count: int) -> int:
        """What so many of the pictures cost, in millicredits."""
        return charge_mc(price_mc, self.units, count)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePictureOrder(PicturesOrder):
    """One picture, made of another one, which is an artifact of the job, of the role `GIVEN`.

    `title` is what is to be seen, `size` that of the given picture in pixels. `marked_as` is the
    engine that content credentials name: the one that works on it, or the picture's own where only
    that is a trained model.
    """

    title: str
    request: ImageRequest
    size: tuple[int, int]
    marked_as: str

    @property
    def heading(self) -> str:
        """What is to be seen."""
        return self.title

    @property
    def prompt(self) -> str:
        """None that could be edited."""
        return ""

    @property
    def engine_id(self) -> str:
        """The engine that works on it."""
        return self.request.engine_id

    @property
    def requests(self) -> tuple[ImageRequest, ...]:
        """The one."""
        return (self.request,)

    @property
    def units(self) -> int:
        """One picture is paid for."""
        return 1

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        return {
            "title": self.title,
            "request": request_to_json(self.request),
            "size": list(self.size),
            "marked_as": self.marked_as,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The order that `to_json` wrote.

        Raises:
            TooLate: it was forgotten since.
        """
        if not data:
            raise TooLate
        return cls(**cls.read(data))

    @staticmethod
    def read(data: dict[str, Any]) -> dict[str, Any]:
        """The values of the order that the data was written of."""
        width, height = data["size"]
        return {
            "title": data["title"],
            "request": request_from_json(data["request"]),
            "size": (width, height),
            "marked_as": data["marked_as"],
        }
