"""Round bodies side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.exact import (
    bump,
    clamp,
    length,
    sine,
)
from inference.backends.painter.scenes.mesh import Mesh
from inference.backends.painter.scenes.scene import Scene

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.scenes.scene import Layer, Studio


def cells(studio: Studio) -> Scene:
    """Round bodies side by side: bubbles, pebbles, coral."""
    scene = Scene(jitter=0.003, warp=0.07, swirl=0.4, reach=4, texture=0.02)
    scene.paint(_bodies(studio))
    return scene


def _bodies(studio: Studio) -> Layer:
    dice, features = studio.dice("bodies"), studio.features
    colours = studio.palette.ramp(dice)
    mesh = Mesh(dice, 0.85)
    looks = dice.plane(4096)
    size = max(2.6 + dice.number(0.0, 2.0) + 1.2 * features.tone("ornate"), 1.4)
    ox, oy = dice.number(0, 4), dice.number(0, 4)
    rings = dice.number(1.5, 3.5) * (0.6 + 0.5 * studio.detail)

    def paint(band: Band) -> None:
        bend = band.texture.at(band.x * 0.3 + ox, band.y * 0.3 + oy)
        grow = 1.0 + 0.5 * bend
        near, far, key, dx, dy = mesh.nearest(band.x * size * grow, band.y * size + bend * 1.2)
        look = looks.take(key)
        border = clamp((far - near) * 1.6)
        round_ = np.sqrt(border)
        light = clamp(0.5 - dx * 0.55 - dy * 0.75)
        ring = sine(near * rings + look)
        t = 0.08 + 0.44 * look + 0.30 * round_ * light + 0.07 * ring * round_ + 0.10 * band.tone
        band.fill(colours.at(t + 0.12 * bend + 0.015 * band.bristle))
        band.l -= (1.0 - round_) * 0.20
        shine = bump(length(dx + 0.17, dy + 0.2) * 6.5) * round_
        band.lay(colours.one(1.0), shine * 0.75)
        core = bump((near - 0.12) * 14.0) * round_
        band.lay(colours.one(0.12 + 0.5 * 1.0), core * 0.16)

    return paint
