"""What a picture or a film costs, in integer millicredits, from the catalogue's price rules.

The rules are those of Stability's gRPC era (their pricing page of 2023); Decimal keeps them exact.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from generation.catalogue.engine import UPSCALE, VIDEO
from generation.credits import MILLICREDITS

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine
    from generation.request import ImageRequest

MIN_PICTURE_MC = 10
"""The least a picture costs: the linear rule falls below zero for tiny ones."""


class UnknownPrice(Exception):
    """The engine's price rule is not one of ours."""


def picture_price_mc(engine: Engine, width: int, height: int, steps: int) -> int:
    """The price of one picture in millicredits, rounded up.

    Raises:
        UnknownPrice: the catalogue names no rule or one that does not exist.
    """
    return max(MIN_PICTURE_MC, _whole(_credits(engine.price, width * height, steps)))


def price_mc(request: ImageRequest, engine: Engine, *, has_mask: bool = False) -> int:
    """The price of the whole request in millicredits.

    `has_mask` is said of a request whose mask is kept elsewhere: its price may be another one.
    """
    if engine.mask_price and (has_mask or request.mask is not None):
        return masked_price_mc(engine) * request.samples
    each = picture_price_mc(engine, request.width, request.height, request.steps)
    return each * request.samples


def masked_price_mc(engine: Engine) -> int:
    """The price of one picture with a mask, where the engine has one of its own for that.

    Raises:
        UnknownPrice: the catalogue names no flat rule for it.
    """
    return _flat_mc(engine.mask_price)


def segment_price_mc(engine: Engine) -> int:
    """The price of one segment of film in millicredits, rounded up.

    Raises:
        UnknownPrice: the catalogue names no rule, or one that needs pixels and steps.
    """
    return _flat_mc(engine.price)


def upscale_price_mc(engine: Engine) -> int:
    """The price of one larger picture in millicredits, rounded up.

    Raises:
        UnknownPrice: the catalogue names no rule, or one that needs pixels and steps.
    """
    return max(MIN_PICTURE_MC, _flat_mc(engine.price))


def is_priced(engine: Engine) -> bool:
    """Whether the engine has a price rule; one without is not offered."""
    try:
        if engine.kind == VIDEO:
            segment_price_mc(engine)
        elif engine.kind == UPSCALE:
            upscale_price_mc(engine)
        else:
            picture_price_mc(engine, *engine.default_size, engine.default_steps)
            if engine.mask_price:
                masked_price_mc(engine)
    except UnknownPrice:
        return False
    return True


def _flat_mc(rule: str) -> int:
    name, _, figure = rule.partition(":")
    if name != "flat":
        raise UnknownPrice(rule)
    return _whole(_flat(figure))


def _whole(credits_: Decimal) -> int:
    return int((credits_ * MILLICREDITS).to_integral_value(ROUND_CEILING))


def _credits(rule: str, pixels: int, steps: int) -> Decimal:
    name, _, figure = rule.partition(":")
    if name == "sd1":
        return _sd1(pixels, steps)
    if name == "sdxl-beta":
        # The published table is 2.5 times the formula in all of its 20 cells, within 1 %.
        return _sd1(pixels, steps) * Decimal("2.5")
    if name == "sdxl-0.9":
        return _sdxl_09(steps)
    if name == "flat":
        return _flat(figure)
    raise UnknownPrice(rule)


def _sd1(pixels: int, steps: int) -> Decimal:
    return Decimal((pixels - 169_527) * steps) / 30 * Decimal("2.16e-6")


def _sdxl_09(steps: int) -> Decimal:
    if steps == 30:
        return Decimal("1.6")
    if steps == 50:
        return Decimal("2")
    curve = Decimal("0.0122") + Decimal("0.000127") * steps + Decimal("0.000000623") * steps * steps
    return 100 * curve


def _flat(figure: str) -> Decimal:
    try:
        credits_ = Decimal(figure)
    except ArithmeticError as error:
        raise UnknownPrice(f"flat:{figure}") from error
    if not credits_.is_finite() or credits_ < 0:
        raise UnknownPrice(f"flat:{figure}")
    return credits_
