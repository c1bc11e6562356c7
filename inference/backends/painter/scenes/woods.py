"""Conifers in rows, and single trees with round crowns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.canvas import between
from inference.backends.painter.canvas.colour import oklch
from inference.backends.painter.canvas.texture import line
from inference.backends.painter.exact import bump, clamp, fraction, length, ramp, smooth
from inference.backends.painter.scenes.land import Range

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.canvas.colour import Lab
    from inference.backends.painter.exact import Plane
    from inference.backends.painter.scenes.hours import Light
    from inference.backends.painter.scenes.land import Range
    from inference.backends.painter.scenes.scene import Layer, Studio


def woods(studio: Studio, light: Light, rows: list[Range]) -> list[Layer]:
    """Rows of conifers, the nearest as tall as the picture allows."""
    return [_wood(studio, light, row, index) for index, row in enumerate(rows)]


def _wood(studio: Studio, light: Light, row: Range, index: int) -> Layer:
    dice = studio.dice(f"wood {index}")
    near = 1.0 - row.far
    rhythm = 13.0 - 8.5 * near
    sizes = dice.plane(256)
    ox = dice.number(0, 60)
    height = 0.20 + 0.62 * near * near
    body = row.colour.toward(light.near.lit(-0.04), 0.75 * near)
    lit = body.toward(light.disc, 0.14).lit(0.05)
    mist = 0.75 * row.far + 0.12 * max(studio.features.score("fog"), 0.0)

    def paint(band: Band) -> None:
        ground = row.base - 0.10 * line(studio.dice(f"woods {index}"), band.u + ox, 3.0)
        if band.bottom < float(ground.min()) - height * 1.3:
            return
        jag = band.texture.at(band.x * 4.0 + ox, band.y * 4.0)
        crown = np.maximum(ground - band.y, -9.0) * -1.0
        for shift in (0.0, 0.5):
            inside = _conifers(band, ground, rhythm, sizes, height, shift)
            crown = np.maximum(crown, inside + jag * (0.006 + 0.010 * near))
        alpha = ramp(crown, -0.003, 0.004)
        shade = clamp(0.30 + 0.35 * jag + band.bristle * 0.12)
        band.lay(between(body.lit(-0.04), lit, shade), alpha)
        fade = smooth(band.v, row.base - height * 0.55, row.base + 0.12)
        band.lay(row.foot, alpha * fade * min(mist, 0.95))

    return paint


def _conifers(
    band: Band, ground: Plane, rhythm: float, sizes: Plane, height: float, shift: float
) -> Plane:
    """How far a place lies inside the crowns of one row of trees; negative outside."""
    place = band.x * rhythm + shift
    cell = np.floor(place)
    size = sizes.take((cell.astype(np.intp) * 2 + int(shift * 2.0)) & 255)
    tall = height * (0.35 + 0.75 * size)
    up = ground - band.y
    share = up / tall
    # Branches: the outline steps outwards towards each whorl.
    whorls = 6.0 + 5.0 * size
    steps = 0.66 + 0.34 * (1.0 - fraction(share * whorls))
    half = 0.46 * (1.03 - share) * steps
    off = np.abs(place - cell - 0.5 - 0.2 * (size - 0.5))
    inside = (half - off) * (1.0 / rhythm)
    return np.minimum(inside, tall - up)


def trees(studio: Studio, light: Light, ground: float, amount: float) -> list[Layer]:
    """A few trees with round crowns, the nearest last."""
    dice = studio.dice("trees")
    crown = studio.palette.steer(light.near.toward(oklch(0.5, 0.12, 140), 0.35), "trees")
    if studio.features.score("flowers") > 0.4:
        crown = crown.toward(studio.palette.accent(), 0.7)
    bark = light.near.lit(-0.06)
    room = studio.half_height - ground
    sizes = sorted(dice.number(0.26, 0.46) for _ in range(1 + int(2.6 * amount)))
    layers: list[Layer] = []
    for index, size in enumerate(sizes):
        x = dice.pick((-1.0, 1.0)) * dice.number(0.35, 0.95) * studio.half_width
        foot = ground + room * min(0.1 + (size - 0.2) * 1.9 + dice.number(0.0, 0.1), 0.8)
        lit = crown.toward(light.disc, 0.3).lit(0.06 + dice.number(-0.02, 0.02))
        layers.append(_tree(studio, index, (x, foot, size), (bark, crown.lit(-0.07), lit)))
    return layers


def _tree(
    studio: Studio, index: int, place: tuple[float, float, float], colours: tuple[Lab, Lab, Lab]
) -> Layer:
    dice = studio.dice(f"tree {index}")
    ox, oy, lean = dice.number(0, 4), dice.number(0, 4), dice.number(-0.15, 0.15)
    x0, foot, size = place
    bark, dark, lit = colours
    middle = foot - 1.25 * size

    def paint(band: Band) -> None:
        if band.bottom < middle - size or band.top > foot + 0.02:
            return
        up = (foot - band.y) * (1.0 / size)
        dx = (band.x - x0) * (1.0 / size) - lean * up * up * 0.5
        trunk = ramp(0.085 - 0.035 * up + 0.05 * bump(up * 6.0) - np.abs(dx), -0.01, 0.02)
        band.lay(bark, trunk * ramp(up, -0.01, 0.01) * ramp(up, 1.2, 1.1))
        dy = (band.y - middle) * (1.0 / size)
        clump = band.texture.at(band.x * 2.2 + ox, band.y * 2.2 + oy)
        leaf = band.texture.at(band.x * 7.0 + oy, band.y * 7.0 + ox)
        form = 0.66 - length(dx * 0.82, dy * 1.05) + 0.50 * clump + 0.22 * leaf
        shade = clamp(0.45 - 0.55 * dy - 0.25 * dx + 0.55 * clump + 0.5 * leaf)
        band.lay(between(dark, lit, shade), smooth(form, -0.015, 0.035))

    return paint
