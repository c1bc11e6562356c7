"""How large a picture is while it is edited, and where it lies in what it becomes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands.languages import say_on_card
from generation.catalogue.engine import EDIT
from generation.edits import NO_SIDES
from generation.errors import BadRequest
from generation.stability.check import upload_problem
from generation.stability.fields import Upload
from generation.stability.operations import OPERATIONS

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine
    from generation.edits import Sides

    Size = tuple[int, int]

QUARTER = 4
"""Where no side is named, a picture grows by this part of its width and height at each side."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The size that a picture is brought to and the pixels that it grows by; all in pixels."""

    size: Size
    sides: Sides = NO_SIDES

    @property
    def result(self) -> Size:
        """The size of the result."""
        left, right, up, down = self.sides
        return self.size[0] + left + right, self.size[1] + up + down

    def notices(self, seen: Size) -> tuple[str, ...]:
        """That the picture is made smaller, where it is."""
        if self.size[0] * self.size[1] >= seen[0] * seen[1]:
            return ()
        before, after = "{}×{}".format(*seen), "{}×{}".format(*self.size)
        return (
            say_on_card(
                "The picture is made smaller, from {before} to {after}.", before=before, after=after
            ),
        )


def usual_sides(size: Size) -> Sides:
    """A quarter more at each side."""
    across, down = max(1, size[0] // QUARTER), max(1, size[1] // QUARTER)
    return across, across, down, down


def layout_of(engine: Engine, size: Size, sides: Sides) -> Layout:
    """How the engine takes a picture of that size which grows by those sides.

    Raises:
        BadRequest: it takes none of that size; with its limits.
    """
    layout = _freely(engine, size, sides) if engine.kind == EDIT else _fitted(engine, size, sides)
    if engine.kind == EDIT and (problem := engine.size_problem(*layout.result)):
        raise BadRequest("image", problem)
    if engine.is_rest:
        _check_upload(engine, layout.size)
    return layout


def _freely(engine: Engine, size: Size, sides: Sides) -> Layout:
    """The picture as it is, or smaller, so that the result is as large as it may be."""
    whole = Layout(size, sides)
    scale = min(
        math.sqrt(engine.max_pixels / math.prod(whole.result)),
        engine.max_side / max(whole.result),
    )
    if scale >= 1:
        return whole
    left, right, up, down = (int(side * scale) for side in sides)
    return Layout((int(size[0] * scale), int(size[1] * scale)), (left, right, up, down))


def _fitted(engine: Engine, size: Size, sides: Sides) -> Layout:
    """The picture in a result of one of the engine's sizes; what is left over goes to the sides."""
    if sides == NO_SIDES:
        is_kept = engine.size_problem(*size) is None
        return Layout(size if is_kept else engine.nearest_size(*size))
    left, right, up, down = sides
    whole = Layout(size, sides).result
    width, height = engine.nearest_size(*whole)
    scale = min(width / whole[0], height / whole[1])
    across = round(size[0] * scale) if left or right else width
    along = round(size[1] * scale) if up or down else height
    first, above = _shared(width - across, left, right), _shared(height - along, up, down)
    return Layout((across, along), (first, width - across - first, above, height - along - above))


def _shared(pixels: int, first: int, second: int) -> int:
    """How many of so many pixels the first side has, by what was asked for."""
    return round(pixels * first / (first + second)) if first + second else 0


def _check_upload(engine: Engine, size: Size) -> None:
    rule = OPERATIONS[engine.endpoint].fields.get("image")
    problem = upload_problem(rule, *size) if isinstance(rule, Upload) else None
    if problem:
        raise BadRequest("image", problem)
