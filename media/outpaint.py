"""A picture on a larger canvas, for engines that draw through a mask."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Decoded

OVERLAP_PX = 8
"""So much of the picture's edge may change as well, so that no seam is seen."""

BLACK, WHITE = 0, 255


@dataclass(frozen=True, slots=True)
class Extended:
    """The canvas and its mask as PNGs of one size: black where there was no picture."""

    png: bytes = field(repr=False)
    mask: bytes = field(repr=False)


def extend(png: bytes, sides: tuple[int, int, int, int]) -> Extended:
    """The picture with its mirror image beyond its edges, as a start; `sides` are left, right, up
    and down in pixels.

    It is meant for a worker process, as all work on pictures is.
    """
    # Imported here, so that whoever only names it does not pay for Pillow.
    from PIL import Image

    left, right, up, down = sides
    with Image.open(BytesIO(png), formats=("PNG",)) as opened:
        picture = opened.convert("RGB")
    width, height = picture.size
    canvas = Image.new("RGB", (width + left + right, height + up + down))
    _tile(canvas, picture, left, up)
    mask = Image.new("L", canvas.size, BLACK)
    near = [OVERLAP_PX if side else 0 for side in sides]
    kept = (left + near[0], up + near[2], left + width - near[1], up + height - near[3])
    mask.paste(WHITE, kept)
    return Extended(_png(canvas), _png(mask))


def _tile(canvas: Decoded, picture: Decoded, left: int, up: int) -> None:
    """Fill the canvas with the picture, turned over at each of its edges."""
    from PIL import Image

    width, height = picture.size
    for row in range(-(up // height) - 1, (canvas.height - up) // height + 1):
        for column in range(-(left // width) - 1, (canvas.width - left) // width + 1):
            tile = picture
            if column % 2:
                tile = tile.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            if row % 2:
                tile = tile.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
            canvas.paste(tile, (left + column * width, up + row * height))


def _png(picture: Decoded) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
