"""Pictures of movement: silk and smoke, waves, fire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.canvas import between
from inference.backends.painter.canvas.colour import Lab, oklch
from inference.backends.painter.canvas.palette import Ramp
from inference.backends.painter.exact import bump, clamp, length, ramp, sine, smooth
from inference.backends.painter.scenes import weather
from inference.backends.painter.scenes.scene import Scene

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.scenes.scene import Layer, Studio


def silk(studio: Studio) -> Scene:
    """Folds of cloth or smoke: a place bent again and again before it is coloured."""
    features = studio.features
    scene = Scene(jitter=0.003, warp=0.32, swirl=0.45, reach=5, texture=0.024)
    scene.paint(_folds(studio), _threads(studio))
    if features.score("sparks") + features.score("glow") > 0.6:
        scene.touch(weather.sparks(studio, features.amount("sparks") + 0.4))
    return scene


def _folds(studio: Studio) -> Layer:
    dice, features = studio.dice("folds"), studio.features
    colours = studio.palette.ramp(dice)
    rounds = (
        3 + (1 if features.tone("ornate") > 0.4 else 0) + (0 if features.tone("calm") > 0.4 else 1)
    )
    bends = [
        (dice.number(0.16, 0.34), dice.number(0.18, 0.4) * (1.0 + 0.42 * index), dice.number())
        for index in range(2 * rounds)
    ]
    ox, oy = dice.number(0, 4), dice.number(0, 4)
    lean, light_turn = dice.number(), dice.number()
    symmetric = features.score("symmetric") > 0.5

    def paint(band: Band) -> None:
        x = np.abs(band.x) if symmetric else band.x
        y = band.y
        cloud = band.texture.at(x * 0.32 + ox, y * 0.32 + oy)
        x, y = x + cloud * 0.30, y + cloud * 0.22
        for index in range(rounds):
            size, rate, phase = bends[2 * index]
            x = x + size * sine(y * rate + phase + 0.3 * cloud)
            size, rate, phase = bends[2 * index + 1]
            y = y + size * sine(x * rate + phase)
        fold = sine(x * 0.33 + lean) * 0.5 + sine(y * 0.29 + x * 0.12) * 0.35
        grain = band.texture.at(x * 0.7 + ox, y * 0.7 + oy)
        t = 0.5 + 0.36 * fold + 0.14 * band.tone + 0.13 * grain + 0.03 * band.bristle
        band.fill(colours.at(t))
        # Sheen: where the folds turn towards the light.
        sheen = sine(x * 0.9 + y * 0.5 + light_turn) * sine(y * 0.66 + 0.2)
        band.l += sheen * 0.055 + smooth(sheen, 0.55, 0.95) * 0.08
        band.l -= smooth(sine(fold * 0.5 + 0.1), 0.7, 1.0) * 0.10

    return paint


def _threads(studio: Studio) -> Layer:
    """Fine bright lines along the folds."""
    dice = studio.dice("threads")
    ox, oy = dice.number(0, 4), dice.number(0, 4)
    colour = studio.palette.accent().lit(0.22)
    strength = 0.30 * (1.0 + 0.5 * studio.features.tone("ornate"))

    def paint(band: Band) -> None:
        bend = band.texture.at(band.x * 0.4 + ox, band.y * 0.4 + oy)
        crest = band.texture.ridged(band.x * 0.45 + bend * 0.5, band.y * 0.3 + bend * 0.4 + oy)
        alpha = smooth(crest, 0.86, 1.0) * clamp(0.5 + bend)
        band.lay(colour, alpha * max(strength, 0.0))

    return paint


def waves(studio: Studio) -> Scene:
    """Wave behind wave, each with its contour lines."""
    dice, features = studio.dice("waves"), studio.features
    colours = studio.palette.ramp(dice)
    scene = Scene(jitter=0.003, warp=0.04, swirl=0.12, reach=4, texture=0.03)
    sky = Ramp.through([(0.0, colours.one(0.97)), (1.0, colours.one(0.78))])
    scene.paint(_backdrop(studio, sky))
    count = int(9 + 3 * studio.detail + 3 * features.tone("ornate"))
    calm = min(max(1.0 - 0.45 * features.tone("calm"), 0.3), 1.6)
    for index in range(max(count, 5)):
        scene.paint(_wave(studio, colours, index / max(count - 1, 1), index, calm))
    if features.score("sparks") + features.score("snow") > 0.4:
        scene.touch(weather.sparks(studio, 0.6))
    return scene


def _backdrop(studio: Studio, colours: Ramp) -> Layer:
    dice = studio.dice("backdrop")
    x, y, radius = dice.number(-0.5, 0.5), dice.number(-0.75, -0.35), dice.number(0.16, 0.34)
    accent = studio.palette.accent()
    sun = Lab(max(accent.l, 0.78), accent.a, accent.b).fitted()

    def paint(band: Band) -> None:
        stir = band.texture.at(band.x * 0.3 + 0.7, band.y * 0.8)
        band.fill(colours.at((band.y + 1.0) * 0.6 + 0.25 * stir))
        distance = length(band.u - x, band.v - y)
        band.lay(sun.lit(0.1), bump(distance * 1.6) * 0.35)
        band.lay(sun, ramp(distance, radius, radius - 0.01) * 0.9)

    return paint


def _wave(studio: Studio, colours: Ramp, near: float, index: int, calm: float) -> Layer:
    dice = studio.dice(f"wave {index}")
    base = (-0.35 + 1.35 * near) * studio.half_height
    size = (0.10 + 0.16 * near) * calm
    ox, rate = dice.number(0, 60), dice.number(0.30, 0.55) * (1.5 - 0.7 * near)
    t = 0.80 - 0.66 * near + dice.number(-0.10, 0.10)
    body, deep, edge = colours.one(t + 0.06), colours.one(t - 0.16), colours.one(t + 0.34)
    rings = dice.number(7.0, 13.0)
    lean = dice.number(0.10, 0.22)

    def paint(band: Band) -> None:
        bent = band.x + band.y * lean
        roll = sine(bent * rate + ox) + 0.45 * sine(bent * rate * 2.3 + ox * 1.7)
        rough = band.texture.at(bent * 0.7 + ox, band.y * 0.12 + 0.37 * index)
        crest = base - size * (roll + 0.5 * rough)
        below = band.y - crest
        if band.bottom < float(crest.min()) - 0.02:
            return
        alpha = ramp(below, -0.002, 0.005)
        band.lay(between(body, deep, clamp(below * 1.7 + 0.06 * band.bristle)), alpha)
        contour = smooth(sine(below * rings), 0.72, 0.98) * clamp(1.0 - below * 2.2)
        band.lay(edge, alpha * contour * 0.65)
        band.lay(edge.lit(0.08), alpha * ramp(below, 0.020, 0.004) * 0.9)

    return paint


def fire(studio: Studio) -> Scene:
    """Tongues of flame that rise and fray."""
    features = studio.features
    scene = Scene(jitter=0.004, warp=0.07, swirl=0.3, reach=4, texture=0.026)
    scene.paint(_flames(studio))
    scene.touch(weather.sparks(studio, 0.7 + features.amount("sparks")))
    return scene


def _flames(studio: Studio) -> Layer:
    dice = studio.dice("flames")
    steer = studio.palette.steer
    heat = Ramp.through(
        [
            (0.0, steer(oklch(0.12, 0.03, 300), "night", 0.3)),
            (0.28, steer(oklch(0.24, 0.10, 15), "fire", 0.4)),
            (0.5, steer(oklch(0.52, 0.20, 28), "fire", 0.4)),
            (0.72, steer(oklch(0.74, 0.18, 55), "fire", 0.4)),
            (0.9, steer(oklch(0.90, 0.15, 88), "fire", 0.3)),
            (1.0, steer(oklch(0.98, 0.05, 98), "fire", 0.1)),
        ]
    )
    ox, oy = dice.number(0, 4), dice.number(0, 4)
    width = dice.number(0.6, 0.9) * studio.half_width

    def paint(band: Band) -> None:
        up = (studio.half_height - band.y) * (1.0 / studio.half_height)
        curl = band.texture.at(band.x * 0.55 + ox, band.y * 0.40 + oy)
        x = band.x + curl * 0.45 * clamp(up)
        tongue = band.texture.at(x * 0.95 + ox, band.y * 0.36 + curl * 0.3)
        lick = band.texture.at(x * 1.9 + curl * 0.4, band.y * 0.75 + oy)
        core = bump(band.x * (1.0 / width) * (0.55 + 0.5 * up))
        t = core * 1.12 - up * 0.46 + tongue * 0.42 + lick * 0.20 + 0.02 * band.bristle
        filament = smooth(band.texture.ridged(x * 0.8 + oy, band.y * 0.36 + ox), 0.7, 1.0)
        band.fill(heat.at(t * 0.82 + filament * 0.14 * clamp(t)))

    return paint
