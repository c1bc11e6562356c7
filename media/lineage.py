"""The graph of results that follow from one another, drawn as a PNG.

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
GAP_PX = 14
"""Of a line to each side of another one that it crosses."""

GROUND, FILLED = "#2b2d31", "#383a40"
INK, MUTED, ACCENT = "#f2f3f5", "#a3a6ad", "#7c8cf8"


class Box(StrEnum):
    """What the box of a result shows where it has no picture."""

    PICTURE = "picture"
    HIDDEN = "hidden"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Row:
    """A result: its label, and its picture as PNG or JPEG; it follows from those earlier rows.

    One with a label alone has no box: it says what is left out.
    """

    label: str
    box: Box | None = Box.PICTURE
    parents: Sequence[int] = ()
    picture: bytes | None = field(default=None, repr=False)
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows stand: their tops in pixels, and the lanes that their boxes begin in.

    The line from a result goes down its own lane to `ends`, the last of those that follow from it.
    """

    rows: Sequence[Row]
    tops: Sequence[int]
    lanes: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Layout:
        """Each row below the one before it."""
        tops = [MARGIN_PX]
        for row in rows:
            tops.append(tops[-1] + (LINE_PX if row.box is None else ROW_PX))
        parents = [row.parents for row in rows]
        return cls(rows, tops, lanes(parents), _ends(parents))

    def left(self, number: int) -> int:
        """Where a row begins."""
        return MARGIN_PX + self.lanes[number] * INDENT_PX

    def text_left(self, number: int) -> int:
        """Where the label of a row begins."""
        return self.left(number) + (14 if self.rows[number].box is None else BOX_PX + 24)

    def line_x(self, number: int) -> int:
        """Where the line goes down from a row."""
        return self.left(number) + INDENT_PX // 2

    def middle(self, number: int) -> int:
        """Where the line to a row ends."""
        return self.tops[number] + self._height(number) // 2

    def bottom(self, number: int) -> int:
        """Where the line from a row begins."""
        return self.tops[number] + self._height(number)

    def crossed(self, number: int) -> Sequence[int]:
        """The rows whose lines pass the line to a row that does not follow from them."""
        parents = self.rows[number].parents
        first = min((self.lanes[parent] for parent in parents), default=0)
        return [
            other
            for other in range(number)
            if self.ends[other] > number and other not in parents and self.lanes[other] > first
        ]

    def _height(self, number: int) -> int:
        return LINE_PX if self.rows[number].box is None else BOX_PX


def lanes(parents: Sequence[Sequence[int]]) -> list[int]:
    """How far to the right each result stands, given the earlier ones that it follows from.

    It is right of every line that passes it, so no two lines share a lane at one height.
    """
    ends = _ends(parents)
    found: list[int] = []
    for number in range(len(parents)):
        passing = (lane for other, lane in enumerate(found) if ends[other] >= number)
        found.append(max(passing, default=-1) + 1)
    return found


def _ends(parents: Sequence[Sequence[int]]) -> list[int]:
    """The last of those that follow from each result; 0 of one that nothing follows from."""
    ends = [0] * len(parents)
    for number, several in enumerate(parents):
        for parent in several:
            ends[parent] = number
    return ends


def draw_lineage(rows: Sequence[Row]) -> bytes:
    """A PNG: each result below all that it follows from, further to the right, joined by lines."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(FONT_PX)
    assert isinstance(font, ImageFont.FreeTypeFont)
    layout = Layout.of(rows)
    ends = (layout.text_left(at) + round(font.getlength(row.label)) for at, row in enumerate(rows))
    height = layout.tops[-1] + MARGIN_PX - (ROW_PX - BOX_PX)
    sheet = Image.new("RGB", (max(max(ends) + MARGIN_PX, MIN_WIDTH_PX), height), GROUND)
    draw = ImageDraw.Draw(sheet)
    _draw_lines(draw, layout)
    for number, row in enumerate(rows):
        left, top = layout.left(number), layout.tops[number]
        if row.box is not None:
            _draw_box(draw, row, left, top)
            if row.picture is not None:
                _paste(sheet, row.picture, left, top)
            _outline(draw, row, left, top)
        colour = ACCENT if row.is_asked else MUTED if row.box is None else INK
        place = (layout.text_left(number), layout.middle(number))
        draw.text(place, row.label, colour, font, anchor="lm")
    buffer = BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw_lines(draw: ImageDraw, layout: Layout) -> None:
    """The lines from each result to those that follow from it; where they only cross is a gap."""
    width = STROKE_PX - 1
    for number, row in enumerate(layout.rows):
        if row.parents:
            middle = layout.middle(number)
            first = min(map(layout.line_x, row.parents)) - width // 2
            draw.line([(first, middle), (layout.left(number), middle)], MUTED, width)
            for x in map(layout.line_x, layout.crossed(number)):
                draw.line([(x - GAP_PX, middle), (x + GAP_PX, middle)], GROUND, width)
    for number, end in enumerate(layout.ends):
        if end:
            x = layout.line_x(number)
            draw.line([(x, layout.bottom(number)), (x, layout.middle(end))], MUTED, width)


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
