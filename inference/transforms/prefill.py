"""Fills the empty parts of a picture smoothly from what stands around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray


def prefill(pixels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture (height, width, 3) with the pixels where the mask is 0 filled.

    Each empty pixel takes the mean of the smallest neighbourhood in which there is anything, from a
    pyramid of halves; where the whole picture is empty it stays as it is.
    """
    known = (mask > 0).astype(np.float32)
    if known.all() or not known.any():
        return pixels
    filled = _fill(pixels.astype(np.float32) * known[..., None], known)
    return np.where(known[..., None] > 0, pixels, np.rint(filled)).astype(np.uint8)


def _fill(sums: NDArray[np.floating], weights: NDArray[np.floating]) -> NDArray[np.floating]:
    """Means of the weighted sums, those without weight from a picture of half the size."""
    means = sums / np.maximum(weights, np.float32(1e-9))[..., None]
    is_empty = weights <= 0
    if not is_empty.any():
        return means
    height, width = weights.shape
    half = (max(width // 2, 1), max(height // 2, 1))
    coarse = _fill(
        np.stack([_resized(sums[..., channel], half) for channel in range(3)], axis=-1),
        _resized(weights, half),
    )
    for channel in range(3):
        wide = _resized(coarse[..., channel], (width, height), Image.Resampling.BILINEAR)
        means[..., channel][is_empty] = wide[is_empty]
    return means


def _resized(
    plane: NDArray[np.floating],
    size: tuple[int, int],
    method: Image.Resampling = Image.Resampling.BOX,
) -> NDArray[np.floating]:
    return np.asarray(Image.fromarray(plane.astype(np.float32)).resize(size, method), np.float32)
