"""Scattered points, and which of them is nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.backends.painter.exact import Plane
    from inference.backends.painter.random_source import RandomStream


class Nearest(NamedTuple):
    """Distances to the nearest and the second point, the nearest's key and the way from it."""

    near: Plane
    far: Plane
    key: NDArray[np.intp]
    dx: Plane
    dy: Plane


class Mesh:
    """Jittered points on a grid; answers which is nearest."""

    def __init__(self, dice: RandomStream, jitter: float) -> None:
        self._offset_x = 0.5 + (dice.plane(4096) - 0.5) * jitter
        self._offset_y = 0.5 + (dice.plane(4096) - 0.5) * jitter

    def nearest(self, x: Plane, y: Plane) -> Nearest:
        """The nearest point of every place."""
        cx, cy = np.floor(x), np.floor(y)
        fx, fy = x - cx, y - cy
        keys = cx.astype(np.int32) * 73 + cy.astype(np.int32) * 1021
        first = np.full(keys.shape, 9.0, dtype=np.float32)
        second, dx, dy = first.copy(), first.copy(), first.copy()
        key = np.zeros(keys.shape, dtype=np.intp)
        for down in (-1, 0, 1):
            for across in (-1, 0, 1):
                index = ((keys + (across * 73 + down * 1021)) & 4095).astype(np.intp)
                ox = self._offset_x.take(index) + float(across) - fx
                oy = self._offset_y.take(index) + float(down) - fy
                distance = ox * ox + oy * oy
                closer = distance < first
                second = np.minimum(second, np.maximum(first, distance))
                first = np.minimum(first, distance)
                np.copyto(key, index, where=closer)
                np.copyto(dx, ox, where=closer)
                np.copyto(dy, oy, where=closer)
        return Nearest(np.sqrt(first), np.sqrt(second), key, -dx, -dy)
