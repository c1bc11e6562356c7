"""The drawn tree of results: as large as it has to be, with every picture in its box."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from media.lineage import BOX_PX, INDENT_PX, MARGIN_PX, ROW_PX, Box, Row, draw_lineage
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


def middle(depth: int, number: int) -> tuple[int, int]:
    """The middle of the box of a row, where each row has one."""
    half = BOX_PX // 2
    return (MARGIN_PX + depth * INDENT_PX + half, MARGIN_PX + number * ROW_PX + half)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_each_picture_is_in_the_box_of_its_depth(kind: str):
    rows = [
        Row(0, "k3f9abcd", picture=plain((20, 20, 200), (300, 90), kind)),
        Row(1, "", Box.HIDDEN),
        Row(2, "q81jd9s0", picture=plain(RED, (64, 256), kind), is_asked=True),
    ]
    tree = opened(draw_lineage(rows))
    found = tree.getpixel(middle(2, 2))
    assert isinstance(found, tuple)
    assert max(abs(one - other) for one, other in zip(found, RED, strict=True)) < 8
    assert tree.height == 2 * MARGIN_PX + 2 * ROW_PX + BOX_PX
    # What is private has a lock and no label beside it.
    right = tree.crop((MARGIN_PX + INDENT_PX + BOX_PX + 1, MARGIN_PX + ROW_PX, tree.width, 230))
    assert right.getcolors(maxcolors=2) is not None


boxes = st.builds(
    Row,
    depth=st.integers(0, 8),
    label=st.text("abcdefghijklmnopqrstuvwxyz0123456789+…", max_size=24),
    box=st.sampled_from([*Box, None]),
    picture=st.sampled_from([None, png(0, (64, 64))]),
    is_asked=st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=16))
def test_any_tree_is_drawn(rows: list[Row]):
    tree = opened(draw_lineage(rows))
    assert tree.width <= 1600
    assert tree.height <= 16 * ROW_PX + 2 * MARGIN_PX
