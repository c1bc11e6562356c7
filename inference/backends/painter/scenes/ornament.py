"""Ornament around a centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.exact import (
    angle,
    bump,
    clamp,
    cosine,
    fraction,
    length,
    sine,
    smooth,
    triangle,
)
from inference.backends.painter.scenes.scene import Scene

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.scenes.scene import Layer, Studio


def mandala(studio: Studio) -> Scene:
    """Ornament with many axes around a centre."""
    scene = Scene(jitter=0.002, warp=0.0, swirl=0.2, reach=3, texture=0.018)
    scene.paint(_petals(studio))
    return scene


def _petals(studio: Studio) -> Layer:
    dice, features = studio.dice("petals"), studio.features
    colours = studio.palette.ramp(dice, 6)
    folds = float(dice.pick((5, 6, 8, 10, 12, 16)))
    rings = [
        (dice.number(0.25, 0.8), dice.number(0.7, 2.2), dice.number(), dice.pick((1.0, 2.0)))
        for _ in range(4)
    ]
    fine = 1.0 + 0.5 * features.tone("ornate")
    gold = colours.one(0.94)
    spin = 0.35 * features.amount("spiral")

    def paint(band: Band) -> None:
        r = length(band.x, band.y)
        turn = angle(band.x, band.y) + r * spin
        wedge = triangle(turn * folds)
        t = 0.20 + 0.25 * r
        lace = np.zeros_like(r)
        for radius, rate, phase, harmonic in rings:
            petal = r * rate - radius * (0.5 + 0.5 * cosine(wedge * 0.5 * harmonic + phase * 0.2))
            t = t + 0.15 * sine(petal + phase)
            lace = np.maximum(lace, smooth(sine(petal * 2.0 + wedge * 0.5), 0.90, 0.995))
        petal = band.texture.at(r * 0.9 + 0.3, wedge * 0.28)
        dots = bump(length(fraction(r * 5.0 * fine) - 0.5, wedge - 0.5) * 5.0)
        t = t + 0.16 * petal * min(studio.detail, 1.3) + 0.04 * band.tone
        band.fill(colours.at(0.5 + (t - 0.45) * 1.5 + 0.012 * band.bristle))
        band.lay(gold, clamp(lace * 0.65 + dots * 0.42) * (0.5 + 0.4 * min(studio.detail, 1.2)))
        border = smooth(sine(r * 2.3), 0.93, 1.0)
        band.lay(colours.one(0.05), border * 0.55)
        band.lay(colours.one(1.0), bump(r * 7.0) * 0.8)
        band.l -= smooth(r, 0.9, 1.7) * 0.22

    return paint
