"""How large a picture is while it is edited, and where it lies in the result."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.edit.layout import layout_of, usual_sides
from generation.catalogue.catalogue import load
from generation.edits import NO_SIDES
from generation.errors import BadRequest

KNOWN = load()
PAINTER, SDXL, REST = (
    KNOWN.get(name)
    for name in ("atelier-painter-edit", "stable-diffusion-xl-1024-v1-0", "edit-outpaint")
)
length, side = st.integers(300, 3000), st.integers(0, 1500)


@given(st.tuples(length, length), st.tuples(side, side, side, side))
def test_a_free_engine_keeps_the_shape_within_its_pixels(
    size: tuple[int, int], sides: tuple[int, int, int, int]
):
    layout = layout_of(PAINTER, size, sides)
    whole = (size[0] + sides[0] + sides[1], size[1] + sides[2] + sides[3])
    assert PAINTER.size_problem(*layout.result) is None
    if math.prod(whole) <= PAINTER.max_pixels and max(whole) <= PAINTER.max_side:
        assert (layout.size, layout.sides) == (size, sides)
        assert not layout.notices(size)
    else:
        assert layout.notices(size)
        assert layout.size[0] / layout.size[1] == pytest.approx(size[0] / size[1], rel=0.02)


@given(st.tuples(length, length), st.tuples(side, side, side, side))
def test_an_engine_with_sizes_draws_one_of_them(
    size: tuple[int, int], sides: tuple[int, int, int, int]
):
    layout = layout_of(SDXL, size, sides)
    assert SDXL.size_problem(*layout.result) is None
    assert min(layout.sides) >= 0
    # A side that nobody named does not grow where the other one does.
    for first, second in ((0, 1), (2, 3)):
        if sides[first] and not sides[second]:
            assert layout.sides[second] == 0
        if not sides[first] and not sides[second]:
            assert layout.sides[first] == layout.sides[second] == 0


def test_the_usual_is_a_quarter_at_each_side():
    layout = layout_of(SDXL, (1024, 1024), usual_sides((1024, 1024)))
    assert layout.size[0] * 1.5 == pytest.approx(layout.result[0], rel=0.02)
    assert layout.sides[0] == pytest.approx(layout.sides[1], abs=1)
    assert layout.sides[2] == pytest.approx(layout.sides[3], abs=1)


def test_what_the_service_does_not_take_is_said_before():
    with pytest.raises(BadRequest, match="longer than"):
        layout_of(REST, (1000, 300), (64, 0, 0, 0))
    with pytest.raises(BadRequest, match="below 64"):
        layout_of(PAINTER, (40, 40), NO_SIDES)
