"""Flowers close together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from inference.backends.painter.canvas.colour import oklch
from inference.backends.painter.exact import (
    angle,
    clamp,
    cosine,
    length,
    ramp,
    smooth,
)
from inference.backends.painter.scenes.scene import Scene

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band, Canvas
    from inference.backends.painter.canvas.colour import Lab
    from inference.backends.painter.exact import Plane, Shape
    from inference.backends.painter.scenes.scene import Studio, Touch


def bouquet(studio: Studio) -> Scene:
    """Many flowers close together, the nearest largest."""
    dice = studio.dice("bouquet")
    colours = studio.palette.ramp(dice)
    scene = Scene(jitter=0.005, warp=0.06, swirl=0.4, reach=4, texture=0.03)
    ox = dice.number(0, 4)
    leaf = studio.palette.steer(oklch(0.45, 0.10, 145), "forest", 0.3)

    def ground(band: Band) -> None:
        cloud = band.texture.at(band.x * 0.5 + ox, band.y * 0.5)
        r = length(band.x, band.y)
        band.fill(colours.at(0.86 - 0.30 * r + 0.18 * cloud + 0.02 * band.bristle))
        stalks = band.texture.ridged(band.x * 1.1 + cloud * 0.4, band.y * 0.4 + ox)
        band.lay(leaf, smooth(stalks, 0.62, 0.95) * ramp(r, 1.2, 0.5) * 0.8)

    scene.paint(ground)
    scene.touch(_blooms(studio))
    return scene


def _blooms(studio: Studio) -> Touch:
    dice, features = studio.dice("blooms"), studio.features
    first = features.tints.get("flowers") or features.tints.get("bouquet")
    inks = [first or studio.palette.accent(), studio.palette.accent(1), studio.palette.accent(2)]
    count = int(50 + 10 * features.tone("ornate"))
    rings = 2 + int(2.0 * studio.detail)

    def paint(canvas: Canvas) -> None:
        for index in range(count):
            canvas.checkpoint()
            near = index / count
            x = dice.bell(0.42) * studio.half_width
            y = dice.bell(0.42) * studio.half_height
            radius = (0.07 + 0.26 * near * near) * dice.number(0.7, 1.2)
            pick = dice.number()
            ink = inks[int(pick * pick * 2.99)]
            bloom = Bloom(x, y, radius, dice.number(), dice.pick((5.0, 6.0, 8.0, 12.0)))
            _paint_bloom(canvas, bloom, ink, rings)

    return paint


class Bloom(NamedTuple):
    """Where a flower is, how large, how it is turned and how many petals a ring of it has."""

    x: float
    y: float
    radius: float
    turn: float
    petals: float


def _paint_bloom(canvas: Canvas, bloom: Bloom, ink: Lab, rings: int) -> None:
    """A shadow, ring in ring of petals, and the heart."""
    x, y, radius, turn, petals = bloom
    shadow = ink.lit(-0.22)
    away = 0.1 * radius
    canvas.stamp(x + away, y + 1.4 * away, radius, shadow, _petalled(petals, turn, 0.35))
    for ring in range(rings):
        size = radius * (1.0 - 0.88 * ring / rings)
        tone = ink.lit(-0.07 + 0.22 * ring / rings)
        canvas.stamp(x, y, size, tone, _petalled(petals, turn + 0.5 * ring, 0.93))
        canvas.stamp(x, y, size, tone.lit(0.10), _veined(petals, turn + 0.5 * ring))
    canvas.stamp(x, y, radius * 0.2, oklch(0.82, 0.14, 85), _heart)


def _heart(x: Plane, y: Plane) -> Plane:
    return ramp(length(x, y), 1.0, 0.8)


def _petalled(petals: float, turn: float, alpha: float) -> Shape:
    def shape(x: Plane, y: Plane) -> Plane:
        reach = 0.74 + 0.24 * cosine(angle(x, y) * petals + turn)
        return alpha * ramp(length(x, y) - reach, 0.02, -0.05)

    return shape


def _veined(petals: float, turn: float) -> Shape:
    def shape(x: Plane, y: Plane) -> Plane:
        r = length(x, y)
        wave = cosine(angle(x, y) * petals + turn)
        reach = 0.74 + 0.24 * wave
        return clamp(wave * 0.6) * ramp(r - reach, -0.05, -0.25) * clamp(r * 1.3) * 0.8

    return shape
