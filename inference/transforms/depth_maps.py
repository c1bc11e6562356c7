"""Depth maps: of what a model says how near things are, how far away each is beside the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generation.errors import BadRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.transforms.orders import DepthCalculation

    Floats = NDArray[np.float32]

FLAT = 0.5
"""The depth of a picture in which everything is equally far away."""


def floats(data: bytes, size: tuple[int, int]) -> Floats:
    """Floats of 32 bits, little endian, as rows (height, width)."""
    return np.frombuffer(data, dtype="<f4").reshape(size[1], size[0])


def read_depth_map(data: bytes, size: tuple[int, int]) -> Floats:
    """The depth map of a tensor.

    Raises:
        BadRequest: it holds values that are no depths from 0 to 1.
    """
    depths = floats(data, size)
    # "not (a <= x <= b)" also refuses NaN.
    if not (depths.min() >= 0 and depths.max() <= 1):
        raise BadRequest("tensor", "a depth in it is not from 0 to 1; send what depth_calc made")
    return depths


def calculate_depths(nearness: Floats, order: DepthCalculation) -> Floats:
    """The depth map of how near things are: 0 is the nearest thing of the picture, 1 the farthest.

    As MiDaS does it, in proportion to inverse distances, so that a plane stays one.
    """
    nearest, farthest = nearness.max(), nearness.min()
    if nearest == farthest:
        return np.full_like(nearness, FLAT)
    depths = blur((nearest - nearness) / (nearest - farthest), order.blur_radius)
    return 1 - depths if order.is_reversed else depths


def blur(plane: Floats, radius: int) -> Floats:
    """The plane after OpenCV's GaussianBlur of 2 · radius + 1 pixels, mirrored at its edges."""
    if not radius:
        return plane
    deviation = 0.3 * (radius - 1) + 0.8
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-(offsets**2) / (2 * deviation**2))
    weights = (weights / weights.sum()).astype(np.float32)
    for _ in ("down", "across"):
        length = len(plane)
        padded = plane[_mirrored(length, radius)]
        total = np.zeros_like(plane)
        for start, weight in enumerate(weights):
            total += weight * padded[start : start + length]
        plane = np.ascontiguousarray(total.T)
    return np.clip(plane, 0, 1)


def _mirrored(length: int, radius: int) -> NDArray[np.int64]:
    """Indices from -radius to length + radius, mirrored at the first and the last."""
    period = max(2 * (length - 1), 1)
    there = np.arange(-radius, length + radius) % period
    return np.minimum(there, period - there) if length > 1 else np.zeros_like(there)
