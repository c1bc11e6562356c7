"""Filling a hole in a picture from what surrounds it.

A pyramid of ever coarser averages of what is known; where nothing is, the coarser level answers
("push-pull", S. J. Gortler et al., "The Lumigraph", 1996).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fill(rgb: NDArray[np.uint8], kept: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The picture (rows, columns, 3) with what is not kept, 0 … 1, filled smoothly."""
    known = (kept > 0.99).astype(np.float32)
    weighted = rgb.astype(np.float32) * known[:, :, None]
    return np.clip(_filled(weighted, known) + 0.5, 0.0, 255.0).astype(np.uint8)


def _filled(weighted: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours where the weight says how well they are known, and the coarser level elsewhere."""
    height, width = known.shape
    own = (weighted / np.maximum(known, 1e-6)[:, :, None]).astype(np.float32)
    if height * width == 1 or float(known.min()) >= 1.0:
        return own
    coarse = _filled(_halved(weighted), _halved(known))
    around = _doubled(coarse, width, height)
    share = known[:, :, None]
    return (own * share + around * (1.0 - share)).astype(np.float32)


def _halved(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Averages of two by two; an odd last row or column counts twice."""
    if plane.shape[0] > 1:
        plane = np.concatenate([plane, plane[-1:]]) if plane.shape[0] % 2 else plane
        plane = (plane[0::2] + plane[1::2]) * 0.5
    if plane.shape[1] > 1:
        plane = np.concatenate([plane, plane[:, -1:]], axis=1) if plane.shape[1] % 2 else plane
        plane = (plane[:, 0::2] + plane[:, 1::2]) * 0.5
    return plane


def _doubled(colours: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    planes = [
        Image.fromarray(np.ascontiguousarray(colours[:, :, channel])).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        for channel in range(3)
    ]
    return np.dstack([np.asarray(plane, dtype=np.float32) for plane in planes])
