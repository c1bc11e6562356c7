"""A picture without depth before a camera: a plane at the distance 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def projection(fov: float) -> NDArray[np.float64]:
    """A perspective camera of that vertical field of view in degrees; 4×4, z is kept."""
    focal = 1 / math.tan(math.radians(fov) / 2)
    return np.array([[focal, 0, 0, 0], [0, focal, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]], np.float64)


def plane_matrix(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a 4×4 matrix does with the points (x, y, 1) of the plane; 3×3, homogeneous."""
    across = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]], np.float64)
    return matrix[[0, 1, 3]] @ across
