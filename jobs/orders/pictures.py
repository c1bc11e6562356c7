"""What orders have in common whose units are the pictures that they draw."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from jobs.orders.order import RESULT, charge_mc


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
