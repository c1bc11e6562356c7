"""A symmetric being with eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.colour import Lab, oklch
from inference.backends.painter.canvas.palette import Ramp
from inference.backends.painter.exact import angle, bump, clamp, cosine, length, ramp, sine, smooth
from inference.backends.painter.scenes import weather
from inference.backends.painter.scenes.scene import Scene

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band
    from inference.backends.painter.exact import Plane, Shape
    from inference.backends.painter.random_source import RandomStream
    from inference.backends.painter.scenes.scene import Layer, Studio


def creature(studio: Studio) -> Scene:
    """A symmetric shape like an ink blot, with eyes."""
    features = studio.features
    scene = Scene(jitter=0.006, warp=0.0, swirl=0.35, reach=5, texture=0.028)
    colours = studio.palette.ramp(studio.dice("creature"))
    scene.paint(_aura(studio, colours))
    if features.score("center") > 0.4:
        scene.paint(_nimbus(studio, colours))
    scene.paint(_blot(studio, colours))
    if features.score("sparks") > 0.2 or features.score("fire") > 0.3:
        scene.touch(weather.sparks(studio, 0.5 + features.amount("sparks")))
    return scene


def _nimbus(studio: Studio, colours: Ramp) -> Layer:
    """A bright disc with rays behind the head, as portraits of old have it."""
    dice = studio.dice("nimbus")
    radius, rays = dice.number(0.5, 0.62), float(dice.pick((0, 24, 36, 48)))
    metal = studio.palette.accent().lit(0.12)

    def paint(band: Band) -> None:
        dx, dy = band.u, band.v + 0.26
        r = length(dx, dy)
        sheen = 0.75 + 0.25 * cosine(angle(dx, dy) * 2.0 + 0.12) + 0.1 * band.bristle
        alpha = ramp(r, radius, radius - 0.012) * clamp(sheen)
        if rays:
            alpha = alpha * (0.72 + 0.28 * smooth(cosine(angle(dx, dy) * rays), -0.3, 0.3))
        band.lay(metal, alpha * 0.85)
        band.lay(colours.one(0.98), bump((r - radius) * 90.0) * 0.8)

    return paint


def _aura(studio: Studio, colours: Ramp) -> Layer:
    dice = studio.dice("aura")
    ox, oy, rings = dice.number(0, 4), dice.number(0, 4), dice.number(0.5, 1.1)
    is_dark = dice.chance(0.45) or studio.features.score("night") > 0.5

    def paint(band: Band) -> None:
        r = length(band.x, band.y * 0.85)
        stir = band.texture.at(band.x * 0.45 + ox, band.y * 0.45 + oy)
        t = 0.84 - 0.22 * r if not is_dark else 0.12 + 0.30 * bump(r * 0.9)
        t = t + 0.08 * sine(r * rings + stir * 0.4) + 0.13 * stir + 0.05 * band.tone
        band.fill(colours.at(t + 0.02 * band.bristle))

    return paint


def _blot(studio: Studio, colours: Ramp) -> Layer:
    dice = studio.dice("blot")
    ox, oy = dice.number(0, 4), dice.number(0, 4)
    eye_x, eye_y = dice.number(0.13, 0.20), dice.number(-0.32, -0.20)
    eye_size = dice.number(0.045, 0.07)
    ears, slant = _ears(studio, dice), dice.number(-0.15, 0.5)
    accent = studio.palette.accent(dice.pick((0, 1)))
    amber = oklch(0.82, 0.15, dice.number(70.0, 130.0))
    iris = Lab(0.8, accent.a, accent.b).fitted() if accent.chroma > 0.05 else amber
    rough = 0.17 + 0.06 * studio.features.tone("ornate")
    tint = studio.features.tints.get("creature")
    coat = colours if tint is None else _coat(studio, tint)
    is_light = dice.chance(0.25) and tint is None
    neck = dice.number(0.45, 0.7)

    def paint(band: Band) -> None:
        x, y = np.abs(band.x), band.y
        grow = band.texture.at(x * 0.55 + ox, y * 0.55 + oy)
        fine = band.texture.at(x * 1.5 + grow * 0.4 + oy, y * 1.5)
        head = 0.42 - length(x * 0.95, (y + 0.22) * (1.0 + 0.35 * smooth(y, -0.2, 0.4)))
        body = 0.60 - length(x * (1.45 - neck), (y - 0.82) * 0.62)
        form = np.maximum(head, body) + rough * grow
        form = np.maximum(form, ears(x, y - 0.9 * rough * grow)) + 0.05 * fine
        alpha = smooth(form, -0.004, 0.016)
        light = clamp(0.62 - 0.55 * y - 0.5 * x + 0.5 * fine)
        t = 0.06 + 0.34 * light * clamp(form * 2.4) + 0.10 * grow + 0.02 * band.bristle
        band.lay(coat.at(1.0 - 0.8 * t if is_light else t), alpha)
        rim = bump((form - 0.010) * 48.0) * (0.35 + 0.5 * clamp(-y))
        band.lay(colours.one(0.95), rim)
        marking = smooth(band.texture.ridged(x * 0.9 + oy, y * 0.9 + ox), 0.72, 0.98)
        band.lay(colours.one(0.8), alpha * marking * clamp(form * 3.0) * 0.35)
        _eyes(band, np.abs(band.u) - eye_x, band.v - eye_y, eye_size, iris, colours, slant)

    return paint


def _coat(studio: Studio, tint: Lab) -> Ramp:
    """A coat of one colour; most of it lies in the lower half of the ramp."""
    finish = studio.palette.finish
    tint = Lab(max(tint.l, 0.24), tint.a, tint.b)
    return Ramp.through(
        [
            (0.0, finish(tint.lit(-0.22))),
            (0.25, finish(tint.lit(-0.06))),
            (0.5, finish(tint.lit(0.08))),
            (1.0, finish(tint.lit(0.3))),
        ]
    )


def _ears(studio: Studio, dice: RandomStream) -> Shape:
    """Ears or horns: how far a place (right half) lies inside."""
    kinds = {
        "pointed": studio.features.score("ears"),
        "round": studio.features.score("round ears"),
        "horn": studio.features.score("horns"),
        "none": studio.features.score("center"),
    }
    kind = max(kinds, key=lambda name: kinds[name] + dice.number(0.0, 0.3))
    x0, tall = dice.number(0.22, 0.30), dice.number(0.30, 0.46)
    lean = dice.number(0.0, 0.3)

    def pointed(x: Plane, y: Plane) -> Plane:
        up = (-0.36 - y) * (1.0 / tall)
        return np.minimum(0.18 * (1.0 - up) - np.abs(x - x0 - lean * up * 0.3), up * 0.4 + 0.3)

    def rounded(x: Plane, y: Plane) -> Plane:
        return 0.16 - length((x - x0 - 0.04) * 1.1, y + 0.58)

    def horn(x: Plane, y: Plane) -> Plane:
        up = (-0.42 - y) * (1.0 / tall)
        bow = x0 - 0.06 + 0.28 * clamp(up) * (1.25 - clamp(up))
        return np.minimum(0.09 * (1.05 - up) - np.abs(x - bow), up * 0.3 + 0.2)

    def none(x: Plane, y: Plane) -> Plane:
        return -1.0 - length(x, y)

    return {"pointed": pointed, "round": rounded, "horn": horn, "none": none}[kind]


def _eyes(
    band: Band, dx: Plane, dy: Plane, size: float, iris: Lab, colours: Ramp, slant: float
) -> None:
    tilted = dy - dx * slant * 0.6
    distance = length(dx, tilted * 1.35)
    band.lay(iris, bump(distance * (0.45 / size)) * 0.45)
    band.lay(colours.one(0.98), ramp(distance, size, size * 0.9))
    band.lay(iris.lit(-0.08), ramp(distance, size * 0.82, size * 0.72))
    pupil = length(dx * 2.2, tilted)
    band.lay(colours.one(0.0), ramp(pupil, size * 0.62, size * 0.52))
    glint = length(dx + size * 0.25, dy + size * 0.3)
    band.lay(oklch(0.99, 0.0, 0.0), ramp(glint, size * 0.2, size * 0.12))
