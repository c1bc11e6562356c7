"""Renderings in flat pieces: polygons, folded paper, isometric cubes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.texture import blur
from inference.backends.painter.exact import clamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inference.backends.painter.canvas.canvas import Canvas
    from inference.backends.painter.random_source import RandomStream

_Point = tuple[float, float]
_Triangle = tuple[_Point, _Point, _Point]


def set_polygons(canvas: Canvas, dice: RandomStream) -> None:
    """Small flat triangles, each of the colour beneath it."""
    _tessellate(canvas, dice, pieces=24, fold=0.0)


def fold_paper(canvas: Canvas, dice: RandomStream) -> None:
    """Large triangles shaded like folded paper."""
    _tessellate(canvas, dice, pieces=11, fold=0.13)
    grain = dice.plane(canvas.height, canvas.width) - 0.5
    canvas.l += grain * 0.02 + (blur(grain, 2) * 0.06)


def _tessellate(canvas: Canvas, dice: RandomStream, pieces: int, fold: float) -> None:
    soft = [blur(plane, 2) for plane in canvas.planes]
    side = min(canvas.width, canvas.height) / pieces
    for number, triangle in enumerate(_triangles(canvas, dice, side)):
        if number % 64 == 0:
            canvas.checkpoint()
        x = int(min(max(sum(p[0] for p in triangle) / 3.0, 0.0), canvas.width - 1.0))
        y = int(min(max(sum(p[1] for p in triangle) / 3.0, 0.0), canvas.height - 1.0))
        colour = [float(plane[y, x]) for plane in soft]
        colour[0] += dice.number(-0.025, 0.025) - (0.02 if number % 2 else -0.02)
        colour[1] *= 1.08
        colour[2] *= 1.08
        _fill(canvas, triangle, (colour[0], colour[1], colour[2]), fold)


def _triangles(canvas: Canvas, dice: RandomStream, side: float) -> Iterator[_Triangle]:
    columns, rows = int(canvas.width / side) + 2, int(canvas.height / (side * 0.87)) + 2
    jitter = dice.plane(rows + 1, columns + 1, 2)

    def corner(row: int, column: int) -> _Point:
        dx, dy = (float(value) - 0.5 for value in jitter[row, column])
        shift = 0.5 if row % 2 else 0.0
        return (column - 0.5 - shift + 0.6 * dx) * side, (row - 0.5 + 0.6 * dy) * side * 0.87

    for row in range(rows):
        for column in range(columns):
            a, b = corner(row, column), corner(row, column + 1)
            c, d = corner(row + 1, column), corner(row + 1, column + 1)
            yield from ((a, b, c), (b, d, c)) if row % 2 else ((a, b, d), (a, d, c))


def _fill(
    canvas: Canvas, triangle: _Triangle, colour: tuple[float, float, float], fold: float
) -> None:
    """Fill a triangle; neighbours share their borders, so no gap is left between them."""
    left = max(int(min(p[0] for p in triangle)), 0)
    right = min(int(max(p[0] for p in triangle)) + 2, canvas.width)
    top = max(int(min(p[1] for p in triangle)), 0)
    bottom = min(int(max(p[1] for p in triangle)) + 2, canvas.height)
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right, dtype=np.float32) + 0.5
    y = (np.arange(top, bottom, dtype=np.float32) + 0.5).reshape(-1, 1)
    (x0, y0), (x1, y1), (x2, y2) = triangle
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if abs(area) < 1.0:
        return
    w1 = ((x - x0) * (y2 - y0) - (y - y0) * (x2 - x0)) * (1.0 / area)
    w2 = ((y - y0) * (x1 - x0) - (x - x0) * (y1 - y0)) * (1.0 / area)
    w0 = 1.0 - w1 - w2
    inside = np.minimum(np.minimum(w0, w1), w2) >= -0.004
    rows, columns = slice(top, bottom), slice(left, right)
    for plane, value in zip(canvas.planes, colour, strict=True):
        np.copyto(plane[rows, columns], np.float32(value), where=inside)
    if fold > 0.0:
        shade = (w1 - w0) * fold
        np.add(canvas.l[rows, columns], shade, out=canvas.l[rows, columns], where=inside)


def stack_cubes(canvas: Canvas, _dice: RandomStream) -> None:
    """The picture as a wall of cubes seen from above, each of the colour beneath it."""
    soft = [blur(plane, 3) for plane in canvas.planes]
    size = canvas.unit_px / 10.0
    x = (np.arange(canvas.width, dtype=np.float32) + 0.5).reshape(1, -1) * np.float32(1.0 / size)
    y = (np.arange(canvas.height, dtype=np.float32) + 0.5).reshape(-1, 1) * np.float32(1.0 / size)
    # The middles of hexagons lie on two rectangular grids; the nearer middle owns the place.
    ax, ay = np.floor(x * _COLUMN + 0.5) * (1.0 / _COLUMN), np.floor(y / 3.0 + 0.5) * 3.0
    bx, by = (np.floor(x * _COLUMN) + 0.5) * (1.0 / _COLUMN), (np.floor(y / 3.0) + 0.5) * 3.0
    first = (x - ax) * (x - ax) + (y - ay) * (y - ay)
    second = (x - bx) * (x - bx) + (y - by) * (y - by)
    canvas.checkpoint()
    is_second = (second < first).astype(np.float32)
    cx, cy = ax + (bx - ax) * is_second, ay + (by - ay) * is_second
    column = np.clip(cx * size, 0, canvas.width - 1).astype(np.intp)
    row = np.clip(cy * size, 0, canvas.height - 1).astype(np.intp)
    index = row * canvas.width + column
    # A hexagon is a cube: the top rhombus, and the right and left faces below it.
    dx, dy = x - cx, y - cy
    top = (dy < -np.abs(dx) * 0.57735).astype(np.float32)
    right = (dx > 0.0).astype(np.float32) * (1.0 - top)
    for plane, source in zip(canvas.planes, soft, strict=True):
        plane[...] = source.reshape(-1).take(index)
    canvas.l[...] = clamp(canvas.l + 0.10 * top - 0.13 * right - 0.03, 0.03, 0.99)
    canvas.a *= 1.12
    canvas.b *= 1.12


_COLUMN = 0.57735027
"""Columns of hexagons for each unit across: 1/√3."""
