"""Blocks and roofs with lit windows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.canvas import between
from inference.backends.painter.canvas.colour import Lab, oklch
from inference.backends.painter.exact import (
    clamp,
    fraction,
    ramp,
    triangle,
)
from inference.backends.painter.scenes.land import Range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.canvas.colour import Lab
    from inference.backends.painter.exact import Plane
    from inference.backends.painter.scenes.hours import Light
    from inference.backends.painter.scenes.land import Range
    from inference.backends.painter.scenes.scene import Layer, Studio


def town(
    studio: Studio, light: Light, rows: list[Range], horizon: float, line_y: float
) -> list[Layer]:
    """Blocks and roofs with lit windows, down to the street."""
    spread = line_y - horizon
    streets = [
        replace(row, base=horizon + spread * (0.35 + 0.65 * index / max(len(rows) - 1, 1)))
        for index, row in enumerate(rows)
    ]
    return [_street(studio, light, row, index) for index, row in enumerate(streets)]


def _street(studio: Studio, light: Light, row: Range, index: int) -> Layer:
    dice = studio.dice(f"street {index}")
    near = 1.0 - row.far
    rhythm = dice.number(8.5, 10.5) - 5.0 * near
    sizes, looks = dice.plane(256), dice.plane(4096)
    is_village = studio.features.score("hills") + studio.features.score("waves") > 0.15
    tall = (0.34 if is_village else 0.95) * (0.75 + 0.35 * row.far)
    lamps = _lamps(studio, light)
    lit = min(0.16 + 0.62 * light.darkness + 0.2 * studio.features.amount("lights"), 0.95)
    face, foot = row.colour.lit(-0.02), row.colour.toward(row.foot, 0.65)

    def paint(band: Band) -> None:
        if band.bottom < row.base - tall * 1.2 or band.top > row.base + 0.06:
            return
        place = band.x * rhythm + 13.7 * index
        cell = np.floor(place)
        number = cell.astype(np.intp)
        size = sizes.take(number & 255)
        inside = place - cell
        roof = row.base - tall * (0.22 + 0.78 * size * size * (0.4 + 0.6 * size))
        if is_village:
            roof = roof - (triangle(inside) - 0.5) * (0.42 / rhythm)
        below = band.y - roof
        alpha = ramp(below, -0.002, 0.003) * (inside > sizes.take((number + 91) & 255) * 0.10)
        band.lay(between(face, foot, clamp(below * (1.0 / tall))), alpha)
        edge = alpha * ramp(below, 0.016, 0.006) * (0.35 + 0.3 * light.darkness)
        band.lay(face.toward(light.horizon, 0.5), edge)
        wall = alpha * ramp(below, 0.02, 0.03) * ramp(band.y, row.base + 0.02, row.base)
        _windows(band, (place, number), rhythm, looks, lamps, wall * lit)

    return paint


def _lamps(studio: Studio, light: Light) -> tuple[Lab, Lab, Lab]:
    """The colours of lit windows: amber, and what the words bring along."""
    amber = studio.palette.steer(oklch(0.86, 0.13, 78), "lights", 0.2)
    return (
        amber,
        studio.palette.accent(0).toward(light.disc, 0.25).lit(0.12),
        studio.palette.accent(1).toward(light.disc, 0.25).lit(0.12),
    )


def _windows(
    band: Band,
    place: tuple[Plane, NDArray[np.intp]],
    rhythm: float,
    looks: Plane,
    lamps: tuple[Lab, Lab, Lab],
    amount: Plane,
) -> None:
    across, house = place
    wide = 6.0
    column = np.floor(across * wide)
    storeys = band.y * (rhythm * wide * 0.62)
    row = np.floor(storeys)
    pane = clamp(2.0 - 5.0 * np.abs(across * wide - column - 0.5))
    pane = pane * clamp(2.2 - 5.0 * np.abs(storeys - row - 0.5))
    key = column.astype(np.intp) * 57 + row.astype(np.intp) * 131 + house * 7
    look = looks.take(key & 4095)
    # Whole floors and blocks are dark or lit together, as in a real town.
    block = looks.take((house * 31 + row.astype(np.intp) // 3 * 17) & 4095)
    shine = ramp(look + 0.55 * block, 0.78, 0.95) * pane * amount
    kind = fraction(look * 37.0)
    band.lay(between(lamps[0], lamps[1], (kind > 0.66).astype(np.float32)), shine)
    band.lay(lamps[2], shine * (kind > 0.88))
