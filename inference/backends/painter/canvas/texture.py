"""Cloudy noise, woven once and then looked up wherever a layer needs it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.random_source import RandomStream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.backends.painter.exact import Plane

SIDE = 512
"""Texels along a side of the periodic texture."""
CELLS = 4
"""Cells of the coarsest octave along a side."""
_OCTAVES = 7
_STRIDE = SIDE + 1


class Texture:
    """Periodic fractal noise around 0, mostly within ±1; coordinates are in coarsest cells."""

    def __init__(self, octaves: float, gain: float = 0.5) -> None:
        """Weave the noise; a broken number of octaves fades the last one in."""
        dice = RandomStream("texture")
        sheet = np.zeros((SIDE, SIDE), dtype=np.float32)
        amplitude, power = 1.0, 0.0
        for octave in range(_OCTAVES):
            presence = min(max(octaves - octave, 0.0), 1.0)
            lattice = dice.plane(CELLS << octave, CELLS << octave)
            if presence > 0.0:
                _add_octave(sheet, lattice, amplitude * presence)
            # The coarse octaves alone set the scale, so that detail adds and never dims.
            power += amplitude * amplitude if octave < 3 else 0.0
            amplitude *= gain
        sheet *= float(1.55 / np.sqrt(power))
        padded = np.pad(sheet, ((0, 2), (0, 1)), mode="wrap")
        self._texels = padded.reshape(-1)

    def at(self, x: Plane, y: Plane) -> Plane:
        """The noise at those places, blended between texels."""
        # In place and in narrow integers: this is where most of a picture's time goes.
        px, py = x * float(SIDE // CELLS), y * float(SIDE // CELLS)
        ix, iy = np.floor(px), np.floor(py)
        px -= ix
        py -= iy
        column, row = ix.astype(np.int32), iy.astype(np.int32)
        column &= SIDE - 1
        row &= SIDE - 1
        row *= _STRIDE
        index = (row + column).astype(np.intp)
        top = self._blend(0, index, px)
        bottom = self._blend(_STRIDE, index, px)
        bottom -= top
        bottom *= py
        bottom += top
        return bottom

    def _blend(self, offset: int, index: NDArray[np.intp], share: Plane) -> Plane:
        left = self._texels[offset:].take(index)
        step = self._texels[offset + 1 :].take(index)
        step -= left
        step *= share
        left += step
        return left

    def ridged(self, x: Plane, y: Plane) -> Plane:
        """Sharp crests where the noise crosses 0: 1 on a crest, 0 far from it."""
        return np.maximum(1.0 - 1.6 * np.abs(self.at(x, y)), 0.0)


@lru_cache(maxsize=8)
def weave(octaves: float) -> Texture:
    """The texture of that many octaves; pictures differ by where they look it up."""
    return Texture(octaves)


def _add_octave(sheet: Plane, lattice: Plane, amplitude: float) -> None:
    """Add the lattice, blown up to the sheet by cubic B-splines, times the amplitude."""
    cells = lattice.shape[0]
    step = SIDE // cells
    weights = _spline(step) * np.float32(amplitude)
    knots = lattice * 2.0 - 1.0
    wide = np.zeros((cells, cells, step), dtype=np.float32)
    for tap, weight in enumerate(_spline(step)):
        wide += np.roll(knots, 1 - tap, axis=1)[:, :, None] * weight
    rows = wide.reshape(cells, SIDE)
    view = sheet.reshape(cells, step, SIDE)
    for tap, weight in enumerate(weights):
        view += np.roll(rows, 1 - tap, axis=0)[:, None, :] * weight[:, None]


def _spline(step: int) -> Plane:
    """The four weights of a cubic B-spline at each of `step` places between two knots."""
    t = np.arange(step, dtype=np.float32) / np.float32(step)
    s = 1.0 - t
    return np.stack(
        [
            s * s * s / 6.0,
            (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0,
            (3.0 * s * s * s - 6.0 * s * s + 4.0) / 6.0,
            t * t * t / 6.0,
        ]
    ).astype(np.float32)


def line(dice: RandomStream, x: Plane, octaves: float, gain: float = 0.5) -> Plane:
    """Fractal noise along one axis, around 0; x is in coarsest cells."""
    table = dice.plane(1024) * 2.0 - 1.0
    total = np.zeros_like(x)
    amplitude = 1.0
    for octave in range(9):
        presence = min(max(octaves - octave, 0.0), 1.0)
        if presence <= 0.0:
            break
        place = x * float(1 << octave) + 37.0 * octave
        start = np.floor(place)
        t = place - start
        index = start.astype(np.intp)
        left, right = table.take(index & 1023), table.take((index + 1) & 1023)
        total += (left + (right - left) * (t * t * (3.0 - 2.0 * t))) * (amplitude * presence)
        amplitude *= gain
    return total


def grow(plane: Plane) -> Plane:
    """The plane at twice its rows and columns, blended (a tent)."""
    height, width = plane.shape
    near, far = plane * 0.75, plane * 0.25
    tall = np.empty((2 * height, width), dtype=np.float32)
    tall[0::2] = near
    tall[1::2] = near
    tall[2::2] += far[:-1]
    tall[0] += far[0]
    tall[1:-1:2] += far[1:]
    tall[-1] += far[-1]
    near, far = tall * 0.75, tall * 0.25
    out = np.empty((2 * height, 2 * width), dtype=np.float32)
    out[:, 0::2] = near
    out[:, 1::2] = near
    out[:, 2::2] += far[:, :-1]
    out[:, 0] += far[:, 0]
    out[:, 1:-1:2] += far[:, 1:]
    out[:, -1] += far[:, -1]
    return out


def shrink(plane: Plane) -> Plane:
    """The plane at half its rows and columns, averaged by fours."""
    return (plane[0::2, 0::2] + plane[1::2, 0::2] + plane[0::2, 1::2] + plane[1::2, 1::2]) * 0.25


def blur(plane: Plane, levels: int) -> Plane:
    """The plane without what is finer than about 2^levels pixels; sides must divide by that."""
    for _ in range(levels):
        plane = shrink(plane)
    for _ in range(levels):
        plane = grow(plane)
    return plane
