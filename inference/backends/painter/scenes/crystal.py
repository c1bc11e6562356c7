"""Crystals: facets that catch the light."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.backends.painter.exact import (
    bump,
    cosine,
    ramp,
    sine,
    smooth,
)
from inference.backends.painter.scenes import weather
from inference.backends.painter.scenes.mesh import Mesh
from inference.backends.painter.scenes.scene import Scene

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.scenes.scene import Layer, Studio


def crystal(studio: Studio) -> Scene:
    """Facets that catch the light, large ones split into small ones."""
    features = studio.features
    scene = Scene(jitter=0.001, warp=0.012, swirl=0.3, reach=3, texture=0.012)
    scene.paint(_facets(studio))
    if features.score("glow") + features.score("sparks") > 0.1:
        scene.touch(weather.sparks(studio, 0.25))
    return scene


def _facets(studio: Studio) -> Layer:
    dice, features = studio.dice("facets"), studio.features
    colours = studio.palette.ramp(dice)
    size = 1.6 + 0.7 * dice.number() + 0.9 * features.tone("ornate")
    coarse, fine = Mesh(dice, 0.95), Mesh(dice, 0.9)
    looks, slots = dice.plane(4096), dice.plane(4096)
    sun = dice.number()
    squeeze = dice.number(0.55, 0.9)
    size = max(size, 0.9)
    splits = studio.detail * (0.75 + 0.3 * features.tone("ornate"))

    def paint(band: Band) -> None:
        x, y = band.x * size, (band.y + band.x * 0.35) * size * squeeze
        near, far, key, dx, dy = coarse.nearest(x, y)
        turn, look = slots.take(key), looks.take(key)
        tilt = cosine(turn) * dx + sine(turn) * dy
        # A small facet inherits the large one's direction, so that shards lie together.
        along, across = x + tilt * 0.5, y * 0.6 + look * 7.0
        n2, f2, key2, dx2, dy2 = fine.nearest(along * 2.3, across * 2.3)
        look2, turn2 = looks.take(key2 ^ 1365), slots.take(key2)
        tilt2 = cosine(turn2) * dx2 + sine(turn2) * dy2
        t = 0.16 + 0.62 * look + 0.30 * tilt + (look2 - 0.5) * 0.26 * splits + 0.08 * band.tone
        t = t + tilt2 * 0.20 * splits + 0.10 * cosine(turn - sun) + 0.012 * band.bristle
        band.fill(colours.at(t))
        bright = colours.one(1.0)
        edge = ramp(far - near, 0.075, 0.0)
        band.lay(bright, edge * edge * 0.75)
        band.lay(bright, ramp(f2 - n2, 0.06, 0.0) * (0.20 * min(splits, 1.4)))
        gleam = smooth(tilt + 0.35 * cosine(turn - sun), 0.45, 0.75)
        band.lay(bright, gleam * 0.45)
        band.l -= bump((far - near - 0.13) * 9.0) * 0.035

    return paint
