"""What hangs and falls in the air: fog, rain, snow and sparks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.backends.painter.canvas.colour import Lab, oklch
from inference.backends.painter.exact import bump, clamp, length, ramp

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band, Canvas
    from inference.backends.painter.exact import Plane, Shape
    from inference.backends.painter.scenes.scene import Layer, Studio, Touch


def fog(studio: Studio, colour: Lab, horizon: float, amount: float) -> Layer:
    """Drifting veils, thickest at the horizon."""
    dice = studio.dice("fog")
    ox, oy = dice.number(0, 4), dice.number(0, 4)

    def paint(band: Band) -> None:
        veil = band.texture.at(band.x * 0.35 + ox, band.y * 1.6 + oy)
        wisp = band.texture.at(band.x * 0.8 + veil * 0.3 + ox, band.y * 2.6 + veil * 0.3)
        depth = bump((band.v - horizon) * 1.25)
        alpha = clamp(0.30 + 0.40 * veil + 0.25 * wisp + 0.55 * depth) * (0.62 * min(amount, 1.4))
        band.lay(colour, clamp(alpha, 0.0, 0.88))

    return paint


def rain(studio: Studio, colour: Lab, amount: float) -> Touch:
    """Slanted streaks, near and far."""
    dice = studio.dice("rain")
    slant = dice.pick((-1.0, 1.0)) * dice.number(0.06, 0.28)
    count = int(520 * min(amount, 1.6) * studio.area)

    def paint(canvas: Canvas) -> None:
        for index in range(count):
            if index % 64 == 0:
                canvas.checkpoint()
            near = dice.number()
            near = near * near
            x = dice.number(-1.1, 1.1) * studio.half_width
            y = dice.number(-1.1, 1.1) * studio.half_height
            length_ = 0.05 + 0.16 * near
            width = (1.1 + 1.3 * near) / (length_ * canvas.unit_px)
            canvas.stamp(x, y, length_, colour, _streak(slant, width, 0.34 + 0.3 * near))

    return paint


def _streak(slant: float, width: float, strength: float) -> Shape:
    def shape(x: Plane, y: Plane) -> Plane:
        return clamp((1.0 - y * y) * strength) * ramp(abs(x - slant * y), width, 0.0)

    return shape


def snowfall(studio: Studio, amount: float) -> Touch:
    """Flakes, the near ones large and soft."""
    dice = studio.dice("snowfall")
    count = int(260 * min(amount, 1.4) * studio.area)
    white = oklch(0.98, 0.01, 240)

    def paint(canvas: Canvas) -> None:
        for _ in range(count):
            x = dice.number(-1, 1) * studio.half_width
            y = dice.number(-1, 1) * studio.half_height
            size = dice.number()
            size = size * size * size
            canvas.stamp(x, y, 0.008 + 0.035 * size, white, _dot(0.85 - 0.5 * size))

    return paint


def sparks(studio: Studio, amount: float, low: float = -1.0) -> Touch:
    """Points of light that float."""
    dice = studio.dice("sparks")
    count = int((24 + 60 * min(amount, 1.5)) * studio.area)
    colours = [studio.palette.accent(index).lit(0.16) for index in range(3)]
    colours.append(oklch(0.93, 0.09, 85))

    def paint(canvas: Canvas) -> None:
        for _ in range(count):
            x = dice.bell(0.5) * studio.half_width
            y = (low + (1.0 - low) * dice.number()) * studio.half_height
            size = dice.number()
            size = size * size * size
            colour = dice.pick(colours)
            canvas.stamp(x, y, 0.03 + 0.11 * size, colour, _dot(0.5))
            canvas.stamp(x, y, 0.008 + 0.016 * size, colour.lit(0.2), _dot(1.3))

    return paint


def _dot(strength: float) -> Shape:
    def shape(x: Plane, y: Plane) -> Plane:
        distance = length(x, y)
        return clamp(ramp(distance, 1.0, 0.0) * bump(distance * 1.5) * strength)

    return shape
