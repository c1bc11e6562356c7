"""The style presets: what each adds to the words, and how it renders the finished picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generation.request import StylePreset
from inference.backends.painter.canvas.colour import oklch
from inference.backends.painter.canvas.finish import bloom, edges, grade, relief, vignette
from inference.backends.painter.canvas.mosaic import fold_paper, set_polygons, stack_cubes
from inference.backends.painter.canvas.texture import blur, shrink
from inference.backends.painter.exact import bump, clamp, fraction, length, mix, ramp, sine, smooth

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.backends.painter.canvas.canvas import Canvas
    from inference.backends.painter.exact import Plane
    from inference.backends.painter.random_source import RandomStream

BRUSHLESS = frozenset(
    {
        StylePreset.ANIME, StylePreset.PHOTOGRAPHIC, StylePreset.COMIC_BOOK, StylePreset.LOW_POLY,
        StylePreset.ORIGAMI, StylePreset.MODEL_3D, StylePreset.MODELING_COMPOUND,
        StylePreset.PIXEL_ART, StylePreset.ISOMETRIC, StylePreset.LINE_ART, StylePreset.CINEMATIC,
    }
)  # fmt: skip
"""Styles in which no brush shows."""
_PAPER, _INK = oklch(0.965, 0.012, 90), oklch(0.20, 0.02, 270)


def render(canvas: Canvas, style: StylePreset, dice: RandomStream) -> None:
    """Turn the finished picture into one of that style."""
    canvas.checkpoint()
    _STYLES[style](canvas, dice)


def _enhance(canvas: Canvas, _dice: RandomStream) -> None:
    for levels, strength in ((1, 0.5), (3, 0.35)):
        canvas.l += (canvas.l - blur(canvas.l, levels)) * strength
    grade(canvas, 1.08, 1.22)


def _anime(canvas: Canvas, _dice: RandomStream) -> None:
    soft = [blur(plane, 1) for plane in canvas.planes]
    lines = smooth(edges(soft[0]), 0.035, 0.10)
    canvas.checkpoint()
    canvas.l[...] = _stepped(soft[0], 7.0, 0.22) + 0.02
    canvas.a[...], canvas.b[...] = soft[1] * 1.18, soft[2] * 1.18
    canvas.l -= lines * 0.22
    bloom(canvas, 0.12)


def _photographic(canvas: Canvas, dice: RandomStream) -> None:
    focus = smooth(np.abs(canvas.v * (1.0 / float(canvas.v[-1, 0])) - 0.1), 0.55, 1.2)
    for plane in canvas.planes:
        plane += (blur(plane, 3) - plane) * focus
    grade(canvas, 1.04, 0.86)
    canvas.l += (dice.plane(canvas.height, canvas.width) - 0.5) * 0.022
    vignette(canvas, 0.22)


def _digital_art(canvas: Canvas, _dice: RandomStream) -> None:
    canvas.l += (canvas.l - blur(canvas.l, 4)) * 0.28
    grade(canvas, 1.05, 1.28)
    bloom(canvas, 0.22, 0.66)


def _comic_book(canvas: Canvas, _dice: RandomStream) -> None:
    soft = blur(canvas.l, 1)
    lines = smooth(edges(soft), 0.028, 0.07)
    pitch = 72.0
    x, y = (canvas.u + canvas.v) * (pitch * 0.5), (canvas.u - canvas.v) * (pitch * 0.5)
    dots = length(fraction(x) - 0.5, fraction(y) - 0.5)
    canvas.checkpoint()
    shade = clamp(0.62 - soft)
    canvas.l[...] = _stepped(soft, 4.0, 0.12) + 0.03
    canvas.l -= ramp(dots, shade * 1.1 + 0.02, shade * 1.1 - 0.05) * (shade > 0.02) * 0.16
    for plane in (canvas.a, canvas.b):
        plane[...] = blur(plane, 2) * 1.35
    _draw(canvas, lines)


def _fantasy_art(canvas: Canvas, _dice: RandomStream) -> None:
    bloom(canvas, 0.30, 0.6)
    shadow = clamp(0.75 - canvas.l)
    canvas.a += shadow * 0.035
    canvas.b -= shadow * 0.05
    canvas.b += clamp(canvas.l - 0.6) * 0.06
    grade(canvas, 1.06, 1.15)
    vignette(canvas, 0.3)


def _line_art(canvas: Canvas, dice: RandomStream) -> None:
    soft = blur(canvas.l, 1)
    lines = np.maximum(
        smooth(edges(soft), 0.014, 0.045), smooth(edges(blur(canvas.a, 2)), 0.01, 0.03)
    )
    tilt = canvas.u * 46.0 + canvas.v * 46.0 + canvas.bristle * 0.35
    canvas.checkpoint()
    cross = canvas.u * 46.0 - canvas.v * 46.0 + canvas.bristle * 0.35
    dark = clamp(0.62 - soft)
    hatch = smooth(sine(tilt) + dark * 4.2, 1.05, 1.4) * smooth(dark, 0.04, 0.16)
    canvas.checkpoint()
    hatch = np.maximum(hatch, smooth(sine(cross) + dark * 4.2, 1.7, 2.0) * smooth(dark, 0.22, 0.32))
    grain = (dice.plane(canvas.height, canvas.width) - 0.5) * 0.012
    canvas.checkpoint()
    for plane, value in zip(canvas.planes, _PAPER, strict=True):
        plane[...] = value
    canvas.l += grain
    _draw(canvas, np.maximum(lines, hatch * 0.8))


def _analog_film(canvas: Canvas, dice: RandomStream) -> None:
    shadow, bright = clamp(0.6 - canvas.l), clamp(canvas.l - 0.5)
    canvas.a += bright * 0.02 - shadow * 0.03
    canvas.b += bright * 0.07 - shadow * 0.015
    canvas.l[...] = 0.10 + canvas.l * 0.84
    grade(canvas, 1.0, 0.82)
    canvas.checkpoint()
    grain = dice.plane(canvas.height, canvas.width) + dice.plane(canvas.height, canvas.width) - 1.0
    canvas.l += grain * 0.045
    leak = bump((canvas.u - dice.pick((-1.2, 1.2))) * 1.5) * bump(
        (canvas.v - dice.number(-1, 1)) * 0.8
    )
    for plane, value in zip(canvas.planes, oklch(0.82, 0.15, 55), strict=True):
        plane += (value - plane) * (leak * 0.45)
    vignette(canvas, 0.42)


def _neon_punk(canvas: Canvas, dice: RandomStream) -> None:
    soft = blur(canvas.l, 1)
    lines = smooth(edges(soft), 0.012, 0.05)
    turn = sine(canvas.hue * 0.4 + soft * 0.5 + dice.number())
    pink, cyan = oklch(0.72, 0.26, 340), oklch(0.86, 0.16, 200)
    canvas.l[...] = 0.06 + 0.62 * canvas.l * canvas.l
    canvas.a[...] = canvas.a * 1.3 + 0.02
    canvas.b[...] = canvas.b * 1.3 - 0.035
    share = smooth(turn, -0.4, 0.4)
    canvas.checkpoint()
    halo = clamp(blur(lines, 3) * 0.9 + blur(lines, 4) * 0.7)
    for plane, first, second in zip(canvas.planes, pink, cyan, strict=True):
        neon = first + (second - first) * share
        plane += (neon - plane) * (halo * 0.55)
        plane += (neon - plane) * (lines * 0.9)
    bloom(canvas, 0.25, 0.6)
    vignette(canvas, 0.3)


def _modeling_compound(canvas: Canvas, dice: RandomStream) -> None:
    soft = [blur(plane, 3) for plane in canvas.planes]
    height = _stepped(soft[0], 6.0, 0.5)
    canvas.checkpoint()
    prints = sine((soft[1] + soft[2]) * 60.0 + canvas.tone * 5.0 + canvas.u * 9.0)
    surface = blur(height, 2) + blur(canvas.bristle, 1) * 0.010 + prints * 0.003
    light = relief(surface, 9.0 * canvas.unit_px / 256.0)
    canvas.checkpoint()
    canvas.l[...] = 0.12 + 0.80 * height + clamp(light, -0.22, 0.22)
    canvas.l += smooth(light, 0.12, 0.3) * 0.10
    canvas.a[...], canvas.b[...] = soft[1] * 1.15, soft[2] * 1.15
    canvas.l += (dice.plane(canvas.height, canvas.width) - 0.5) * 0.012


def _cinematic(canvas: Canvas, _dice: RandomStream) -> None:
    shadow, bright = clamp(0.62 - canvas.l), clamp(canvas.l - 0.5)
    canvas.a += bright * 0.035 - shadow * 0.055
    canvas.b += bright * 0.085 - shadow * 0.055
    streak = clamp(canvas.l - 0.8)
    for _ in range(5):
        streak = shrink(streak)
    streak = np.repeat(np.repeat(streak, 32, axis=0), 32, axis=1)
    canvas.l += blur(streak, 4) * 0.35
    grade(canvas, 1.14, 0.95)
    vignette(canvas, 0.5)


def _model_3d(canvas: Canvas, _dice: RandomStream) -> None:
    height = blur(canvas.l, 2) * 0.7 + blur(canvas.l, 4) * 0.5
    light = relief(height, 4.5 * canvas.unit_px / 256.0)
    for plane in canvas.planes:
        plane[...] = blur(plane, 2)
    canvas.l[...] = canvas.l * 0.86 + 0.07 + clamp(light, -0.28, 0.25)
    gleam = smooth(light, 0.10, 0.22)
    for plane, value in zip(canvas.planes, oklch(0.98, 0.01, 90), strict=True):
        plane += (value - plane) * (gleam * 0.55)
    grade(canvas, 1.04, 1.12)


def _pixel_art(canvas: Canvas, _dice: RandomStream) -> None:
    levels = 2 if min(canvas.width, canvas.height) < 768 else 3
    block = 1 << levels
    small = list(canvas.planes)
    for _ in range(levels):
        small = [shrink(plane) for plane in small]
    rows, columns = small[0].shape
    bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32)
    tiled = np.tile(bayer, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns] * (1.0 / 16.0) - 0.5
    steps = ((9.0, 1.0, 0.7), (22.0, 1.15, 0.3), (22.0, 1.15, 0.3))
    for plane, target, (count, boost, spread) in zip(small, canvas.planes, steps, strict=True):
        flat = np.floor(plane * (boost * count) + 0.5 + tiled * spread) * (1.0 / count)
        target[...] = np.repeat(np.repeat(flat, block, axis=0), block, axis=1)


def _tile_texture(canvas: Canvas, _dice: RandomStream) -> None:
    for plane in canvas.planes:
        small = shrink(plane)
        rows, columns = small.shape
        moved = np.roll(small, (rows // 2, columns // 2), axis=(0, 1))
        across = np.abs(np.arange(columns, dtype=np.float32) * (2.0 / columns) - 1.0)
        down = np.abs(np.arange(rows, dtype=np.float32) * (2.0 / rows) - 1.0).reshape(-1, 1)
        # Where the picture nears its border, the half-shifted one takes over: no seam is left.
        seamless = mix(small, moved, smooth(np.maximum(across, down), 0.45, 0.95))
        plane[...] = np.tile(seamless, (2, 2))


def _stepped(plane: Plane, steps: float, softness: float) -> Plane:
    """The plane in that many steps, with soft edges between them."""
    place = plane * steps
    floor = np.floor(place)
    return (floor + smooth(place - floor, 0.5 - softness, 0.5 + softness)) * (1.0 / steps)


def _draw(canvas: Canvas, lines: Plane) -> None:
    for plane, value in zip(canvas.planes, _INK, strict=True):
        plane += (value - plane) * lines


_STYLES: dict[StylePreset, Callable[[Canvas, RandomStream], None]] = {
    StylePreset.ENHANCE: _enhance,
    StylePreset.ANIME: _anime,
    StylePreset.PHOTOGRAPHIC: _photographic,
    StylePreset.DIGITAL_ART: _digital_art,
    StylePreset.COMIC_BOOK: _comic_book,
    StylePreset.FANTASY_ART: _fantasy_art,
    StylePreset.LINE_ART: _line_art,
    StylePreset.ANALOG_FILM: _analog_film,
    StylePreset.NEON_PUNK: _neon_punk,
    StylePreset.ISOMETRIC: stack_cubes,
    StylePreset.LOW_POLY: set_polygons,
    StylePreset.ORIGAMI: fold_paper,
    StylePreset.MODELING_COMPOUND: _modeling_compound,
    StylePreset.CINEMATIC: _cinematic,
    StylePreset.MODEL_3D: _model_3d,
    StylePreset.PIXEL_ART: _pixel_art,
    StylePreset.TILE_TEXTURE: _tile_texture,
}
