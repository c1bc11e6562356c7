"""What is cut off of a picture to start from, whose shape is not that of the pictures to draw."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from commands.languages import marked, say_on_card

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine

    Size = tuple[int, int]

SAME_SHAPE = 0.02
"""How far two ratios may differ and still be one shape, as a difference of logarithms."""

MAX_UNASKED = 0.1
"""The part of a picture that is cut off without a question."""

CUT = marked("The picture to start from is cut to")
"""How the notice of a cut begins."""


def cut_of(
    start: Size | None, size: Size, engine: Engine, *, is_free: bool = False
) -> tuple[str, ...]:
    """That a picture to start from loses its edges, and how it keeps them; nothing where it does.

    `is_free` says that nobody named the shape that it is cut to.
    """
    if start is None or abs(_off(start, size)) <= SAME_SHAPE:
        return ()
    part = f"{_lost(start, size):.0%}"
    lost = (
        say_on_card("its sides are lost ({part} of it).", part=part)
        if _off(start, size) > 0
        else say_on_card("its top and bottom are lost ({part} of it).", part=part)
    )
    told = f"{say_on_card(CUT)} {size[0]}×{size[1]}; {lost}"
    return (f"{told} {_way_out(start, size, engine, is_free=is_free)}",)


def is_asked_about(start: Size | None, size: Size) -> bool:
    """Whether so much is cut off that a member is asked before."""
    return start is not None and _lost(start, size) > MAX_UNASKED


def _way_out(start: Size, size: Size, engine: Engine, *, is_free: bool) -> str:
    nearest = engine.size_for_shape(*start)
    if is_free or abs(_off(start, nearest)) >= abs(_off(start, size)):
        return say_on_card(
            "{engine} draws no shape nearer to its own; add a border to keep all of it.",
            engine=engine.id,
        )
    if abs(_off(start, nearest)) <= SAME_SHAPE:
        return say_on_card("Leave out size and aspect to keep all of it.")
    return say_on_card("Leave out size and aspect to keep more of it.")


def _off(start: Size, size: Size) -> float:
    """How much wider the picture is than the size, as a difference of logarithms."""
    return math.log(start[0] / start[1]) - math.log(size[0] / size[1])


def _lost(start: Size, size: Size) -> float:
    """The part of the picture that is outside of that shape, 0 to 1."""
    return 1 - math.exp(-abs(_off(start, size)))
