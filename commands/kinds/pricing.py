"""What the pictures of an order cost by the prices of its engine: a still's or a morph's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.pricing import price_mc
from jobs.orders.image import ImageOrder

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Catalogue
    from jobs.orders.order import Order


def pictures_price_mc(order: Order, catalogue: Catalogue) -> int:
    """What the pictures of an order cost, in millicredits; a film's segments are none."""
    engine = catalogue.get(order.engine_id)
    has_mask = isinstance(order, ImageOrder) and order.uses_mask
    return sum(price_mc(request, engine, has_mask=has_mask) for request in order.requests)


def repeat_price_mc(order: Order, catalogue: Catalogue) -> int | None:
    """What the same pictures cost now, in millicredits; None if their engine is not known."""
    return pictures_price_mc(order, catalogue) if catalogue.find(order.engine_id) else None
