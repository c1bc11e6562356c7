"""The painter's way to upscale: Lanczos and a little sharpening, without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from inference.backends.backend import DrawContext
from inference.upscaling.pictures import given_pixels, result_png
from inference.upscaling.tile_size import Tiling
from inference.upscaling.tiles import enlarge_in_tiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from inference.upscaling.order import UpscaleOrder

_TILING = Tiling(side_px=512, overlap_px=16)
"""The overlap is more than filter and sharpening reach."""
_SHARPENING_PERCENT, _THRESHOLD = 60, 2


def upscale(order: UpscaleOrder, is_stopped: Callable[[], bool]) -> bytes:
    """The picture of the order, larger, as PNG.

    Raises:
        Stopped: is_stopped said so while it was worked on.
    """

    def enlarge(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        picture = Image.fromarray(pixels)
        width, height = picture.size
        size = (width * order.factor, height * order.factor)
        larger = picture.resize(size, Image.Resampling.LANCZOS)
        sharpening = ImageFilter.UnsharpMask(order.factor, _SHARPENING_PERCENT, _THRESHOLD)
        return np.asarray(larger.filter(sharpening), dtype=np.uint8)

    larger = enlarge_in_tiles(
        given_pixels(order), order.factor, _TILING, enlarge, DrawContext(is_stopped)
    )
    return result_png(larger, order)
