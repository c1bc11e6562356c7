"""The canvas: three OKLab planes, painted in bands of rows that fit the processor's cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.cancellation import Stopped
from inference.backends.painter.canvas.colour import to_rgb
from inference.backends.painter.canvas.texture import Texture, grow
from inference.backends.painter.exact import cosine, mix, sine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from inference.backends.painter.canvas.colour import Lab
    from inference.backends.painter.exact import Plane, Shape
    from inference.backends.painter.network import Network
    from inference.backends.painter.random_source import RandomStream

_BAND_PIXELS = 1 << 15
_GRID_STEP = 4
"""The network is asked at every fourth pixel; it is smooth enough to be blended in between."""

Paint = tuple["Plane | float", "Plane | float", "Plane | float"]
"""A colour, or one for every place."""


@dataclass(slots=True)
class Band:
    """Some rows of the canvas; x and y are places disturbed by the brush, u and v are straight.

    Places are in units of half the shorter side from the centre, y downwards.
    """

    u: Plane
    v: Plane
    x: Plane
    y: Plane
    l: Plane  # noqa: E741 - OKLab's own letter
    a: Plane
    b: Plane
    tone: Plane
    hue: Plane
    bristle: Plane
    texture: Texture

    @property
    def top(self) -> float:
        """The straight y of the first row."""
        return float(self.v[0, 0])

    @property
    def bottom(self) -> float:
        """The straight y of the last row."""
        return float(self.v[-1, 0])

    def fill(self, paint: Paint) -> None:
        """Cover the band."""
        self.l[...], self.a[...], self.b[...] = paint

    def lay(self, paint: Paint, alpha: Plane | float) -> None:
        """Cover the band in the measure of alpha, 0 … 1."""
        for plane, value in zip((self.l, self.a, self.b), paint, strict=True):
            plane += (value - plane) * alpha


class Canvas:
    """The whole picture while it is painted."""

    def __init__(
        self, width: int, height: int, texture: Texture, is_stopped: Callable[[], bool]
    ) -> None:
        self.width, self.height = width, height
        self.unit_px = min(width, height) / 2.0
        self.texture = texture
        self._is_stopped = is_stopped
        self.u = self._axis(width).reshape(1, -1)
        self.v = self._axis(height).reshape(-1, 1)
        self.l, self.a, self.b = (np.zeros((height, width), np.float32) for _ in range(3))
        self.bristle = np.zeros((height, width), np.float32)
        self.tone = self.hue = self.warp_x = self.warp_y = self.bristle

    def _axis(self, count: int) -> Plane:
        places = np.arange(count, dtype=np.float32) + (0.5 - count / 2.0)
        return places * np.float32(1.0 / self.unit_px)

    @property
    def planes(self) -> tuple[Plane, Plane, Plane]:
        """Lightness, a and b of the whole picture."""
        return self.l, self.a, self.b

    def checkpoint(self) -> None:
        """End here if the picture is no longer wanted.

        Raises:
            Stopped: it is not.
        """
        if self._is_stopped():
            raise Stopped

    def spread(self, network: Network, swirl: float, dice: RandomStream, reach: int) -> None:
        """Ask the network everywhere and comb the brush marks along its directions."""
        start = (_GRID_STEP - 1) / 2.0 / self.unit_px
        grid_u = self.u[:, ::_GRID_STEP] + start
        grid_v = self.v[::_GRID_STEP] + start
        patterns = network.at(grid_u, grid_v)
        self.checkpoint()
        self.tone, self.hue, self.warp_x, self.warp_y, turn = (
            grow(grow(plane))
            for plane in (
                patterns.tone,
                patterns.hue,
                patterns.warp_x,
                patterns.warp_y,
                patterns.turn,
            )
        )
        self._comb(turn * swirl, dice, reach)

    def _comb(self, slots: Plane, dice: RandomStream, reach: int) -> None:
        """Smear white noise along the directions, each round twice as far (after Cabral, LIC)."""
        self.checkpoint()
        # Two sizes of bristle: fine hairs, and locks of about three pixels.
        marks = (dice.plane(self.height, self.width) - 0.5) * 0.6
        marks += grow(dice.plane(self.height // 2, self.width // 2) - 0.5) * 1.1
        across, down = cosine(slots), sine(slots)
        for round_ in range(reach):
            step = float(1 << round_) * 0.75
            combed = np.empty_like(marks)
            for cut in self.cuts():
                self.checkpoint()
                dx, dy = across[cut] * step, down[cut] * step
                both = self._look_up(marks, cut, dx, dy)
                both += self._look_up(marks, cut, -dx, -dy)
                np.multiply(both, 0.70710678, out=combed[cut])
            marks = combed
        marks *= 2.0
        self.bristle = marks

    def _look_up(self, plane: Plane, cut: slice, dx: Plane, dy: Plane) -> Plane:
        """The plane at places moved by so many pixels, for some of its rows."""
        columns = np.arange(self.width, dtype=np.float32) + 0.5
        rows = np.arange(cut.start, cut.start + len(dy), dtype=np.float32).reshape(-1, 1) + 0.5
        column, row = (columns + dx).astype(np.int32), (rows + dy).astype(np.int32)
        for index, last in ((column, self.width - 1), (row, self.height - 1)):
            np.maximum(index, 0, out=index)
            np.minimum(index, last, out=index)
        row *= self.width
        row += column
        return plane.reshape(-1).take(row.astype(np.intp))

    def cuts(self) -> Iterator[slice]:
        """The rows of each band, from top to bottom."""
        rows = max(_BAND_PIXELS // self.width, 1)
        return (slice(top, top + rows) for top in range(0, self.height, rows))

    def rgb(self) -> NDArray[np.uint8]:
        """The picture as 8-bit sRGB (rows, columns, 3)."""
        out = np.empty((self.height, self.width, 3), dtype=np.uint8)
        for cut in self.cuts():
            self.checkpoint()
            out[cut] = to_rgb(self.l[cut], self.a[cut], self.b[cut])
        return out

    def bands(self, jitter: float, warp: float) -> Iterator[Band]:
        """The bands from top to bottom, their places disturbed by the brush and the network."""
        for cut in self.cuts():
            self.checkpoint()
            marks = self.bristle[cut]
            yield Band(
                self.u,
                self.v[cut],
                self.u + marks * jitter + self.warp_x[cut] * warp,
                self.v[cut] + marks * jitter + self.warp_y[cut] * warp,
                self.l[cut],
                self.a[cut],
                self.b[cut],
                self.tone[cut],
                self.hue[cut],
                marks,
                self.texture,
            )

    def stamp(self, x: float, y: float, radius: float, paint: Paint, shape: Shape) -> None:
        """Lay a small thing around a place; the shape gives alpha from offsets in its radius."""
        cut = self._around(x, y, radius)
        if cut is None:
            return
        rows, columns = cut
        alpha = shape(
            (self.u[:, columns] - x) * (1.0 / radius), (self.v[rows] - y) * (1.0 / radius)
        )
        for plane, value in zip(self.planes, paint, strict=True):
            part = plane[rows, columns]
            part += (value - part) * alpha

    def _around(self, x: float, y: float, radius: float) -> tuple[slice, slice] | None:
        left, right = self._pixels(x, radius, self.width)
        top, bottom = self._pixels(y, radius, self.height)
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)

    def _pixels(self, place: float, radius: float, count: int) -> tuple[int, int]:
        middle = place * self.unit_px + count / 2.0
        reach = radius * self.unit_px + 1.0
        return max(int(middle - reach), 0), min(int(middle + reach) + 1, count)


def between(first: Lab, second: Lab, share: Plane) -> Paint:
    """The colours from the first (0) to the second (1)."""
    return (
        first.l + (second.l - first.l) * share,
        first.a + (second.a - first.a) * share,
        first.b + (second.b - first.b) * share,
    )


def blended(first: Paint, second: Paint, share: Plane) -> Paint:
    """The first paint where share is 0, the second where it is 1."""
    low, middle, high = (mix(p + share * 0.0, q, share) for p, q in zip(first, second, strict=True))
    return low, middle, high
