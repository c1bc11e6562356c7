"""From a given picture to its pixels, and from the enlarged pixels to the result."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from inference.backends.given_pictures import open_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.upscaling.order import UpscaleOrder

_COMPRESSION = 2
"""Detail hardly compresses: higher levels take three times as long for a few per cent."""


def given_pixels(order: UpscaleOrder) -> NDArray[np.uint8]:
    """The picture that the order is given: height × width × 3, RGB, transparency on white."""
    return np.asarray(open_picture(order.image, "RGB", order.size), dtype=np.uint8)


def result_png(pixels: NDArray[np.uint8], order: UpscaleOrder) -> bytes:
    """The enlarged pixels in the size that was asked for, as PNG without loss."""
    picture = Image.fromarray(pixels)
    if picture.size != (order.width, order.height):
        picture = picture.resize((order.width, order.height), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=_COMPRESSION)
    return buffer.getvalue()
