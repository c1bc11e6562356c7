"""Cheaper variants of an order that is refused for its price."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commands.kinds.image.read import ImageRequestForm, changed, read
from commands.kinds.kept_request import Quote
from commands.kinds.pricing import pictures_price_mc
from commands.languages import say
from commands.ui.text import pictures
from generation import credits as money
from generation.catalogue.engine import sizes_of_shape
from generation.errors import GenerationError
from generation.pricing import price_mc
from jobs.errors import JobError
from prompts import PromptError

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Catalogue, Engine
    from jobs.orders.image import ImageOrder

SAME_SHAPE = 0.1
"""How far the ratio of width to height may move, as a difference of logarithms."""

MUCH_LARGER = 2
"""For so many times the pixels a square does not stay quite square."""

LEAST_STEPS = 10
"""With fewer no engine draws anything worth its price."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A cheaper variant: what to ask for, how its button reads, and its price."""

    form: ImageRequestForm
    label: str
    quote: Quote


def cheaper(
    form: ImageRequestForm,
    catalogue: Catalogue,
    default_engine_id: str,
    *,
    uploads_of: ImageOrder | None = None,
    room_mc: int,
) -> list[Offer]:
    """What costs at most `room_mc`: fewer pictures, smaller ones, or ones of fewer steps.

    Where no single change is enough, one smaller picture. The picture that a film starts from
    keeps its size. Each variant was read and priced like an order, so it is one that will be taken.
    """

    def offer(**options: object) -> Offer | None:
        try:
            variant = changed(form, **options)
            order = read(variant, catalogue, default_engine_id, uploads_of=uploads_of)
        except (PromptError, GenerationError, JobError):
            return None
        price = pictures_price_mc(order, catalogue)
        if price > room_mc:
            return None
        quote = Quote(price_mc=price, engine_id=order.engine_id)
        return Offer(variant, f"{_what(order, options)} · {money.price(price)}", quote)

    try:
        order = read(form, catalogue, default_engine_id, uploads_of=uploads_of)
    except (PromptError, GenerationError, JobError):
        return []
    engine = catalogue.get(order.first.engine_id)
    changes = [
        _fewer(order, engine, room_mc),
        _smaller(order, engine, order.charge_mc(room_mc, 1)) if form.video is None else None,
        _faster(order, engine, order.charge_mc(room_mc, 1)),
    ]
    found = [found_offer for change in changes if change and (found_offer := offer(**change))]
    if found or order.pictures == 1:
        return found
    change = _smaller(order, engine, room_mc)
    last = offer(count=1, **change) if change else None
    return [last] if last else []


def _fewer(order: ImageOrder, engine: Engine, room_mc: int) -> dict[str, object] | None:
    """As many pictures of each permutation as there is room for."""
    variants = len({request.prompts for request in order.requests})
    count = min(room_mc // (_each_mc(order, engine) * variants), order.pictures - 1)
    return {"count": count} if 0 < count < order.pictures // variants else None


def _smaller(order: ImageOrder, engine: Engine, each_mc: int) -> dict[str, object] | None:
    """The largest size of the same shape for that price a picture.

    One of about that shape stands for it where it has more than `MUCH_LARGER` times the pixels.
    """
    same = _largest(order, engine, each_mc, tolerance=0.0)
    like_it = _largest(order, engine, each_mc, tolerance=SAME_SHAPE)
    if like_it is None:
        return None
    is_kept = same is not None and math.prod(like_it) <= MUCH_LARGER * math.prod(same)
    return {"size": same if is_kept else like_it, "aspect": None}


def _largest(
    order: ImageOrder, engine: Engine, each_mc: int, *, tolerance: float
) -> tuple[int, int] | None:
    wanted = order.first.width, order.first.height
    sizes = sizes_of_shape(engine, *wanted, tolerance=tolerance)
    smaller = [size for size in sizes if math.prod(size) < math.prod(wanted)]
    for width, height in sorted(smaller, key=math.prod, reverse=True):
        if _each_mc(order, engine, width=width, height=height) <= each_mc:
            return width, height
    return None


def _faster(order: ImageOrder, engine: Engine, each_mc: int) -> dict[str, object] | None:
    """The most steps for that price a picture."""
    least = max(engine.min_steps, LEAST_STEPS)
    for steps in range(order.first.steps - 1, least - 1, -1):
        if _each_mc(order, engine, steps=steps) <= each_mc:
            return {"steps": steps}
    return None


def _each_mc(order: ImageOrder, engine: Engine, **changes: int) -> int:
    """What one of its pictures costs, with a mask or without; or would, were it changed so."""
    request = replace(order.first, samples=1, **changes)
    return price_mc(request, engine, has_mask=order.uses_mask)


def _what(order: ImageOrder, options: dict[str, object]) -> str:
    """What makes a variant cheaper."""
    count = order.pictures
    size = f"{order.first.width}×{order.first.height}"
    if "steps" in options:
        return say("{steps} steps", steps=order.first.steps)
    if "size" in options:
        return size if count == 1 else say("{count} at {size}", count=count, size=size)
    return pictures(count)
