"""Several pictures on one sheet, each with its number, for messages that show one file.

Pillow is imported inside the functions, as in `media.verify`: the sheet is made in a worker.
"""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING

from media.errors import BadPicture, Reason
from media.marking.xmp import TRAINED, UNTRAINED, xmp_packet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image as Decoded

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PICTURES = 25
GROUND = (30, 31, 34)
INK = (255, 255, 255)
BADGE = (0, 0, 0, 170)
GAP_PX = 8
QUALITY = 90


def contact_sheet(pictures: Sequence[bytes], is_trained: bool, max_side_px: int = 2048) -> bytes:
    """A JPEG with the pictures in rows, numbered from 1, no side longer than `max_side_px`.

    `is_trained` says whether a trained model drew; the sheet is marked accordingly.

    Raises:
        BadPicture: one of them cannot be read.
        ValueError: there are none, or more than MAX_PICTURES.
    """
    from PIL import Image

    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise ValueError(f"{len(pictures)} pictures do not make a sheet")
    decoded = [_read(data) for data in pictures]
    columns, cell = _layout(decoded, max_side_px)
    rows = math.ceil(len(decoded) / columns)
    across, down = cell[0] + GAP_PX, cell[1] + GAP_PX
    sheet = Image.new("RGB", (columns * across + GAP_PX, rows * down + GAP_PX), GROUND)
    for place, picture in enumerate(decoded):
        row, column = divmod(place, columns)
        corner = (GAP_PX + column * across, GAP_PX + row * down)
        sheet.paste(_tile(picture, cell, place + 1), corner)
    buffer = BytesIO()
    mark = xmp_packet(TRAINED if is_trained else UNTRAINED).encode()
    sheet.save(buffer, "JPEG", quality=QUALITY, subsampling=0, xmp=mark)
    return buffer.getvalue()


def _read(data: bytes) -> Decoded:
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            return picture.convert("RGB")
    except Exception as error:
        raise BadPicture(Reason.BROKEN, type(error).__name__) from error


def _layout(pictures: Sequence[Decoded], max_side_px: int) -> tuple[int, tuple[int, int]]:
    """The number of columns that makes the sheet most square, and the size of a cell."""
    width = max(picture.width for picture in pictures)
    height = max(picture.height for picture in pictures)

    def long_side(columns: int) -> int:
        return max(columns * width, math.ceil(len(pictures) / columns) * height)

    columns = min(range(1, len(pictures) + 1), key=long_side)
    gaps = (max(columns, math.ceil(len(pictures) / columns)) + 1) * GAP_PX
    scale = min(1.0, (max_side_px - gaps) / long_side(columns))
    return columns, (max(1, int(width * scale)), max(1, int(height * scale)))


def _tile(picture: Decoded, cell: tuple[int, int], number: int) -> Decoded:
    from PIL import Image, ImageDraw, ImageFont, ImageOps

    tile = ImageOps.pad(picture, cell, Image.Resampling.LANCZOS, GROUND)
    size = max(14, min(cell) // 12)
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(tile, "RGBA")
    centre = (size, size)
    draw.circle(centre, size * 0.8, fill=BADGE)
    draw.text(centre, str(number), fill=INK, font=font, anchor="mm")
    return tile
