"""Single things that stand in a landscape: a tower, a sail, trees, flowers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.canvas import between
from inference.backends.painter.canvas.colour import Lab, oklch
from inference.backends.painter.exact import (
    angle,
    bump,
    clamp,
    cosine,
    fraction,
    length,
    ramp,
    smooth,
)

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band, Canvas
    from inference.backends.painter.exact import Plane, Shape
    from inference.backends.painter.scenes.hours import Light
    from inference.backends.painter.scenes.scene import Layer, Studio, Touch


def tower(studio: Studio, light: Light, x: float, foot: float, top: float) -> Layer:
    """A tapered tower on a rock, with bands of colour and a lamp."""
    tint = studio.features.tints.get("tower")
    body = studio.palette.steer(tint or studio.palette.accent(), "tower")
    body = body.toward(light.near, 0.10 + 0.25 * light.darkness)
    band_colour = light.disc.toward(light.haze, 0.35).lit(-0.05 - 0.2 * light.darkness)
    rock = light.near.lit(-0.03)
    height = foot - top
    stripes = studio.dice("tower").pick((3.0, 4.0, 5.0))

    def paint(band: Band) -> None:
        if band.bottom < top - 0.2 * height:
            return
        # Straighter than the landscape: halfway between the drawing and the brush.
        dx = 0.5 * (band.x + band.u) - x
        up = (foot - 0.5 * (band.y + band.v)) * (1.0 / height)
        half = height * (0.115 - 0.045 * clamp(up))
        inside = ramp(half - np.abs(dx), -0.002, 0.004) * (up > -0.1) * ramp(up, 0.86, 0.855)
        striped = smooth(fraction(up * stripes + 0.15), 0.48, 0.52)
        round_ = clamp(0.5 + dx / (half + 1e-3) * 0.42)
        for colour, share in ((body, 1.0), (band_colour, striped)):
            band.lay(between(colour.lit(0.06), colour.lit(-0.12), round_), inside * share)
        _lamp_room(band, dx, up, height, rock, light)
        mound = foot + 0.05 - 0.16 * height * bump(dx * (1.6 / height)) + 0.02 * band.bristle
        grain = band.texture.at(band.x * 1.8, band.y * 1.8)
        band.lay(
            between(rock, rock.toward(light.far, 0.35), clamp(0.4 + grain)),
            ramp(band.y - mound, -0.003, 0.006)
            * ramp(np.abs(dx), height * 1.5, height * 0.9)
            * ramp(band.y, foot + 0.55 * height, foot + 0.3 * height),
        )

    return paint


def _lamp_room(band: Band, dx: Plane, up: Plane, height: float, ink: Lab, light: Light) -> None:
    gallery = (np.abs(up - 0.865) < 0.014) * (np.abs(dx) < height * 0.095)
    band.lay(ink, gallery.astype(np.float32))
    room = (np.abs(up - 0.92) < 0.045) * (np.abs(dx) < height * 0.05)
    band.lay(light.disc.lit(0.03), room.astype(np.float32))
    roof = ramp((1.04 - up) * 0.85 * height - np.abs(dx), -0.002, 0.003) * (up > 0.96)
    band.lay(ink, roof * (up < 1.05))


def sails(studio: Studio, light: Light, horizon: float, amount: float) -> Touch:
    """One to three sails on the water."""
    dice = studio.dice("sails")
    tint = studio.features.tints.get("sail")
    cloth = studio.palette.steer(light.disc.toward(light.haze, 0.3), "sail", 0.5)
    hull = (tint or light.near).toward(light.near, 0.4).lit(-0.04)

    def paint(canvas: Canvas) -> None:
        for index in range(1 + int(dice.number(0.0, 1.0 + amount))):
            size = 0.26 / (1.0 + index * 1.1)
            x = dice.number(-0.6, 0.6) * studio.half_width
            y = horizon + size * dice.number(0.35, 0.7)
            canvas.stamp(x, y - size, size * 1.05, cloth, _sail)
            canvas.stamp(x, y - size, size * 1.05, hull, _hull)
            canvas.stamp(x, y + size * 0.3, size * 0.9, cloth, _mirror)

    return paint


def _sail(x: Plane, y: Plane) -> Plane:
    up = (0.80 - y) * 0.58
    main = ramp(0.66 * (1.0 - up) - x, -0.01, 0.02) * (x > 0.02)
    jib = ramp(x + 0.42 * (1.0 - up * 1.15), -0.01, 0.02) * (x < -0.03)
    return clamp(main + jib) * (up > 0.03) * (up < 1.0)


def _hull(x: Plane, y: Plane) -> Plane:
    depth = (y - 0.80) * 5.0
    return ramp(0.72 - 0.35 * depth - np.abs(x), -0.01, 0.03) * (depth > 0.0) * (depth < 1.0)


def _mirror(x: Plane, y: Plane) -> Plane:
    return 0.30 * bump(x * 2.2) * ramp(y, 1.0, -0.6) * (fraction(y * 4.5) > 0.45) * (y > -0.75)


def _dab(x: Plane, y: Plane) -> Plane:
    return 0.85 * ramp(length(x, y), 1.0, 0.75)


def flowers(studio: Studio, light: Light, horizon: float, amount: float) -> Touch:
    """A field of flowers: dots far away, petals near."""
    dice = studio.dice("flowers")
    tint = studio.features.tints.get("flowers")
    first = tint or studio.palette.accent()
    petals = [first, first.lit(0.08), studio.palette.accent(1), oklch(0.96, 0.02, 95)]
    hearts = [oklch(0.84, 0.15, 88), oklch(0.6, 0.13, 55)]
    count = int(250 * min(amount, 1.4) * studio.area)
    shown = min(0.5 + 0.35 * studio.detail, 1.0)
    room = studio.half_height - horizon
    dim = -0.22 * light.darkness

    def paint(canvas: Canvas) -> None:
        for index, depth in enumerate(sorted(dice.numbers(count))):
            if index % 64 == 0:
                canvas.checkpoint()
            near = depth * depth
            x = dice.number(-1.1, 1.1) * studio.half_width
            y = horizon + room * (0.16 + 0.86 * near) + dice.bell(0.01)
            size = 0.010 + 0.058 * near * dice.number(0.6, 1.2)
            choice = dice.number()
            choice = choice * choice * (1.0 if tint is None else 0.5)
            colour = petals[int(choice * 3.99)].lit(dim + dice.bell(0.03))
            shape = _flower(dice.pick((5.0, 6.0, 8.0)), dice.number(), dice.number(0.5, 0.9))
            heart = dice.pick(hearts).lit(dim)
            if dice.number() > shown:
                continue
            if near < 0.12:
                canvas.stamp(x, y, size * 0.8, colour, _dab)
                continue
            canvas.stamp(x, y, size, colour, shape)
            canvas.stamp(x, y, size * 0.3, heart, _dab)

    return paint


def _flower(petals: float, turn: float, flat: float) -> Shape:
    def shape(x: Plane, y: Plane) -> Plane:
        y = y * (1.0 / flat)
        reach = 0.70 + 0.28 * cosine(angle(x, y) * petals + turn)
        return 0.95 * ramp(length(x, y) - reach, 0.05, -0.07)

    return shape
