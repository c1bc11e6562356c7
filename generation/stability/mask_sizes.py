"""The sizes of pictures with a mask, which may have any that the operation for masks takes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from generation.stability.check import upload_problem
from generation.stability.fields import Upload
from generation.stability.operations import OPERATIONS

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine

MAX_PIXELS = 3 << 20
"""Sent without loss, a larger picture may exceed the 10 MiB of a request."""

MAX_SIDE = 4096


def engine_for(engine: Engine, *, has_mask: bool) -> Engine:
    """The engine with the sizes that it takes: with a mask those of the operation for masks."""
    rule = _rule(engine)
    if not has_mask or rule is None:
        return engine
    return replace(
        engine,
        sizes=(),
        aspects=(),
        side_step=1,
        min_side=rule.min_side,
        max_side=MAX_SIDE,
        min_pixels=rule.min_pixels,
        max_pixels=_most_pixels(rule),
    )


def masked_size(engine: Engine, size: tuple[int, int]) -> tuple[int, int] | None:
    """The size in pixels in which a picture with a mask is sent: its own, or the nearest like it.

    None where the engine has no operation of its own for masks, or that takes no such shape.
    """
    rule = _rule(engine)
    if rule is None:
        return None
    # A side is rounded down, so that the limits hold; the shortest must not be.
    scale = min(1.0, math.sqrt(_most_pixels(rule) / math.prod(size)), MAX_SIDE / max(size))
    scale = max(scale, rule.min_side / min(size))
    width, height = (max(rule.min_side, int(side * scale)) for side in size)
    if upload_problem(rule, width, height) or max(width, height) > MAX_SIDE:
        return None
    return width, height


def _most_pixels(rule: Upload) -> int:
    return min(MAX_PIXELS, rule.max_pixels or MAX_PIXELS)


def _rule(engine: Engine) -> Upload | None:
    operation = OPERATIONS.get(engine.mask_endpoint)
    rule = operation.fields.get("image") if operation else None
    return rule if isinstance(rule, Upload) else None
