"""A picture before a camera: a plane at the distance 1, or rays with a distance each.

Matrices are lists of rows: whoever reads a request does without numpy, which takes memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Matrix = list[list[float]]


def square(figures: Sequence[float]) -> Matrix:
    """The square matrix of figures that are given row by row."""
    side = math.isqrt(len(figures))
    return [[*figures[side * row : side * (row + 1)]] for row in range(side)]


def identity(side: int) -> Matrix:
    """The matrix that moves nothing."""
    return [[float(row == column) for column in range(side)] for row in range(side)]


def product(left: Matrix, right: Matrix) -> Matrix:
    """What does first what `right` does, and then what `left` does."""
    return [
        [
            sum(a * b for a, b in zip(row, column, strict=True))
            for column in zip(*right, strict=True)
        ]
        for row in left
    ]


def projection(fov: float) -> Matrix:
    """A perspective camera of that vertical field of view in degrees; 4×4, z is kept."""
    focal = 1 / math.tan(math.radians(fov) / 2)
    return [
        [focal, 0.0, 0.0, 0.0],
        [0.0, focal, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
    ]


def ray_matrix(matrix: Matrix) -> Matrix:
    """What a 4×4 matrix does with (x, y, 1, 1 / distance); 3×4, homogeneous in the plane."""
    return [matrix[row] for row in (0, 1, 3)]


def plane_matrix(matrix: Matrix) -> Matrix:
    """What a 4×4 matrix does with the points (x, y, 1) of the plane; 3×3, homogeneous."""
    return [[x, y, z + one] for x, y, z, one in ray_matrix(matrix)]
