"""Water: the sea with the sky in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.canvas import blended
from inference.backends.painter.canvas.colour import oklch
from inference.backends.painter.exact import bump, clamp, ramp, smooth

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.scenes.scene import Layer, Studio
    from inference.backends.painter.scenes.sky import Sky


def sea(studio: Studio, sky: Sky) -> Layer:
    """Waves in perspective that mirror the sky, with the sun's path on them."""
    dice, light, features = studio.dice("sea"), sky.light, studio.features
    ox, oy = dice.number(0, 4), dice.number(0, 4)
    calm = features.tone("calm") + 0.3 * features.tone("soft") - 0.6 * features.amount("storm")
    height = min(max(0.42 - 0.3 * calm, 0.08), 0.9)
    deep = studio.palette.steer(light.deep, "sea")
    foam = light.disc.toward(light.horizon, 0.35)
    room = studio.half_height - sky.horizon
    sparkle = (0.75 + 0.2 * features.amount("glow")) * (0.6 + 0.4 * light.darkness)

    def paint(band: Band) -> None:
        if band.bottom < sky.horizon:
            return
        down = np.maximum(band.v - sky.horizon, 0.0) * (1.0 / room)
        far = 0.16 / (down + 0.045)
        x, z = band.x * (far + 0.12) * 1.1 + ox, far * 3.4 + oy
        swell = band.texture.at(x * 0.55, z)
        chop = band.texture.at(x * 1.7 + swell * 0.2, z * 2.6 + 1.7)
        wave = (swell * 0.65 + chop * 0.5) * height
        mirrored = 1.0 - down * 0.8 - wave * (0.25 + 0.35 * down)
        reflection = sky.ramp.at(mirrored)
        depth = clamp(0.24 + 0.5 * down - wave * 0.55 + 0.12 * band.tone)
        alpha = ramp(band.v, sky.horizon - 0.002, sky.horizon + 0.004)
        band.lay(blended(reflection, deep, depth), alpha)
        crest = smooth(wave + 0.10 * band.bristle, 0.30, 0.62) * down
        band.lay(foam, alpha * crest * 0.55)
        width = 0.05 + 0.30 * down
        path = bump((band.x - sky.disc_x) / width)
        glint = smooth(chop + 0.25 * swell + 0.08 * band.bristle, -0.05, 0.35)
        band.lay(light.disc, alpha * clamp(path * (0.2 + glint) * sparkle, 0.0, 0.9))

    return paint


def wet_ground(studio: Studio, sky: Sky, line: float) -> Layer:
    """A street after rain or a still canal: what shines above is smeared on it."""
    dice = studio.dice("wet")
    ox = dice.number(0, 4)
    shore = studio.palette.steer(oklch(0.86, 0.13, 78), "lights", 0.2)
    glow = [studio.palette.accent(0), shore, studio.palette.accent(1)]
    dark = sky.light.near.lit(-0.02)
    lit = 0.45 + 0.5 * sky.light.darkness

    def paint(band: Band) -> None:
        if band.bottom < line:
            return
        down = np.maximum(band.v - line, 0.0) * (1.0 / (studio.half_height - line))
        alpha = ramp(band.v, line - 0.004, line + 0.010)
        ripple = band.texture.at(band.x * 0.9 + ox, down * 5.0) * (0.25 + 0.5 * down)
        mirrored = sky.ramp.at(0.95 - down * 0.75 + ripple * 0.16)
        band.lay(blended(mirrored, dark, clamp(0.78 - 0.45 * down + 0.3 * ripple)), alpha)
        for index, colour in enumerate(glow):
            x = band.x + ripple * 0.10
            streak = band.texture.at(x * 7.5 + ox + index * 1.37, down * 0.16 + index * 1.1)
            broken = 0.6 + 0.7 * band.texture.at(band.x * 1.3 + index, down * 7.0 + 0.21 * index)
            shine = smooth(streak, 0.10, 0.62) * broken * (1.0 - 0.55 * down) * lit
            band.lay(colour.lit(0.06), alpha * clamp(shine, 0.0, 0.85))

    return paint
