"""The sky: its gradient, sun and moon, clouds, stars, northern lights, beams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.canvas import between
from inference.backends.painter.canvas.colour import Lab, oklch
from inference.backends.painter.canvas.palette import Ramp
from inference.backends.painter.exact import (
    angle,
    bump,
    clamp,
    length,
    ramp,
    sine,
    smooth,
)

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band, Canvas
    from inference.backends.painter.exact import Plane, Shape
    from inference.backends.painter.scenes.hours import Light
    from inference.backends.painter.scenes.scene import Layer, Studio, Touch


@dataclass(frozen=True, slots=True)
class Sky:
    """Where the sky's things are."""

    light: Light
    top: float
    horizon: float
    disc_x: float
    disc_y: float
    disc_radius: float
    ramp: Ramp


def plan(studio: Studio, light: Light, horizon: float) -> Sky:
    """Lay out the sky above a horizon (a straight y)."""
    dice, features = studio.dice("sky"), studio.features
    x = dice.pick((-0.38, 0.38, 0.2, -0.2, 0.55, -0.55)) * studio.half_width + dice.bell(0.06)
    room = horizon + studio.half_height
    low = (
        max(features.score("dusk"), features.score("dawn")) - max(features.score("moon"), 0.0) * 0.6
    )
    lift = 0.13 + 0.1 * dice.number() if low > 0.3 else dice.number(0.3, 0.62)
    y = horizon - room * lift
    wanted = max(features.score("sun"), features.score("moon"))
    radius = dice.number(0.07, 0.13) * (1.0 + 0.5 * min(max(wanted, 0.0), 1.5))
    stops = [(0.0, light.zenith), (0.5, light.middle), (0.88, light.horizon), (1.0, light.haze)]
    return Sky(light, -studio.half_height, horizon, x, y, radius, Ramp.through(stops))


def gradient(studio: Studio, sky: Sky) -> Layer:
    """From the zenith to the horizon, stirred by the brush."""
    dice = studio.dice("gradient")
    ox, oy = dice.number(0, 4), dice.number(0, 4)
    span = 1.0 / (sky.horizon - sky.top)

    def paint(band: Band) -> None:
        stir = band.texture.at(band.x * 0.5 + ox, band.y * 1.3 + oy)
        t = (band.y - sky.top) * span + stir * 0.075 + band.bristle * 0.012
        band.fill(sky.ramp.at(t))

    return paint


def halo(studio: Studio, sky: Sky) -> Layer:
    """The light around the sun or the moon."""
    light, features = sky.light, studio.features
    strength = 0.5 + 0.25 * features.amount("glow") + 0.3 * features.amount("sun")
    strength *= 0.55 if _is_moonlit(studio, light) else 1.0
    colour = light.disc.toward(light.horizon, 0.45)

    def paint(band: Band) -> None:
        distance = length(band.u - sky.disc_x, band.v - sky.disc_y)
        band.lay(colour, bump(distance * (1.0 / 0.75)) * (0.5 * strength))
        band.lay(light.disc, bump(distance * (0.45 / sky.disc_radius)) * (0.7 * strength))

    return paint


def disc(studio: Studio, sky: Sky) -> Layer:
    """The sun or the moon itself."""
    light = sky.light
    moonlit = _is_moonlit(studio, light)
    crescent = moonlit and studio.dice("crescent").chance(0.5)
    spots = 0.05 if moonlit else 0.0

    def paint(band: Band) -> None:
        reach = 1.1 * sky.disc_radius
        if band.bottom < sky.disc_y - reach or band.top > sky.disc_y + reach:
            return
        dx, dy = band.u - sky.disc_x, band.v - sky.disc_y
        distance = length(dx, dy)
        edge = ramp(distance + band.bristle * 0.003, sky.disc_radius, sky.disc_radius - 0.010)
        if crescent:
            shift = sky.disc_radius * 0.5
            hidden = length(dx - shift, dy + shift * 0.4)
            edge = edge * ramp(hidden, sky.disc_radius * 0.93, sky.disc_radius * 0.99)
        face = light.disc
        if spots:
            relief = clamp(band.texture.at(dx * 2.4 + 0.6, dy * 2.4), 0.0, 1.0) * spots * 2.0
            band.lay((face.l - relief, face.a, face.b), edge * 0.94)
        else:
            band.lay(face, edge * 0.97)

    return paint


def _is_moonlit(studio: Studio, light: Light) -> bool:
    return studio.features.score("moon") > studio.features.score("sun") or light.darkness > 0.75


def clouds(studio: Studio, sky: Sky, amount: float) -> Layer:
    """Clouds in perspective, lit from where the sun stands."""
    dice, light = studio.dice("clouds"), sky.light
    ox, oy = dice.number(0, 4), dice.number(0, 4)
    toward = 1.0 if sky.disc_x > 0 else -1.0
    threshold = 0.42 - 0.42 * min(amount, 1.3)
    shade = light.cloud.toward(light.middle, 0.6).lit(-0.06)
    stretch = dice.number(0.8, 1.3)

    def paint(band: Band) -> None:
        if band.top > sky.horizon:
            return
        height = np.maximum(sky.horizon - band.y, 0.0) + 0.16
        far = 0.30 / height
        x, y = band.x * (far + 0.25) * stretch + ox, far * 2.6 + oy
        swell = band.texture.at(x * 0.6 + 1.3, y * 0.6)
        density = band.texture.at(x + swell * 0.10, y + swell * 0.16)
        lit = density - band.texture.at(x + swell * 0.10 + 0.035 * toward, y - 0.05)
        alpha = smooth(density + swell * 0.55, threshold, threshold + 0.5)
        alpha *= clamp((sky.horizon - band.y) * 5.0)
        band.lay(
            between(shade, light.cloud, clamp(0.55 + lit * 2.4 + band.bristle * 0.06)),
            alpha * min(0.55 + 0.35 * amount, 0.92),
        )

    return paint


def aurora(studio: Studio, sky: Sky, amount: float) -> Layer:
    """Curtains of light that hang in the sky."""
    dice = studio.dice("aurora")
    low = studio.palette.steer(oklch(0.86, 0.19, 155), "aurora", 0.3)
    high = studio.palette.steer(oklch(0.55, 0.19, 300), "aurora", 0.3)
    curtains = [(dice.number(0, 4), dice.number(-0.25, 0.2), dice.number(0.7, 1.2)) for _ in "abc"]
    room = sky.horizon - sky.top

    def paint(band: Band) -> None:
        if band.top > sky.horizon:
            return
        for offset, lift, strength in curtains:
            foot = band.texture.at(band.u * 0.28 + offset, band.u * 0.05 + offset) * 0.42
            foot = sky.horizon - room * (0.38 + lift) + foot
            above = foot - band.v + band.bristle * 0.012
            folds = band.texture.at(band.u * 1.6 + offset, above * 0.12 + offset)
            rays = band.texture.at(band.u * 9.0 + folds * 0.7, above * 0.10 + offset)
            height = room * 0.55
            body = ramp(above, -0.03, 0.05) * clamp(1.0 - above * (1.0 / height))
            alpha = body * body * clamp(0.5 + rays * 0.5 + folds * 0.5) * (0.8 * strength * amount)
            band.lay(between(low, high, clamp(above * (1.4 / height))), clamp(alpha, 0.0, 0.9))

    return paint


def rainbow(studio: Studio, sky: Sky, amount: float) -> Layer:
    """An arc of all hues."""
    dice = studio.dice("rainbow")
    x, radius = dice.number(-0.4, 0.4), dice.number(0.75, 1.05)
    hues = Ramp.through([(i / 6.0, oklch(0.8, 0.15, 300.0 - 275.0 * i / 6.0)) for i in range(7)])

    def paint(band: Band) -> None:
        distance = length(band.x - x, band.v - sky.horizon - 0.1)
        t = (distance - radius) * (1.0 / 0.16)
        alpha = bump((t - 0.5) * 2.1) * ramp(band.v, sky.horizon, sky.horizon - 0.2)
        band.lay(hues.at(t), alpha * (0.5 * min(amount, 1.0)))

    return paint


def beams(studio: Studio, x: float, y: float, count: int, amount: float) -> Layer:
    """Shafts of light from one place."""
    dice = studio.dice("beams")
    colour = studio.palette.steer(oklch(0.95, 0.08, 92), "beam", 0.25)
    slots = [dice.number(-0.5, 0.5) if count > 2 else 0.0 for _ in range(count)]
    if count <= 2:
        tilt = dice.number(-0.03, 0.02)
        slots = [tilt, 0.5 - tilt * 0.6][:count]
    widths = [dice.number(0.012, 0.022) if count <= 2 else 0.03 for _ in slots]

    def paint(band: Band) -> None:
        dx, dy = band.u - x, band.v - y
        around = angle(dx, dy)
        fade = bump(length(dx, dy) * 0.55)
        total: Plane = np.zeros_like(around)
        for turn, width in zip(slots, widths, strict=True):
            off = around - turn
            off -= np.floor(off + 0.5)
            total += bump(off * (1.0 / width))
        haze = 0.8 + 0.35 * band.texture.at(band.x * 0.7, band.y * 0.7)
        band.lay(colour, clamp(total * fade * haze * (0.5 * amount), 0.0, 0.85))

    return paint


def stars(studio: Studio, bottom: float, amount: float) -> Touch:
    """Stars of all sizes, with a denser band across."""
    dice = studio.dice("stars")
    count = int(160 * amount * studio.area * (0.5 + 0.8 * studio.detail))
    lean, lift = dice.number(-0.6, 0.6), dice.number(-0.6, -0.1)
    colours = (oklch(0.97, 0.02, 90), oklch(0.92, 0.05, 250), oklch(0.93, 0.06, 70))

    def paint(canvas: Canvas) -> None:
        for index in range(count):
            x = dice.number(-1.0, 1.0) * studio.half_width
            y = -studio.half_height + dice.number() * (bottom + studio.half_height)
            if index % 2:
                y = min(lift + lean * x + dice.bell(0.16), bottom)
            size = dice.number()
            size = size * size * size * size
            radius = (1.3 + 5.0 * size) / canvas.unit_px * (canvas.unit_px / 256.0 + 0.35)
            bright = (0.45 + 0.55 * size) * min(1.0, (bottom - y) * 4.0 + 0.15)
            canvas.stamp(x, y, radius, dice.pick(colours), _star(bright, size > 0.55))

    return paint


def _star(bright: float, is_crossed: bool) -> Shape:
    def shape(x: Plane, y: Plane) -> Plane:
        core = bump(length(x, y) * 3.2)
        if is_crossed:
            core = core + 0.5 * bump(x * 9.0) * bump(y * 1.6) + 0.5 * bump(y * 9.0) * bump(x * 1.6)
        return clamp(core * clamp(1.6 - 1.6 * length(x, y)) * (1.3 * bright), 0.0, 1.0)

    return shape


def birds(studio: Studio, sky: Sky, amount: float) -> Touch:
    """A few wings far away."""
    dice = studio.dice("birds")
    ink = sky.light.near.toward(Lab(0.1, 0.0, 0.0), 0.4)

    def paint(canvas: Canvas) -> None:
        x, y = dice.number(-0.5, 0.3) * studio.half_width, dice.number(0.2, 0.5)
        for _ in range(int(5 + 6 * amount)):
            px = x + dice.bell(0.22)
            py = sky.horizon - (sky.horizon - sky.top) * y + dice.bell(0.09)
            canvas.stamp(px, py, dice.number(0.025, 0.06), ink, _wings(dice.number(0.0, 1.0)))

    return paint


def _wings(phase: float) -> Shape:
    def shape(x: Plane, y: Plane) -> Plane:
        spread = np.abs(x)
        arc = y + 0.25 - 0.55 * sine(spread * 0.5) * (0.6 + 0.5 * phase) + spread * 0.25
        width = 0.11 * (1.1 - spread)
        return clamp((width - np.abs(arc)) * 12.0) * (spread < 1.0)

    return shape
