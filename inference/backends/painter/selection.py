"""What of a picture is meant, by colours alone: what words name, and what stands in front."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from inference.backends.painter.canvas.colour import from_rgb, oklch
from inference.backends.painter.lexicon import lexicon
from inference.backends.painter.random_source import RandomStream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.backends.painter.canvas.colour import Lab

    Share = NDArray[np.float32]

_NEAR, _FAR = 0.10, 0.20
"""Distances in OKLab: within the first a colour is the one that is meant, beyond the second not."""

_LEAST = 0.002
"""The least share of a picture that counts as found."""

_LOOKED_AT_PX = 192
"""The longer side at which the background is followed from the border."""

_GROUNDS = 4
"""How many colours a background has at most."""


def colour_of(words: str, seed: int) -> Lab:
    """The colour that words name, else one that the seed chooses."""
    named = _named_colour(words)
    if named is not None:
        return named
    dice = RandomStream(seed, "recolour", words)
    return oklch(dice.number(0.5, 0.75), dice.number(0.1, 0.18), dice.number(0.0, 360.0))


def select(rgb: NDArray[np.uint8], words: str) -> Share:
    """How much each pixel, 0 … 1, belongs to what the words name.

    That is what has its colour, else what stands in front.
    """
    colour = _named_colour(words)
    if colour is not None:
        light, a, b = from_rgb(rgb)
        # Light and shade of a thing differ more than its hue.
        off = np.sqrt((0.5 * (light - colour.l)) ** 2 + (a - colour.a) ** 2 + (b - colour.b) ** 2)
        found = _ramp(off, 1.5 * _FAR, 1.5 * _NEAR)
        if float(found.mean()) >= _LEAST:
            return found
    return foreground(rgb)


def foreground(rgb: NDArray[np.uint8]) -> Share:
    """How much each pixel, 0 … 1, stands in front: what is unlike the border, or cut off from it.

    Where nothing is, what is in the middle stands in front.
    """
    planes = np.dstack(from_rgb(rgb))
    off = np.full(planes.shape[:2], np.inf, dtype=np.float32)
    for ground in _grounds(planes):
        off = np.minimum(off, np.sqrt(((planes - ground) ** 2).sum(axis=2)))
    front = np.maximum(_ramp(off, _NEAR * 0.6, _NEAR), 1.0 - _reached(off))
    return front if float(front.mean()) >= _LEAST else _middle(*off.shape)


def _named_colour(words: str) -> Lab | None:
    """The first colour among the words, else that of the first thing that has one."""
    meanings = [lexicon().find(word) for word in words.casefold().split() if word]
    known = [one for one in meanings if one is not None and one.is_known and one.colours]
    ordered = sorted(known, key=lambda one: not one.is_colour)
    return max(ordered[0].colours, key=lambda entry: entry[1])[0] if ordered else None


def _grounds(planes: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The colours along the border: the middle of each group that holds a fair part of it."""
    edges = (planes[0], planes[-1], planes[:, 0], planes[:, -1])
    left = np.concatenate(edges)
    least = max(1, len(left) // 12)
    grounds: list[NDArray[np.float32]] = []
    while len(grounds) < _GROUNDS and len(left) >= least:
        middle = np.median(left, axis=0)
        off = np.sqrt(((left - middle) ** 2).sum(axis=1))
        nearest = left[int(np.argmin(off))]
        is_near = np.sqrt(((left - nearest) ** 2).sum(axis=1)) < _NEAR
        grounds.append(left[is_near].mean(axis=0).astype(np.float32))
        left = left[~is_near]
    return grounds


def _reached(off: Share) -> Share:
    """1 where the background can be reached from the border, softly, else 0."""
    height, width = off.shape
    scale = min(1.0, _LOOKED_AT_PX / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    is_ground = Image.fromarray(((off < _NEAR) * 255).astype(np.uint8)).resize(size)
    # A frame of background leads around the picture.
    framed = Image.new("L", (size[0] + 2, size[1] + 2), 255)
    framed.paste(is_ground.point([0] * 128 + [255] * 128), (1, 1))
    ImageDraw.floodfill(framed, (0, 0), 128)
    inside = framed.crop((1, 1, size[0] + 1, size[1] + 1)).point([0] * 128 + [255] + [0] * 127)
    grown = inside.filter(ImageFilter.MaxFilter(3)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    return np.asarray(grown, dtype=np.float32) / 255.0


def _middle(height: int, width: int) -> Share:
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height * 2.0 - 1.0
    x = (np.arange(width, dtype=np.float32)[None, :] + 0.5) / width * 2.0 - 1.0
    return _ramp(np.sqrt(x * x + y * y), 0.75, 0.65)


def _ramp(plane: Share, nothing: float, everything: float) -> Share:
    """0 at the first figure, 1 at the second, straight between."""
    share = (plane - nothing) / (everything - nothing)
    return np.clip(share, 0.0, 1.0).astype(np.float32)
