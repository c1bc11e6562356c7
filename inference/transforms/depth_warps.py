"""Pictures moved before a camera as the surface that their depth map describes.

The new picture is looked through: for each of its pixels a plane moves away from the camera, from
the nearest thing to the farthest, until the surface is before it. The planes lie so close together
that a pixel's place in the given picture moves by a few from each to the next; between the last two
the surface is found by halving.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generation.errors import BadRequest
from inference.transforms.orders import Border
from inference.transforms.prefill import prefill
from inference.transforms.warps import (
    MAX_CONDITION,
    ROWS_AT_ONCE,
    plane_of_pixels,
    sample,
    sources,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.transforms.orders import DepthWarp

    Pixels = NDArray[np.uint8]
    Floats = NDArray[np.floating]
    Truths = NDArray[np.bool_]

STEP_PX = 3
MOST_PLANES = 64
HALVINGS = 4
UNSEEN = -1e9
"""How far a plane is from the surface where it is behind the camera."""
TORN = 0.25
"""Where a new pixel stands for less than this of a given one, the surface is torn."""


def warp_by_depth(pixels: Pixels, depths: Floats, order: DepthWarp) -> tuple[Pixels, Pixels]:
    """The moved picture (height, width, 3), and a mask (height, width) of what is really there.

    Depths are (height, width), from 0 to 1. The mask is 0 where the border stands, and elsewhere
    255, or of a rendered picture the share of a given pixel that a new one stands for.

    Raises:
        BadRequest: one of the two matrices flattens the picture to nothing.
    """
    x, y, is_seen = _Surface(depths, order).sources()
    height, width = depths.shape
    density = _density(x, y) if order.is_rendered else np.ones_like(x)
    if order.has_holes:
        is_seen &= density >= TORN
    is_there = is_seen & (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
    mask = np.where(is_there, np.rint(255 * np.minimum(density, 1)), 0).astype(np.uint8)
    out = np.empty_like(pixels)
    for band in _bands(height):
        out[band] = sample(pixels, x[band], y[band], order.border)
    if order.border is Border.ZERO:
        out[~is_seen] = 0
    if order.border is Border.PREFILL:
        out = prefill(out, is_there.astype(np.uint8))
    return out, mask


class _Surface:
    """The surface of one picture, seen by the camera before and after."""

    def __init__(self, depths: Floats, order: DepthWarp) -> None:
        self._height, self._width = depths.shape
        self._to_plane = plane_of_pixels(self._width, self._height)
        # All in 32 bits: they are less than a thousandth of a pixel, and take half as long.
        self._nearness = (1 + order.strength * (0.5 - depths)).astype(np.float32)
        self._before = np.asarray(order.before, np.float64)
        self._after = np.asarray(order.after, np.float64)

    def sources(self) -> tuple[Floats, Floats, Truths]:
        """Where each new pixel comes from (x, y), and whether it comes from anywhere."""
        planes = self._planes()
        backs = [self._back(plane) for plane in planes]
        x, y = np.zeros_like(self._nearness), np.zeros_like(self._nearness)
        is_seen = np.zeros(x.shape, dtype=bool)
        for band in _bands(self._height):
            self._look(band, planes, backs, (x[band], y[band], is_seen[band]))
        return x, y, is_seen

    def _planes(self) -> list[float]:
        """The inverse distances of the planes, the nearest first."""
        near, far = float(self._nearness.max()), float(self._nearness.min())
        corners = np.array([(0, 0, 1), (self._width, 0, 1), (0, self._height, 1)], np.float64)
        corners = np.vstack([corners, (self._width, self._height, 1)]).T
        ends = [self._back(plane) @ corners for plane in (near, far)]
        first, last = (end[:2] / np.where(end[2] > 0, end[2], np.inf) for end in ends)
        moves = float(np.abs(first - last).max())
        count = int(np.clip(np.ceil(moves / STEP_PX), 1, MOST_PLANES)) + 1
        return [near + (far - near) * number / (count - 1) for number in range(count)]

    def _back(self, plane: float) -> Floats:
        """From new pixels to given ones, for what lies in a plane of that inverse distance; 3×3."""
        before, after = (_in_plane(matrix, plane) for matrix in (self._before, self._after))
        for name, matrix in (("prev_transform", before), ("transform", after)):
            if not np.linalg.cond(matrix) < MAX_CONDITION:
                raise BadRequest(name, "the matrix flattens the picture to nothing; send another")
        to_plane = self._to_plane
        back = np.linalg.inv(to_plane) @ before @ np.linalg.inv(after) @ to_plane
        return back.astype(np.float32)

    def _look(
        self,
        band: slice,
        planes: list[float],
        backs: list[Floats],
        found: tuple[Floats, Floats, Truths],
    ) -> None:
        """Fill in the sources of a band of rows; a plane is asked only for what is still open."""
        x, y = found[0].reshape(-1), found[1].reshape(-1)
        is_seen = found[2].reshape(-1)
        rows, columns = np.mgrid[band, 0 : self._width].astype(np.float32).reshape(2, -1)
        still = np.arange(len(x))
        last: Floats = np.stack([x, y, np.full_like(x, planes[0])])
        last_gap: Floats = np.full_like(x, UNSEEN)
        for number, (plane, back) in enumerate(zip(planes, backs, strict=True), start=1):
            here_x, here_y, in_front = sources(back, columns[still], rows[still], in_front=True)
            here: Floats = np.stack([here_x, here_y, np.full_like(here_x, plane)])
            gap: Floats = np.where(in_front, self._gap(here), UNSEEN)
            is_hit = in_front & ((gap >= 0) | (number == len(planes)))
            ends = (last[:, is_hit], here[:, is_hit])
            there = still[is_hit]
            x[there], y[there] = self._crossing(ends, (last_gap[is_hit], gap[is_hit]))
            is_seen[there] = True
            still, last, last_gap = still[~is_hit], here[:, ~is_hit], gap[~is_hit]

    def _crossing(self, ends: tuple[Floats, Floats], gaps: tuple[Floats, Floats]) -> Floats:
        """Where between two planes the surface is; at the second if the first saw nothing."""
        (first, second), (first_gap, second_gap) = ends, gaps
        has_first = (first_gap > UNSEEN) & (first_gap < 0)
        first = np.where(has_first, first, second)
        for _ in range(HALVINGS):
            middle = (first + second) / 2
            gap = self._gap(middle)
            is_beyond = gap >= 0
            first, second = np.where(is_beyond, first, middle), np.where(is_beyond, middle, second)
            first_gap = np.where(is_beyond, first_gap, gap)
            second_gap = np.where(is_beyond, gap, second_gap)
        share = np.ones_like(second_gap)
        can_share = has_first & (first_gap < second_gap)
        np.divide(first_gap, first_gap - second_gap, out=share, where=can_share)
        return (first + np.clip(share, 0, 1) * (second - first))[:2]

    def _gap(self, there: Floats) -> Floats:
        """How much nearer than planes the surface is, at places and inverse distances."""
        x, y, plane = there
        return self._at(x, y) - plane

    def _at(self, x: Floats, y: Floats) -> Floats:
        """The surface's inverse distance at places of the given picture, bilinearly."""
        x, y = np.clip(x, 0, self._width - 1), np.clip(y, 0, self._height - 1)
        across, down = x - np.floor(x), y - np.floor(y)
        left, top = x.astype(np.intp), y.astype(np.intp)
        right = np.minimum(left + 1, self._width - 1)
        below = np.minimum(top + 1, self._height - 1)
        near = self._nearness
        upper = near[top, left] * (1 - across) + near[top, right] * across
        lower = near[below, left] * (1 - across) + near[below, right] * across
        return upper * (1 - down) + lower * down


def _in_plane(matrix: Floats, plane: float) -> Floats:
    """What a 3×4 matrix does with the points (x, y, 1) of a plane of that inverse distance; 3×3."""
    return np.column_stack([matrix[:, 0], matrix[:, 1], matrix[:, 2] + plane * matrix[:, 3]])


def _density(x: Floats, y: Floats) -> Floats:
    """How many given pixels a new one stands for, by how fast the sources change around it."""
    if min(x.shape) < 2:
        return np.ones_like(x)
    (x_down, x_across), (y_down, y_across) = np.gradient(x), np.gradient(y)
    return np.abs(x_across * y_down - x_down * y_across)


def _bands(height: int) -> list[slice]:
    """Rows that are worked on at once, so that their coordinates need little memory."""
    return [slice(top, min(top + ROWS_AT_ONCE, height)) for top in range(0, height, ROWS_AT_ONCE)]
