"""Plain geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.exact import (
    angle,
    cosine_of,
    fraction,
    length,
    ramp,
    sine_of,
    triangle,
)
from inference.backends.painter.scenes.scene import Scene

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Band, Canvas
    from inference.backends.painter.exact import Plane, Shape
    from inference.backends.painter.random_source import RandomStream
    from inference.backends.painter.scenes.scene import Studio, Touch


def geometry(studio: Studio) -> Scene:
    """Planes, circles and lines in balance."""
    scene = Scene(jitter=0.0015, warp=0.0, swirl=0.12, reach=4, texture=0.022)
    dice, features = studio.dice("geometry"), studio.features
    colours = studio.palette.ramp(dice)
    paper = colours.one(0.97 if dice.chance(0.7) else 0.06)
    stir = studio.dice("paper").number(0, 4)

    def ground(band: Band) -> None:
        cloud = band.texture.at(band.x * 0.6 + stir, band.y * 0.6)
        band.fill((paper.l + 0.03 * cloud + 0.012 * band.bristle, paper.a, paper.b))

    scene.paint(ground)
    if features.score("grid") > 0.4 or dice.chance(0.35):
        scene.touch(_blocks(studio))
    scene.touch(_shapes(studio))
    return scene


def _blocks(studio: Studio) -> Touch:
    """A field divided again and again."""
    dice = studio.dice("blocks")
    inks = [studio.palette.accent(index) for index in range(4)]
    colours = studio.palette.ramp(dice)

    def paint(canvas: Canvas) -> None:
        todo = [(0, 0, canvas.width, canvas.height, 0)]
        gap = max(int(canvas.unit_px * 0.012), 1)
        while todo:
            x, y, w, h, depth = todo.pop()
            canvas.checkpoint()
            if depth < 5 and min(w, h) > canvas.unit_px * 0.22 and dice.chance(1.05 - 0.15 * depth):
                share = dice.number(0.3, 0.7)
                if w > h:
                    cut = int(w * share)
                    todo += [(x, y, cut, h, depth + 1), (x + cut, y, w - cut, h, depth + 1)]
                else:
                    cut = int(h * share)
                    todo += [(x, y, w, cut, depth + 1), (x, y + cut, w, h - cut, depth + 1)]
                continue
            ink = dice.pick(inks) if dice.chance(0.45) else colours.one(dice.number(0.55, 1.0))
            rows, columns = slice(y + gap, y + h - gap), slice(x + gap, x + w - gap)
            marks = canvas.bristle[rows, columns] * 0.012
            for plane, value in zip(canvas.planes, ink, strict=True):
                plane[rows, columns] = value
            canvas.l[rows, columns] += marks

    return paint


def _shapes(studio: Studio) -> Touch:
    dice, features = studio.dice("shapes"), studio.features
    inks = [studio.palette.accent(index) for index in range(5)]
    dark = studio.palette.ramp(dice).one(0.04)
    count = max(int(14 + 6 * features.tone("ornate")), 3)

    def paint(canvas: Canvas) -> None:
        for index in range(count):
            canvas.checkpoint()
            near = 1.0 - index / count
            radius = 0.07 + 0.62 * near * near * dice.number(0.5, 1.0)
            x = dice.bell(0.42) * studio.half_width
            y = dice.bell(0.42) * studio.half_height
            ink = dark if dice.chance(0.14) else dice.pick(inks)
            alpha = dice.number(0.72, 0.98)
            kind = dice.pick((_disc, _half, _ring, _disc, _wedge, _bar, _bar, _arcs))
            canvas.stamp(x, y, radius, ink, kind(dice, alpha, 2.0 / (radius * canvas.unit_px)))

    return paint


def _disc(_dice: RandomStream, alpha: float, soft: float) -> Shape:
    return lambda x, y: alpha * ramp(length(x, y), 1.0, 1.0 - soft)


def _half(dice: RandomStream, alpha: float, soft: float) -> Shape:
    turn = dice.pick((0.0, 0.25, 0.5, 0.75, dice.number()))

    def shape(x: Plane, y: Plane) -> Plane:
        side = x * cosine_of(turn) + y * sine_of(turn)
        return alpha * ramp(length(x, y), 1.0, 1.0 - soft) * ramp(side, -soft, soft)

    return shape


def _ring(dice: RandomStream, alpha: float, soft: float) -> Shape:
    width = dice.number(0.06, 0.28)

    def shape(x: Plane, y: Plane) -> Plane:
        return alpha * ramp(np.abs(length(x, y) - 1.0 + width), width, width - soft)

    return shape


def _arcs(dice: RandomStream, alpha: float, soft: float) -> Shape:
    turn, count = dice.number(), dice.pick((3.0, 4.0, 6.0))

    def shape(x: Plane, y: Plane) -> Plane:
        r = length(x, y)
        open_ = ramp(triangle(angle(x, y) + turn), 0.35, 0.40)
        return alpha * (fraction(r * count) > 0.55) * ramp(r, 1.0, 1.0 - soft) * open_

    return shape


def _wedge(dice: RandomStream, alpha: float, soft: float) -> Shape:
    turn = dice.number()

    def shape(x: Plane, y: Plane) -> Plane:
        inside = np.full(np.broadcast_shapes(x.shape, y.shape), 1.0, dtype=np.float32)
        for corner in (0.0, 1.0 / 3.0, 2.0 / 3.0):
            way = turn + corner
            side = 0.5 - x * cosine_of(way) - y * sine_of(way)
            inside = inside * ramp(side, -soft, soft)
        return alpha * inside

    return shape


def _bar(dice: RandomStream, alpha: float, soft: float) -> Shape:
    turn, width = dice.pick((0.0, 0.25, 0.125, -0.125, dice.number())), dice.number(0.02, 0.12)

    def shape(x: Plane, y: Plane) -> Plane:
        c, s = cosine_of(turn), sine_of(turn)
        along, across = x * c + y * s, y * c - x * s
        return alpha * ramp(np.abs(across), width, width - soft) * ramp(np.abs(along), 0.97, 0.95)

    return shape
