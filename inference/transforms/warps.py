"""Pictures moved by a matrix, sampled bilinearly like OpenCV's warpPerspective."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generation.errors import BadRequest
from inference.transforms.orders import Border
from inference.transforms.prefill import prefill

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.transforms.orders import Warp

    Pixels = NDArray[np.uint8]
    Floats = NDArray[np.floating]

ROWS_AT_ONCE = 64
"""A picture is made in bands, so that its coordinates need little memory."""

MAX_CONDITION = 1e12
"""What is worse conditioned has no inverse that could be relied on."""

FAR = float(1 << 30)
"""Coordinates beyond it are no different from it."""


def warp(pixels: Pixels, order: Warp) -> tuple[Pixels, Pixels]:
    """The moved picture (height, width, 3), and a mask (height, width) of what is really there.

    The mask is 255 where the picture comes from the given one and 0 where the border stands.

    Raises:
        BadRequest: one of the two matrices has no inverse.
    """
    height, width = pixels.shape[:2]
    back = np.linalg.inv(_pixel_matrix(order, width, height))
    out = np.empty_like(pixels)
    mask = np.empty((height, width), np.uint8)
    for top in range(0, height, ROWS_AT_ONCE):
        band = slice(top, min(top + ROWS_AT_ONCE, height))
        rows, columns = np.mgrid[band, 0:width].astype(np.float64)
        x, y, is_seen = sources(back, columns, rows, in_front=not order.in_pixels)
        out[band] = sample(pixels, x, y, order.border)
        inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
        mask[band] = np.where(is_seen & inside, 255, 0)
        if order.border is Border.ZERO:
            out[band][~is_seen] = 0
    return (prefill(out, mask) if order.border is Border.PREFILL else out), mask


def _pixel_matrix(order: Warp, width: int, height: int) -> Floats:
    before, after = np.asarray(order.before, np.float64), np.asarray(order.after, np.float64)
    for name, given in (("prev_transform", before), ("transform", after)):
        if not np.linalg.cond(given) < MAX_CONDITION:
            raise BadRequest(name, "the matrix flattens the picture to nothing; send another")
    matrix = after @ np.linalg.inv(before)
    if order.in_pixels:
        return matrix
    to_plane = plane_of_pixels(width, height)
    return np.linalg.inv(to_plane) @ matrix @ to_plane


def plane_of_pixels(width: int, height: int) -> Floats:
    """From pixels to the plane whose middle is (0, 0) and where half the height is 1; 3×3."""
    half = height / 2
    return np.array(
        [[1 / half, 0, (0.5 - width / 2) / half], [0, 1 / half, 0.5 / half - 1], [0, 0, 1]]
    )


def sources(
    back: Floats, columns: Floats, rows: Floats, *, in_front: bool
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Where each of the pixels comes from (x, y), and whether it comes from anywhere."""
    x, y, w = (back[row, 0] * columns + back[row, 1] * rows + back[row, 2] for row in range(3))
    is_seen = w > 0 if in_front else w != 0
    share = np.divide(1.0, w, out=np.zeros_like(w), where=is_seen)
    return np.clip(x * share, -FAR, FAR), np.clip(y * share, -FAR, FAR), is_seen


def sample(pixels: Pixels, x: Floats, y: Floats, border: Border) -> Pixels:
    """The colours at those places of a picture, bilinearly."""
    left, top = np.floor(x), np.floor(y)
    across, down = (x - left)[..., None], (y - top)[..., None]

    def tap(dx: int, dy: int) -> Floats:
        return _tap(pixels, left.astype(np.int64) + dx, top.astype(np.int64) + dy, border)

    upper = tap(0, 0) * (1 - across) + tap(1, 0) * across
    lower = tap(0, 1) * (1 - across) + tap(1, 1) * across
    return np.rint(upper * (1 - down) + lower * down).astype(np.uint8)


def _tap(pixels: Pixels, x: NDArray[np.int64], y: NDArray[np.int64], border: Border) -> Floats:
    height, width = pixels.shape[:2]
    found = pixels[_within(y, height, border), _within(x, width, border)].astype(np.float64)
    if border is Border.ZERO:
        found[(x < 0) | (x >= width) | (y < 0) | (y >= height)] = 0
    return found


def _within(index: NDArray[np.int64], size: int, border: Border) -> NDArray[np.int64]:
    """The index of the row or column that stands there."""
    if border is Border.WRAP:
        return index % size
    if border is Border.REFLECT:
        there = index % (2 * size)
        return np.minimum(there, 2 * size - 1 - there)
    return np.clip(index, 0, size - 1)
