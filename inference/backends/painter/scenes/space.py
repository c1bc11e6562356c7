"""Galaxies, nebulae and planets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.canvas import blended
from inference.backends.painter.canvas.colour import Lab, oklch
from inference.backends.painter.canvas.palette import Ramp
from inference.backends.painter.exact import (
    angle,
    bump,
    clamp,
    cosine,
    length,
    ramp,
    sine,
    smooth,
)
from inference.backends.painter.scenes import sky
from inference.backends.painter.scenes.scene import Scene

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.scenes.scene import Layer, Studio


def space(studio: Studio) -> Scene:
    """Clouds of light between stars, turning around a core."""
    features = studio.features
    scene = Scene(jitter=0.003, warp=0.02, swirl=0.4, reach=4, texture=0.014)
    scene.paint(_nebula(studio))
    scene.touch(sky.stars(studio, studio.half_height, 1.0 + 0.8 * features.amount("stars")))
    if features.score("spiral") < 0.3 and studio.dice("planet").chance(0.5):
        scene.paint(_planet(studio))
    return scene


def _nebula(studio: Studio) -> Layer:
    dice, features = studio.dice("nebula"), studio.features
    first, second = _gas(studio, 0, -0.06), _gas(studio, 1, 0.04)
    ox, oy = dice.number(0, 4), dice.number(0, 4)
    cx, cy = dice.bell(0.25), dice.bell(0.2)
    arms = dice.pick((2.0, 2.0, 3.0, 4.0))
    twist = dice.pick((-1.0, 1.0)) * (1.1 + 0.5 * features.amount("spiral"))
    spiral = min(max(features.score("spiral") + dice.number(-0.2, 0.5), 0.0), 1.0)
    flat, lean = dice.number(0.45, 0.9), dice.number(-0.5, 0.5)

    def paint(band: Band) -> None:
        x, y = band.x - cx, (band.y - cy + lean * (band.x - cx) * 0.5) / flat
        r = length(x, y) + 0.02
        cloud = band.texture.at(band.x * 0.42 + ox, band.y * 0.42 + oy)
        fine = band.texture.at(band.x * 0.95 + cloud * 0.45 + oy, band.y * 0.95 + cloud * 0.35 + ox)
        turn = angle(x, y) * arms + np.sqrt(r) * (twist * arms * 0.8) + cloud * 0.10
        arm = 0.5 + 0.5 * cosine(turn)
        disc = bump(r * 0.62)
        body = (0.25 + 0.75 * arm * arm) * disc * 0.95 + bump(r * 3.0) * 0.5
        drift = (0.52 + 0.46 * cloud) * (0.5 + 0.6 * disc)
        t = spiral * (body + 0.18 * cloud) + (1.0 - spiral) * drift
        t = (t + 0.26 * fine) * 0.78 + 0.04
        dust = smooth(band.texture.ridged(band.x * 0.7 + fine * 0.2, band.y * 0.7 + oy), 0.7, 1.0)
        t = clamp(t, 0.02, 1.0) - dust * 0.13
        share = smooth(band.texture.at(band.x * 0.3 + oy, band.y * 0.3 + ox), -0.25, 0.3)
        band.fill(blended(first.at(t), second.at(t), share))

    return paint


def _gas(studio: Studio, index: int, lift: float) -> Ramp:
    """From the black of space through one of the words' colours to white light."""
    colour = studio.palette.accent(index)
    own = Lab(0.5, colour.a, colour.b).scaled(1.1)
    return Ramp.through(
        [
            (0.0, oklch(0.10, 0.03, 280)),
            (0.25, studio.palette.finish(own.toward(oklch(0.2, 0.08, 285), 0.6).lit(-0.1))),
            (0.52, studio.palette.finish(own.lit(lift))),
            (0.78, studio.palette.finish(own.lit(0.24 + lift))),
            (0.94, oklch(0.93, 0.05, 80)),
            (1.0, oklch(0.98, 0.02, 90)),
        ]
    )


def _planet(studio: Studio) -> Layer:
    dice = studio.dice("globe")
    colours = studio.palette.ramp(dice)
    x, y = dice.number(-0.6, 0.6) * studio.half_width, dice.number(-0.5, 0.5) * studio.half_height
    radius = dice.number(0.18, 0.38)
    tilt, has_ring = dice.number(-0.5, 0.5), dice.chance(0.5)
    sun = dice.pick((-0.6, 0.6))

    def paint(band: Band) -> None:
        dx, dy = (band.u - x) * (1.0 / radius), (band.v - y) * (1.0 / radius)
        r = length(dx, dy)
        across = dy + tilt * dx
        height = np.sqrt(np.maximum(1.0 - r * r, 0.0))
        stripes = band.texture.at(dx * 0.12 + 0.3, across * 0.9 + dx * 0.05)
        light = clamp(0.15 + dx * sun + height * 0.62 - dy * 0.25)
        alpha = ramp(r, 1.0, 1.0 - 2.5 / 256.0 / radius)
        shade = colours.at(0.42 + 0.42 * stripes)
        band.lay((shade[0] * (0.18 + 0.85 * light), shade[1] * light, shade[2] * light), alpha)
        band.lay(colours.one(0.95), bump((r - 1.0) * 9.0) * 0.35 * clamp(light + 0.2))
        if has_ring:
            ring = length(dx + tilt * dy, (dy - tilt * dx) * 3.6)
            bands = 0.55 + 0.45 * sine(ring * 4.0)
            shown = ramp(np.abs(ring - 1.75), 0.42, 0.36) * bands
            shown = shown * clamp(1.0 - alpha * (dy < tilt * dx))
            band.lay(colours.one(0.86), shown * 0.7)

    return paint
