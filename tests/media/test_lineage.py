"""The drawn graph of results: as large as it has to be, with every picture in its box."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from media.lineage import (
    BOX_PX,
    GAP_PX,
    GROUND,
    INDENT_PX,
    MARGIN_PX,
    MUTED,
    ROW_PX,
    Box,
    Layout,
    Row,
    draw_lineage,
    lanes,
)
from tests.generation.image.scripted import png

RED = (200, 30, 30)


def opened(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as picture:
        picture.load()
        assert picture.format == "PNG"
        return picture


def plain(colour: tuple[int, int, int], size: tuple[int, int], kind: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def middle(lane: int, number: int) -> tuple[int, int]:
    """The middle of the box of a row, where each row has one."""
    half = BOX_PX // 2
    return (MARGIN_PX + lane * INDENT_PX + half, MARGIN_PX + number * ROW_PX + half)


def colour_at(picture: Image.Image, lane: int, number: int) -> str:
    """The colour in a lane at the height where the line to a row ends."""
    x = MARGIN_PX + lane * INDENT_PX + INDENT_PX // 2
    found = picture.getpixel((x, middle(0, number)[1]))
    assert isinstance(found, tuple)
    return "#" + "".join(f"{part:02x}" for part in found)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_each_picture_is_in_its_box(kind: str):
    rows = [
        Row("k3f9abcd", picture=plain((20, 20, 200), (300, 90), kind)),
        Row("", Box.HIDDEN, [0]),
        Row("q81jd9s0", Box.PICTURE, [1], plain(RED, (64, 256), kind), is_asked=True),
    ]
    tree = opened(draw_lineage(rows))
    found = tree.getpixel(middle(2, 2))
    assert isinstance(found, tuple)
    assert max(abs(one - other) for one, other in zip(found, RED, strict=True)) < 8
    assert tree.height == 2 * MARGIN_PX + 2 * ROW_PX + BOX_PX
    # What is private has a lock and no label beside it.
    right = tree.crop((MARGIN_PX + INDENT_PX + BOX_PX + 1, MARGIN_PX + ROW_PX, tree.width, 230))
    assert right.getcolors(maxcolors=2) is not None


def test_those_that_one_follows_from_have_lanes_of_their_own():
    assert lanes([[], [0], [1], [0]]) == [0, 1, 2, 1]
    # Two that are blended, one of them made of a third, and what was made of the blend.
    assert lanes([[], [0], [], [1, 2], [3], [3]]) == [0, 1, 2, 3, 4, 4]
    assert lanes([[], [], []]) == [0, 0, 0]


def test_lines_join_only_what_belongs_together():
    """The second row follows from the first, which has nothing to do with the third."""
    rows = [
        Row("first"),
        Row("second", Box.PICTURE, []),
        Row("third", Box.PICTURE, []),
        Row("of first and third", Box.PICTURE, [0, 2]),
        Row("of second", Box.PICTURE, [1]),
    ]
    tree = opened(draw_lineage(rows))
    assert lanes([row.parents for row in rows]) == [0, 1, 2, 3, 2]
    assert [colour_at(tree, lane, 3) for lane in range(3)] == [MUTED] * 3
    assert [colour_at(tree, lane, 4) for lane in range(2)] == [GROUND, MUTED]
    # The line from the first to the fourth breaks off beside that of the second.
    x, y = MARGIN_PX + INDENT_PX + INDENT_PX // 2, middle(0, 3)[1]
    beside = [tree.getpixel((x + away, y)) for away in (GAP_PX // 2, -GAP_PX // 2, GAP_PX + 2)]
    assert beside == [tuple(bytes.fromhex(one[1:])) for one in (GROUND, GROUND, MUTED)]


boxes = st.builds(
    Row,
    label=st.text("abcdefghijklmnopqrstuvwxyz0123456789+…", max_size=24),
    box=st.sampled_from([*Box, None]),
    picture=st.sampled_from([None, png(0, (64, 64))]),
    is_asked=st.booleans(),
)


@st.composite
def graphs(draw: st.DrawFn) -> list[Row]:
    rows = draw(st.lists(boxes, min_size=1, max_size=18))
    earlier = [draw(st.sets(st.integers(0, at - 1), max_size=4)) if at else () for at in range(18)]
    return [replace(row, parents=sorted(earlier[at])) for at, row in enumerate(rows)]


@settings(max_examples=25, deadline=None)
@given(graphs())
def test_any_graph_is_drawn(rows: list[Row]):
    tree = opened(draw_lineage(rows))
    assert tree.width <= 2 * MARGIN_PX + 18 * INDENT_PX + BOX_PX + 800
    assert tree.height <= 18 * ROW_PX + 2 * MARGIN_PX


@given(graphs())
def test_no_box_stands_on_a_line(rows: list[Row]):
    layout = Layout.of(rows)
    for number, end in enumerate(layout.ends):
        for passed in range(number + 1, end + 1):
            assert layout.lanes[passed] > layout.lanes[number]
