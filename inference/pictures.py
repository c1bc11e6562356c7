"""Looks at given pictures before anything is made of them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from generation.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.request import ImageRequest

FORMATS = ("PNG", "JPEG", "WEBP")
"""What may be sent; everything else that Pillow knows stays shut."""
MAX_PIXELS = 1 << 24
"""The largest picture that is decoded."""


def check_pictures(request: ImageRequest) -> None:
    """Decode the request's init image and mask wholly; takes time, so not on the event loop.

    Raises:
        BadRequest: one is no whole picture, is too large, or they differ in size.
    """
    if request.init_image is None:
        return
    size = check_picture(request.init_image, "image")
    if request.mask is None:
        return
    mask_size = check_picture(request.mask, "mask")
    if mask_size != size:
        raise BadRequest("mask", f"it is {_words(mask_size)}, but the image is {_words(size)}")


def check_picture(
    data: bytes,
    field: str,
    formats: tuple[str, ...] = FORMATS,
    sizes: Sequence[tuple[int, int]] = (),
) -> tuple[int, int]:
    """Decode a picture wholly; its size in pixels, which is one of `sizes` where any are given.

    Raises:
        BadRequest: it is no whole picture of those formats, is too large, or has another size.
    """
    try:
        with Image.open(BytesIO(data), formats=formats) as picture:
            size = picture.size
            if sizes and size not in sizes:
                allowed = ", ".join(map(_words, sizes))
                raise BadRequest(field, f"it is {_words(size)}; send one of {allowed} pixels")
            if size[0] * size[1] > MAX_PIXELS:
                # Before decoding: a header costs its sender nothing, the pixels cost us memory.
                raise BadRequest(field, f"{_words(size)} has more than {MAX_PIXELS:,} pixels")
            picture.load()
    except BadRequest:
        raise
    except Image.DecompressionBombError as error:
        raise BadRequest(field, f"it has more than {MAX_PIXELS:,} pixels") from error
    except Exception as error:
        # Decoders of hostile bytes raise whatever they like.
        names = " or ".join((", ".join(formats[:-1]), formats[-1]))
        reason = f"it cannot be read ({type(error).__name__}); send a whole {names}"
        raise BadRequest(field, reason) from error
    return size


def _words(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
