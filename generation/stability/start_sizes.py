"""The sizes of pictures to start from where the service takes their own shape.

The operation for masks answers in the size of the picture, and SD 3.5 in its shape: neither can be
told an aspect. Ultra can, so there the picture is brought to one of the engine's sizes.
"""

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

NEARLY_USUAL = 0.99
"""The part of an engine's usual area that is left when sides are rounded down."""


def engine_for(engine: Engine, *, has_image: bool, has_mask: bool) -> Engine:
    """The engine with the sizes of what it starts from: its own, or any that are taken."""
    rule = _rule(engine, has_image=has_image, has_mask=has_mask)
    if rule is None:
        return engine
    return replace(
        engine,
        sizes=(),
        aspects=(),
        side_step=1,
        min_side=rule.min_side,
        max_side=MAX_SIDE,
        min_pixels=max(1, rule.min_pixels),
        max_pixels=_most_pixels(rule),
    )


def start_size(engine: Engine, size: tuple[int, int], *, has_mask: bool) -> tuple[int, int] | None:
    """The size in pixels in which a picture is sent that keeps its shape; None where none does.

    With a mask that is its own or the nearest that is taken, else one of the engine's usual area.
    What has that size already, such as the picture of a Reroll, keeps it.
    """
    rule = _rule(engine, has_image=True, has_mask=has_mask)
    pixels, usual = math.prod(size), math.prod(engine.default_size)
    is_kept = has_mask or NEARLY_USUAL * usual < pixels <= usual
    if rule is None or not (has_mask or _is_drawn_shape(engine, size, is_rounded=is_kept)):
        return None
    wanted = pixels if is_kept else usual
    # A side is rounded down, so that the limits hold; the shortest must not be.
    scale = math.sqrt(min(wanted, _most_pixels(rule)) / pixels)
    scale = max(min(scale, MAX_SIDE / max(size)), rule.min_side / min(size))
    width, height = (max(rule.min_side, int(side * scale)) for side in size)
    if upload_problem(rule, width, height) or max(width, height) > MAX_SIDE:
        return None
    return width, height


def _is_drawn_shape(engine: Engine, size: tuple[int, int], *, is_rounded: bool) -> bool:
    """Whether a picture is no longer than the longest of the engine's aspects.

    Of one that `is_rounded` the shorter side may have been almost a pixel longer.
    """
    longest = max((max(one) / min(one) for one in engine.aspects), default=math.inf)
    if is_rounded:
        return max(size) < longest * (min(size) + 1)
    return max(size) <= longest * min(size)


def _most_pixels(rule: Upload) -> int:
    return min(MAX_PIXELS, rule.max_pixels or MAX_PIXELS)


def _rule(engine: Engine, *, has_image: bool, has_mask: bool) -> Upload | None:
    """What holds for the picture, where it decides the shape of the result."""
    operation = OPERATIONS.get(engine.mask_endpoint if has_mask else engine.endpoint)
    if operation is None or not engine.is_rest or not (has_mask or has_image):
        return None
    rule = operation.fields.get("image")
    takes_aspect = "aspect_ratio" in operation.fields and "mode" not in operation.fields
    return rule if isinstance(rule, Upload) and not takes_aspect else None
