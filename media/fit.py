"""A picture brought to one of the sizes that films are made from.

Pillow is imported inside the functions, as in `media.verify`: the work is done in a worker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING

from media.marking.xmp import xmp_packet
from media.verify import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image as Decoded

    from media.verify import Flat

VIDEO_SIZES = ((1024, 576), (576, 1024), (768, 768))
"""Width × height in pixels, as the image-to-video API takes them."""

PREVIEW_PX = 640
"""The longer side of a preview."""

BLUR_SHARE = 24
"""The blur of the borders, as a divisor of the short side."""


class Fit(StrEnum):
    """What to do with a picture whose shape is not that of the film."""

    CROP = "crop"
    PAD = "pad"
    STRETCH = "stretch"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A PNG of a film's size; `is_changed` says whether the shape was not its own before."""

    png: bytes = field(repr=False)
    width: int
    height: int
    is_changed: bool


def nearest_video_size(
    width: int, height: int, sizes: Sequence[tuple[int, int]] = VIDEO_SIZES
) -> tuple[int, int]:
    """Of films' sizes the one whose shape is nearest to a picture's of that size in pixels."""
    ratio = math.log(max(1, width) / max(1, height))
    return min(sizes, key=lambda size: abs(math.log(size[0] / size[1]) - ratio))


def fit_for_video(
    data: bytes,
    fit: Fit,
    size: tuple[int, int] | None = None,
    sizes: Sequence[tuple[int, int]] = VIDEO_SIZES,
) -> Fitted:
    """An upload as PNG of the size given, else of the nearest of a film's sizes.

    CROP cuts what is too much on both sides, PAD shows all of it before its own blurred and
    enlarged copy, STRETCH changes its shape.

    Raises:
        BadPicture: it cannot be read wholly, or is too large.
    """
    from PIL import Image

    flat = decode(data)
    seen = flat.picture.size
    target = size or nearest_video_size(*seen, sizes)
    inner = _inside(*seen, target)
    if fit is Fit.CROP or inner == target:
        made = flat.fitted(*target)
    elif fit is Fit.PAD:
        made = _padded(flat, inner, target)
    else:
        # Enlarged in its own shape first, so that nothing is cut off.
        made = flat.fitted(*inner).resize(target, Image.Resampling.LANCZOS)
    return Fitted(_png(made), *target, is_changed=inner != target)


def preview(png: bytes, source_type: str | None = None) -> bytes:
    """A small JPEG that stands for a film until there is one.

    `source_type` is the mark, one of IPTC's URLs, of a picture that was made by a machine.

    Raises:
        BadPicture: it cannot be read wholly, or is too large.
    """
    from PIL import Image

    small = decode(png).picture
    small.thumbnail((PREVIEW_PX, PREVIEW_PX), Image.Resampling.LANCZOS)
    # Pillow would write a comment that it has read.
    small.info.clear()
    mark = {"xmp": xmp_packet(source_type).encode()} if source_type else {}
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=85, optimize=True, **mark)
    return buffer.getvalue()


def _inside(width: int, height: int, target: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the picture's own shape within the target."""
    scale = min(target[0] / width, target[1] / height)
    return (
        min(target[0], max(1, round(width * scale))),
        min(target[1], max(1, round(height * scale))),
    )


def _padded(flat: Flat, inner: tuple[int, int], target: tuple[int, int]) -> Decoded:
    from PIL import ImageFilter

    sheet = flat.fitted(*target).filter(ImageFilter.GaussianBlur(min(target) / BLUR_SHARE))
    place = ((target[0] - inner[0]) // 2, (target[1] - inner[1]) // 2)
    sheet.paste(flat.fitted(*inner), place)
    return sheet


def _png(picture: Decoded) -> bytes:
    picture.info.clear()
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
