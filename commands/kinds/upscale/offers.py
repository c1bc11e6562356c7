"""What can make a picture larger now, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands.languages import say
from generation import credits as money
from generation.pricing import upscale_price_mc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generation.catalogue.engine import Engine

MAX_OFFERS = 5
"""As many as a row has buttons."""


@dataclass(frozen=True, slots=True)
class UpscaleOffer:
    """An engine that takes the picture, and its price; `names_engine` where another has its factor.

    `result` is the size of the larger picture in pixels, None where its service chooses it.
    """

    engine: Engine
    price_mc: int
    result: tuple[int, int] | None
    names_engine: bool = False

    @property
    def what(self) -> str:
        """How much larger, or by what."""
        name = self.engine.name or self.engine.id
        return name if self.names_engine or not self.engine.factor else f"×{self.engine.factor}"

    @property
    def label(self) -> str:
        """What the button says, with the price."""
        price = money.price(self.price_mc)
        if self.what.startswith("Upscale"):
            return f"{self.what} · {price}"
        return say("Upscale {what} · {price}", what=self.what, price=price)


def offers_for(size: tuple[int, int], engines: Iterable[Engine]) -> list[UpscaleOffer]:
    """The engines that take a picture of that size in pixels, in the order of the catalogue.

    One without a model is left out where one with a model enlarges as much.
    """
    able = [engine for engine in engines if engine.size_problem(*size) is None]
    trained = {engine.factor for engine in able if engine.has_model}
    chosen = [engine for engine in able if engine.has_model or engine.factor not in trained]
    offers: list[UpscaleOffer] = []
    for engine in chosen[:MAX_OFFERS]:
        is_second = any(offer.engine.factor == engine.factor for offer in offers)
        result = enlarged(size, engine) if engine.factor else None
        offers.append(UpscaleOffer(engine, upscale_price_mc(engine), result, is_second))
    return offers


def too_small_for(size: tuple[int, int], engines: Iterable[Engine]) -> list[Engine]:
    """The engines that do not take a picture of that size."""
    return [engine for engine in engines if engine.size_problem(*size) is not None]


def enlarged(size: tuple[int, int], engine: Engine) -> tuple[int, int]:
    """The size of what the engine makes of a picture of that size; the same where it is not known.

    Sizes are in pixels.
    """
    return size[0] * (engine.factor or 1), size[1] * (engine.factor or 1)
