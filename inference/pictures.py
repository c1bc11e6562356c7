"""Looks at the init image and the mask before anything is painted over them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from generation.errors import BadRequest

if TYPE_CHECKING:
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
    size = _check(request.init_image, "image")
    if request.mask is None:
        return
    mask_size = _check(request.mask, "mask")
    if mask_size != size:
        raise BadRequest("mask", f"it is {_words(mask_size)}, but the image is {_words(size)}")


def _check(data: bytes, field: str) -> tuple[int, int]:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            size = picture.size
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
        reason = f"it cannot be read ({type(error).__name__}); send a whole PNG, JPEG or WebP"
        raise BadRequest(field, reason) from error
    return size


def _words(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
