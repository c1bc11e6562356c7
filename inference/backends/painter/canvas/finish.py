"""The last look: light that spills over, contrast, the relief of the paint, darker corners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.canvas.texture import blur, grow, shrink
from inference.backends.painter.exact import clamp, length, smooth

if TYPE_CHECKING:
    from inference.backends.painter.canvas.canvas import Canvas
    from inference.backends.painter.exact import Plane
    from inference.backends.painter.prompt_features import PromptFeatures


def finish(canvas: Canvas, features: PromptFeatures, texture: float, detail: float) -> None:
    """Bring the whole picture together; texture is how strongly the brush shows, in lightness."""
    show_brush(canvas, texture * (0.25 + 0.75 * detail))
    if detail < 1.0:
        leave_vague(canvas, 0.85 * (1.0 - detail) * (1.0 - detail))
    canvas.checkpoint()
    glow = 0.10 + 0.16 * features.amount("glow") + 0.05 * features.amount("soft")
    bloom(canvas, glow)
    canvas.checkpoint()
    contrast = 1.0 + 0.10 * features.tone("contrast") + 0.10 * max(features.gain - 1.0, -0.3)
    fog = features.score("fog")
    if fog < 0.0:
        contrast += 0.10 * min(-fog, 1.5)
    grade(canvas, contrast, 1.0 + 0.18 * max(features.gain - 1.0, -0.5))
    vignette(canvas, 0.16)


def show_brush(canvas: Canvas, strength: float) -> None:
    """Let the marks of the brush catch the light from the upper left."""
    marks = canvas.bristle
    canvas.l += marks * strength
    canvas.l[1:, 1:] += (marks[1:, 1:] - marks[:-1, :-1]) * (0.55 * strength)


def leave_vague(canvas: Canvas, share: float) -> None:
    """Leave the picture as unfinished as few steps leave it."""
    for plane in canvas.planes:
        plane += (blur(plane, 2) - plane) * share


def bloom(canvas: Canvas, strength: float, threshold: float = 0.72) -> None:
    """Spill the brightest light over its surroundings, and some of its colour with it."""
    bright = clamp(canvas.l - threshold, 0.0, 1.0)
    if float(bright.max()) <= 0.0:
        return
    near = shrink(shrink(shrink(bright)))
    far = blur(near, 2)
    spill = near * (1.2 * strength) + far * (2.2 * strength)
    carried = clamp(spill * 1.2, 0.0, 0.5)
    for plane in (canvas.a, canvas.b):
        small = shrink(shrink(shrink(plane)))
        plane += _regrown((blur(small, 2) - small) * carried)
    canvas.checkpoint()
    canvas.l += _regrown(spill) * (1.0 - clamp(canvas.l))


def _regrown(plane: Plane) -> Plane:
    return grow(grow(grow(plane)))


def grade(canvas: Canvas, contrast: float, chroma: float) -> None:
    """Stretch lightness around its middle and colours around grey."""
    if contrast != 1.0:
        canvas.l -= 0.55
        canvas.l *= contrast
        canvas.l += 0.55
    if chroma != 1.0:
        canvas.a *= chroma
        canvas.b *= chroma


def vignette(canvas: Canvas, strength: float) -> None:
    """Darken the corners."""
    wide, high = float(canvas.u[0, -1]), float(canvas.v[-1, 0])
    r = length(canvas.u * (1.0 / wide), canvas.v * (1.0 / high))
    canvas.l *= 1.0 - smooth(r, 0.62, 1.5) * strength


def edges(plane: Plane) -> Plane:
    """How steep the plane is at each place, per pixel."""
    down, across = np.zeros_like(plane), np.zeros_like(plane)
    down[1:-1] = plane[2:] - plane[:-2]
    across[:, 1:-1] = plane[:, 2:] - plane[:, :-2]
    return length(across, down) * 0.5


def relief(height: Plane, strength: float) -> Plane:
    """Light from the upper left on a surface of that height; 0 where it is flat."""
    light = np.zeros_like(height)
    light[1:-1, 1:-1] = height[1:-1, 2:] - height[1:-1, :-2] + height[2:, 1:-1] - height[:-2, 1:-1]
    return light * strength
