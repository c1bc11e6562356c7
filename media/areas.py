"""Masks of named areas: black where a picture may change, white where it is kept."""

from __future__ import annotations

from enum import StrEnum
from io import BytesIO

BLACK, WHITE = 0, 255


class Area(StrEnum):
    """A part of a picture that has a name; thirds are of its width or its height."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"
    CENTRE = "centre"
    """Half of the width and half of the height, in the middle."""
    BORDER = "border"
    """A frame of a sixth of the width and of the height at each side."""


def area_box(area: Area, width: int, height: int) -> tuple[int, int, int, int]:
    """The left, upper, right and lower edge of an area in pixels; of the border, its inside."""
    across = [round(width * part / 3) for part in range(4)]
    down = [round(height * part / 3) for part in range(4)]
    match area:
        case Area.LEFT:
            return 0, 0, across[1], height
        case Area.MIDDLE:
            return across[1], 0, across[2], height
        case Area.RIGHT:
            return across[2], 0, width, height
        case Area.TOP:
            return 0, 0, width, down[1]
        case Area.BOTTOM:
            return 0, down[2], width, height
        case Area.CENTRE:
            return width // 4, height // 4, width - width // 4, height - height // 4
        case Area.BORDER:
            return width // 6, height // 6, width - width // 6, height - height // 6


def area_mask(area: Area, width: int, height: int) -> bytes:
    """The mask of an area as a grey PNG of that size in pixels, with hard edges.

    It is meant for a worker process, as all work on pictures is.
    """
    # Imported here, so that whoever only names an area does not pay for Pillow.
    from PIL import Image

    is_outside = area is Area.BORDER
    mask = Image.new("L", (width, height), BLACK if is_outside else WHITE)
    mask.paste(WHITE if is_outside else BLACK, area_box(area, width, height))
    buffer = BytesIO()
    mask.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
