"""The ground: ranges of mountains, hills and dunes, one silhouette behind another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.canvas import between
from inference.backends.painter.canvas.texture import line
from inference.backends.painter.exact import clamp, fraction, ramp, smooth

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.canvas.colour import Lab
    from inference.backends.painter.exact import Plane
    from inference.backends.painter.scenes.hours import Light
    from inference.backends.painter.scenes.scene import Layer, Studio


@dataclass(frozen=True, slots=True)
class Range:
    """One silhouette: where it stands, its crest and its colours."""

    base: float
    height: float
    far: float
    """0 for the nearest, 1 for the farthest."""
    colour: Lab
    foot: Lab
    """What it fades into towards its foot: the haze."""


def ranges(
    studio: Studio, light: Light, horizon: float, thing: str, count: int, height: float
) -> list[Range]:
    """Silhouettes from the horizon to the lower edge, farther ones paler."""
    fog = studio.features.score("fog")
    near = studio.palette.steer(light.near, thing)
    far = studio.palette.steer(light.far, thing, 0.5)
    haze = light.haze.toward(light.horizon, 0.3)
    room = studio.half_height - horizon
    rows: list[Range] = []
    for index in range(count):
        depth = 1.0 - index / max(count - 1, 1)
        base = horizon + room * (1.0 - depth) * (0.80 - 0.1 * depth)
        air = min(max(0.16 + 0.62 * depth + 0.25 * fog * (0.4 + depth), 0.0), 0.92)
        own = near.toward(far, min(max(depth * 1.1 - 0.1, 0.0), 1.0))
        colour = own.toward(haze, air * 0.55)
        foot = own.toward(haze, min(air + 0.22 + 0.3 * max(fog, -0.5), 1.0))
        rows.append(Range(base, height * (0.55 + 0.6 * depth), depth, colour, foot))
    return rows


def mountains(studio: Studio, light: Light, rows: list[Range], sun_x: float) -> list[Layer]:
    """Rugged ranges with a lit and a shaded side, snow on the highest."""
    snow = clamp_number(
        0.35 + 0.5 * studio.features.score("snow") - 0.4 * studio.features.score("desert")
    )
    return [
        _mountain(studio, light, row, sun_x, snow if row.far > 0.4 else snow * 0.3, index)
        for index, row in enumerate(rows)
    ]


def clamp_number(value: float) -> float:
    """The number, within 0 … 1."""
    return min(max(value, 0.0), 1.0)


def _mountain(
    studio: Studio, light: Light, row: Range, sun_x: float, snow: float, index: int
) -> Layer:
    dice = studio.dice(f"mountain {index}")
    ox, oy = dice.number(0, 60), dice.number(0, 4)
    octaves = 3.5 + 3.0 * studio.detail
    scale = 1.1 + 0.5 * (1.0 - row.far)
    lit = row.colour.toward(light.disc, 0.30).lit(0.05)
    dark = row.colour.lit(-0.07)
    white = light.disc.toward(light.zenith, 0.22).lit(0.02)
    side = 1.0 if sun_x > 0 else -1.0

    def crest(x: Plane) -> Plane:
        wave = line(studio.dice(f"crest {index}"), x * scale + ox, octaves)
        return row.base - row.height * (0.55 + 0.75 * (1.0 - np.abs(wave) * 1.6))

    def paint(band: Band) -> None:
        top = crest(band.u)
        if band.bottom < float(top.min()) - 0.05:
            return
        below = band.y - top
        fold = band.texture.at(band.x * 0.9 + ox, band.y * 0.9 + oy)
        relief = fold - band.texture.at(band.x * 0.9 + ox + 0.05 * side, band.y * 0.9 + oy - 0.03)
        shade = clamp(0.5 + relief * (1.7 + 0.8 * studio.detail))
        colour = between(dark, lit, shade)
        alpha = ramp(below, -0.003, 0.006)
        band.lay(colour, alpha)
        if snow > 0.05:
            cover = smooth(fold * 0.25 + shade * 0.12 - below * (1.1 / row.height), -0.25, 0.02)
            band.lay(between(row.colour.lit(0.16), white, shade), alpha * cover * snow)
        mist = alpha * smooth(below, row.height * 0.35, row.height * 1.6)
        band.lay(row.foot, mist * (0.25 + 0.6 * row.far))

    return paint


def hills(studio: Studio, light: Light, rows: list[Range], sun_x: float) -> list[Layer]:
    """Soft rolling ground with bands of grass."""
    return [_hill(studio, light, row, sun_x, index) for index, row in enumerate(rows)]


def _hill(studio: Studio, light: Light, row: Range, sun_x: float, index: int) -> Layer:
    dice = studio.dice(f"hill {index}")
    ox, oy = dice.number(0, 60), dice.number(0, 4)
    lit = row.colour.toward(light.disc, 0.25).lit(0.06)
    dark = row.colour.lit(-0.06)
    side = 1.0 if sun_x > 0 else -1.0

    def paint(band: Band) -> None:
        x = band.u * 0.75 + ox
        wave = line(studio.dice(f"hills {index}"), x, 1.8 + studio.detail)
        slope = line(studio.dice(f"hills {index}"), x + 0.05 * side, 1.8) - wave
        top = row.base - row.height * (0.35 + 0.5 * wave)
        if band.bottom < float(top.min()) - 0.05:
            return
        below = band.y - top
        furrow = band.texture.at(band.x * (0.7 + row.far) + ox, below * (3.5 + 4.0 * row.far) + oy)
        shade = clamp(0.5 + slope * 2.0 + furrow * 0.55 + band.bristle * 0.10 - below * 0.25)
        alpha = ramp(below, -0.003, 0.007)
        band.lay(between(dark, lit, shade), alpha)
        band.lay(row.foot, alpha * smooth(below, row.height * 0.3, row.height * 2.2) * 0.45)

    return paint


def dunes(studio: Studio, light: Light, rows: list[Range], sun_x: float) -> list[Layer]:
    """Sand with sharp crests: one side in the sun, the other in shadow."""
    return [_dune(studio, light, row, sun_x, index) for index, row in enumerate(rows)]


def _dune(studio: Studio, light: Light, row: Range, sun_x: float, index: int) -> Layer:
    dice = studio.dice(f"dune {index}")
    ox, oy = dice.number(0, 60), dice.number(0, 4)
    lit = row.colour.toward(light.disc, 0.42).lit(0.09)
    dark = row.colour.lit(-0.10)
    side = 1.0 if sun_x > 0 else -1.0
    lean = dice.number(0.5, 0.9) * side

    def paint(band: Band) -> None:
        crest = line(studio.dice(f"dunes {index}"), band.u * 0.62 + ox, 1.6)
        top = row.base - row.height * (0.4 + 0.6 * crest)
        if band.bottom < float(top.min()) - 0.05:
            return
        below = band.y - top
        # A second crest runs down the face: left of it light, right of it shadow.
        bend = band.texture.at(band.x * 0.25 + ox, below * 0.55 + oy) * 0.55
        place = fraction((band.x + below * lean * 1.7 + bend) * 0.36 + oy)
        face = smooth(place, 0.46, 0.475) * smooth(place, 0.98, 0.55)
        ripples = band.texture.at(band.x * 1.4 + bend, (below + bend * 0.3) * 9.0)
        shade = clamp(0.8 - face * 0.75 + ripples * (0.10 + 0.08 * studio.detail) - below * 0.12)
        alpha = ramp(below, -0.003, 0.006)
        band.lay(between(dark, lit, shade), alpha)
        band.lay(row.foot, alpha * smooth(below, row.height * 0.5, row.height * 2.5) * 0.3)

    return paint
