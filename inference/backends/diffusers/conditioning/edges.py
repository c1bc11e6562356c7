"""Canny's edges of a picture, as OpenCV's `Canny(picture, 100, 200)` draws them.

ControlNets of the kind canny were trained on these: gradients by Sobel of 3 × 3 with the norm
|gx| + |gy|, of each pixel those of the channel where they are largest; only ridges stay, and of
these the strong ones and what hangs together with them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

ndimage: Any = import_module("scipy.ndimage")

WEAK, STRONG = 100, 200
"""From which gradients on a ridge may be part of an edge, and makes one."""

DARK = 48
"""The level of 255 up to which an edge map's ground is; all above it belongs to lines."""

MOST_COLOUR = 24
LEAST_DARK = 0.6
"""The share of an edge map's pixels that are its ground."""

FLANK_PX, MOST_APART = 2, 0.05
"""Up to where a line fades, and the share of pixels that may be light beyond that."""

LINE_PX, LINES_TO_SIDE, MOST_BROAD = 9, 32, 0.5
"""How broad lines are at most, in pixels and as a part of the shorter side; of what is light, the
share that may be broader, as corners are."""

_TAN_22_5 = 0.4142135623730951


def edges_of(picture: Image.Image) -> Image.Image:
    """White edges on black, in RGB, of the size of an RGB picture."""
    gx, gy = _gradients(np.asarray(picture.convert("RGB"), dtype=np.int32))
    strength = np.abs(gx) + np.abs(gy)
    ridges = _is_ridge(strength, gx, gy) & (strength > WEAK)
    pieces, _ = ndimage.label(ridges, structure=np.ones((3, 3), dtype=int))
    kept = np.unique(pieces[ridges & (strength > STRONG)])
    edges = np.isin(pieces, kept) & ridges
    return Image.fromarray((edges * 255).astype(np.uint8)).convert("RGB")


def is_edge_map(picture: Image.Image) -> bool:
    """Whether a picture shows bright lines on black already, without colours."""
    pixels = np.asarray(picture.convert("RGB"), dtype=np.int16)
    colour = pixels.max(axis=2) - pixels.min(axis=2)
    level = pixels.mean(axis=2)
    if (colour > MOST_COLOUR).any() or (level <= DARK).mean() < LEAST_DARK:
        return False
    return _is_drawn_in_lines(level)


def _is_drawn_in_lines(level: NDArray[np.float64]) -> bool:
    """Whether all that is light is thin, and as light as the lightest or fades beside it.

    Softened lines have as many levels as a photograph has, but only at their flanks.
    """
    light = level > DARK
    crest = ndimage.maximum_filter(level, size=2 * FLANK_PX + 1)
    apart = light & (crest < level.max() / 2)
    line_px = max(LINE_PX, min(level.shape) // LINES_TO_SIDE)
    broad = ndimage.grey_opening(level, size=(line_px, line_px)) > DARK
    return bool(apart.mean() <= MOST_APART and broad.sum() <= MOST_BROAD * light.sum())


def _gradients(pixels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Sobel's gradients to the right and downwards (height, width)."""
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    left, right = padded[:, :-2], padded[:, 2:]
    across = right - left
    gx = across[:-2] + 2 * across[1:-1] + across[2:]
    along = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    gy = along[2:] - along[:-2]
    channel = np.argmax(np.abs(gx) + np.abs(gy), axis=2)[..., None]
    return (
        np.take_along_axis(gx, channel, axis=2)[..., 0],
        np.take_along_axis(gy, channel, axis=2)[..., 0],
    )


def _is_ridge(
    strength: NDArray[np.int32], gx: NDArray[np.int32], gy: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Where the gradient is larger than its neighbours along its direction."""
    padded = np.pad(strength, 1)
    height, width = strength.shape

    def beside(down: int, right: int) -> NDArray[np.int32]:
        return padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]

    flat = np.abs(gy) < np.abs(gx) * _TAN_22_5
    steep = np.abs(gy) > np.abs(gx) * (_TAN_22_5 + 2)
    falls = (gx < 0) ^ (gy < 0)
    across = (strength > beside(0, -1)) & (strength >= beside(0, 1))
    along = (strength > beside(-1, 0)) & (strength >= beside(1, 0))
    rising = (strength > beside(-1, -1)) & (strength > beside(1, 1))
    falling = (strength > beside(-1, 1)) & (strength > beside(1, -1))
    slanted = np.where(falls, falling, rising)
    return np.where(flat, across, np.where(steep, along, slanted))
