"""What an order costs by the prices of its engine, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.pricing import price_mc

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Catalogue
    from jobs.orders.order import Order


def order_price_mc(order: Order, catalogue: Catalogue) -> int:
    """What the pictures of an order cost, in millicredits."""
    engine = catalogue.get(order.engine_id)
    return sum(price_mc(request, engine) for request in order.requests)
