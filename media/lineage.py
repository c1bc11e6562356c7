"""The tree of results that follow from one another, drawn as a PNG.

Pillow is imported inside the functions, as in `media.verify`: the work is done in a worker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

MIN_WIDTH_PX = 640
MARGIN_PX, INDENT_PX = 28, 84
BOX_PX, ROW_PX, LINE_PX = 120, 144, 64
"""The side of a box, and the heights of a row with one and of a row with text alone."""

FONT_PX = 40
CORNER_PX, STROKE_PX = 14, 5
GROUND, FILLED = "#2b2d31", "#383a40"
INK, MUTED, ACCENT = "#f2f3f5", "#a3a6ad", "#7c8cf8"


class Box(StrEnum):
    """What the box of a result shows where it has no picture."""

    PICTURE = "picture"
    HIDDEN = "hidden"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Row:
    """A result of the tree, at that depth: its label, and its picture as PNG or JPEG.

    One with a label alone has no box: it says what is left out.
    """

    depth: int
    label: str
    box: Box | None = Box.PICTURE
    picture: bytes | None = field(default=None, repr=False)
    is_asked: bool = False


def draw_lineage(rows: Sequence[Row]) -> bytes:
    """A PNG: each result below what it follows from, further to the right."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(FONT_PX)
    assert isinstance(font, ImageFont.FreeTypeFont)
    tops = _tops(rows)
    width = max(_left(row) + round(font.getlength(row.label)) for row in rows) + MARGIN_PX
    height = tops[-1] + 2 * MARGIN_PX - (ROW_PX - BOX_PX)
    sheet = Image.new("RGB", (max(width, MIN_WIDTH_PX), height), GROUND)
    draw = ImageDraw.Draw(sheet)
    for number, row in enumerate(rows):
        left, top = MARGIN_PX + row.depth * INDENT_PX, MARGIN_PX + tops[number]
        _draw_branch(draw, rows, tops, number)
        if row.box is not None:
            _draw_box(draw, row, left, top)
            if row.picture is not None:
                _paste(sheet, row.picture, left, top)
            _outline(draw, row, left, top)
        colour = ACCENT if row.is_asked else MUTED if row.box is None else INK
        draw.text((_left(row), top + _middle(row)), row.label, colour, font, anchor="lm")
    buffer = BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _tops(rows: Sequence[Row]) -> list[int]:
    """Where each row begins, and where the last one ends."""
    tops = [0]
    for row in rows:
        tops.append(tops[-1] + _height(row))
    return tops


def _height(row: Row) -> int:
    return LINE_PX if row.box is None else ROW_PX


def _middle(row: Row) -> int:
    """How far below the top of a row its branch ends."""
    return (LINE_PX if row.box is None else BOX_PX) // 2


def _left(row: Row) -> int:
    """Where the label of a row begins."""
    beside = 14 if row.box is None else BOX_PX + 24
    return MARGIN_PX + row.depth * INDENT_PX + beside


def _draw_branch(draw: ImageDraw, rows: Sequence[Row], tops: Sequence[int], number: int) -> None:
    """The line from what a result follows from."""
    row = rows[number]
    above = (one for one in range(number - 1, -1, -1) if rows[one].depth < row.depth)
    parent = next(above, None)
    if parent is None:
        return
    start = MARGIN_PX + tops[parent] + (LINE_PX if rows[parent].box is None else BOX_PX)
    left = MARGIN_PX + rows[parent].depth * INDENT_PX + INDENT_PX // 2
    middle = MARGIN_PX + tops[number] + _middle(row)
    right = MARGIN_PX + row.depth * INDENT_PX
    draw.line([(left, start), (left, middle), (right, middle)], fill=MUTED, width=STROKE_PX - 1)


def _draw_box(draw: ImageDraw, row: Row, left: int, top: int) -> None:
    right, bottom = left + BOX_PX - 1, top + BOX_PX - 1
    draw.rounded_rectangle((left, top, right, bottom), CORNER_PX, FILLED)
    middle = left + BOX_PX // 2
    if row.box is Box.HIDDEN:
        shackle = (middle - 16, top + 28, middle + 16, top + 72)
        draw.arc(shackle, 180, 360, MUTED, STROKE_PX + 1)
        for side in (middle - 14, middle + 14):
            draw.line([(side, top + 48), (side, top + 58)], MUTED, STROKE_PX + 1)
        draw.rounded_rectangle((middle - 27, top + 56, middle + 27, top + 94), 6, MUTED)
    elif row.picture is None:
        side = top + BOX_PX // 2
        draw.ellipse((middle - 26, side - 26, middle + 26, side + 26), None, MUTED, STROKE_PX)
        draw.line([(middle - 18, side + 18), (middle + 18, side - 18)], MUTED, STROKE_PX)


def _outline(draw: ImageDraw, row: Row, left: int, top: int) -> None:
    if row.is_asked:
        around = (left - 5, top - 5, left + BOX_PX + 4, top + BOX_PX + 4)
        draw.rounded_rectangle(around, CORNER_PX + 4, None, ACCENT, STROKE_PX)


def _paste(sheet: Image, picture: bytes, left: int, top: int) -> None:
    """The middle of a picture, with round corners."""
    from PIL import Image, ImageDraw, ImageOps

    size = (BOX_PX, BOX_PX)
    with Image.open(BytesIO(picture)) as opened:
        fitted = ImageOps.fit(opened.convert("RGB"), size, Image.Resampling.LANCZOS)
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, BOX_PX - 1, BOX_PX - 1), CORNER_PX, 255)
    sheet.paste(fitted, (left, top), mask)
