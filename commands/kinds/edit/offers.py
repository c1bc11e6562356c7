"""What can be done to a picture now, by what, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands.kinds.edit.layout import layout_of, usual_sides
from generation.catalogue.engine import EDIT
from generation.edits import NO_SIDES, EditAction
from generation.errors import BadRequest
from generation.pricing import masked_price_mc, picture_price_mc

if TYPE_CHECKING:
    from commands.kinds.view import OfferedEngines
    from generation.catalogue.engine import Engine

    Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class EditOffer:
    """An edit, the engine that does it where none is named, and its price."""

    action: EditAction
    engine: Engine
    price_mc: int


def edit_offers(size: Size, engines: OfferedEngines) -> list[EditOffer]:
    """What can be done to a picture of that size in pixels.

    An outpaint is priced as a quarter more at each side.
    """
    offers: list[EditOffer] = []
    for action in EditAction:
        for engine in engines.editors_for(action):
            price_mc = _price_mc(engine, action, size)
            if price_mc is not None:
                offers.append(EditOffer(action, engine, price_mc))
                break
    return offers


def _price_mc(engine: Engine, action: EditAction, size: Size) -> int | None:
    sides = usual_sides(size) if action is EditAction.OUTPAINT else NO_SIDES
    try:
        layout = layout_of(engine, size, sides)
    except BadRequest:
        return None
    if engine.kind != EDIT and engine.mask_price:
        return masked_price_mc(engine)
    return picture_price_mc(engine, *layout.result, engine.default_steps)
