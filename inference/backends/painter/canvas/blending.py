"""Starting from a picture: how much of it stays, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.given_pictures import open_picture
from inference.backends.painter.canvas.colour import from_rgb
from inference.backends.painter.canvas.texture import blur
from inference.backends.painter.exact import clamp, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.backends.painter.canvas.canvas import Canvas
    from inference.backends.painter.canvas.palette import Ramp
    from inference.backends.painter.exact import Plane


@dataclass(frozen=True, slots=True)
class Start:
    """The picture to start from, and which parts are kept (255) or may change (0)."""

    rgb: NDArray[np.uint8]
    kept: NDArray[np.uint8] | None


def open_start(image: bytes, mask: bytes | None, width: int, height: int) -> Start:
    """The init image and the mask in the size of the request; bytes were verified before."""
    rgb = np.asarray(open_picture(image, "RGB", (width, height)), dtype=np.uint8)
    kept = None if mask is None else np.asarray(open_picture(mask, "L", (width, height)), np.uint8)
    return Start(rgb, kept)


def paint_over(canvas: Canvas, start: Start, strength: float, ramp: Ramp) -> None:
    """Let the painting take over from the picture in the measure of strength, 0 … 1.

    A little strength repaints the picture with the brush, more takes it into the painting's
    colours, and from the middle on the painting's own forms come through in patches.
    """
    planes = [np.empty_like(canvas.l) for _ in range(3)]
    for cut in canvas.cuts():
        canvas.checkpoint()
        for plane, rows in zip(planes, from_rgb(start.rgb[cut]), strict=True):
            plane[cut] = rows
    coarse = int(5.0 * strength + 0.5)
    soft = [_softened(plane, coarse, strength) for plane in planes]
    canvas.checkpoint()
    light = soft[0] + canvas.bristle * (0.06 * strength)
    recoloured = ramp.at(clamp(light * 0.9 + 0.06 * canvas.tone * strength))
    tint = _eased(strength, 0.05, 0.85) * 0.85
    canvas.checkpoint()
    share = _patches(canvas, light, strength)
    for plane, own, new in zip(canvas.planes, soft, recoloured, strict=True):
        over = own + (new - own) * tint
        if plane is canvas.l:
            over = over + canvas.bristle * (0.03 * strength)
        plane[...] = over + (plane - over) * share


def _softened(plane: Plane, levels: int, strength: float) -> Plane:
    """The plane with its finest detail lost first, as noise would take it."""
    if levels == 0:
        return plane
    lost = blur(plane, 1)
    if levels > 1:
        lost = lost + (blur(plane, min(levels, 4)) - lost) * (strength * strength)
    return plane + (lost - plane) * min(1.6 * strength, 1.0)


def _patches(canvas: Canvas, light: Plane, strength: float) -> Plane:
    """How much the painting shows at each place: none at 0.3, all at 1."""
    if strength >= 1.0:
        return np.ones_like(light)
    field = 0.5 + 0.30 * canvas.tone + 0.12 * canvas.bristle + 0.35 * (canvas.l - light)
    level = (strength - 0.3) * 1.45 - 0.32
    even = _eased(strength, 0.6, 1.0)
    return clamp(smooth(level - 0.55 * field, -0.30, 0.45) + even * even * 0.5)


def _eased(value: float, low: float, high: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def keep(rgb: NDArray[np.uint8], start: Start, strength: float) -> NDArray[np.uint8]:
    """The finished picture, with the kept parts and a strength of 0 exact to the byte."""
    share = min(strength * 8.0, 1.0)
    if start.kept is None and share >= 1.0:
        return rgb
    change = np.full(rgb.shape[:2], int(share * 255.0 + 0.5), dtype=np.uint32)
    if start.kept is not None:
        change = (change * (255 - start.kept.astype(np.uint32)) + 127) // 255
    weight = change[:, :, None]
    mixed = rgb.astype(np.uint32) * weight + start.rgb.astype(np.uint32) * (255 - weight)
    return ((mixed + 127) // 255).astype(np.uint8)
