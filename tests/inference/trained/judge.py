"""Decides which colour and which shape a picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.inference.trained.drawings import COLOURS, SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

MIN_CONTRAST = 40
"""Levels by which a figure must differ from the background in one channel."""

MIN_AREA = 40
"""Pixels that a figure has at least."""

MIN_OVERLAP = 0.6
"""Overlap (intersection over union) with a shape's silhouette, below which it is none."""

SILHOUETTE_SIDE = 32

ROUNDING = (0.0, 0.02, 0.04, 0.06, 0.08)
"""How far the corners of silhouettes are rounded, as a share of a side of 1.7 diameters."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The colour and shape of the largest figure; None where none is to be seen."""

    colour: str | None
    shape: str | None


def judge(pixels: NDArray[np.uint8]) -> Verdict:
    """What a picture [height, width, 3] of one figure on a plain background shows."""
    levels = pixels.astype(np.float64)
    background = _border_colour(levels)
    contrast = np.abs(levels - background).max(axis=2)
    strongest = float(np.quantile(contrast, 0.98))
    if strongest < MIN_CONTRAST:
        return Verdict(None, None)
    colour = np.median(levels[contrast > 0.75 * strongest], axis=0)
    mask = _largest_part(_share_of(levels, background, colour) > 0.5)
    if mask.sum() < MIN_AREA:
        return Verdict(None, None)
    return Verdict(_nearest_colour(np.median(levels[mask], axis=0)), _nearest_shape(mask))


def share(
    verdicts: Iterable[Verdict], *, colour: str | None = None, shape: str | None = None
) -> float:
    """The share of the verdicts that name the colour and the shape, where one is given."""
    hits = [
        (colour is None or verdict.colour == colour) and (shape is None or verdict.shape == shape)
        for verdict in verdicts
    ]
    return sum(hits) / len(hits)


def _border_colour(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    border = np.concatenate(
        [
            levels[:2].reshape(-1, 3),
            levels[-2:].reshape(-1, 3),
            levels[:, :2].reshape(-1, 3),
            levels[:, -2:].reshape(-1, 3),
        ]
    )
    return np.median(border, axis=0)


def _share_of(
    levels: NDArray[np.float64], background: NDArray[np.float64], colour: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where each pixel stands between the background (0) and the colour (1)."""
    way = colour - background
    return (levels - background) @ way / float(way @ way)


def _largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected part of a mask, by spreading the highest label to neighbours."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(labels, 1)
        spread = np.max(
            [labels, padded[2:, 1:-1], padded[:-2, 1:-1], padded[1:-1, 2:], padded[1:-1, :-2]],
            axis=0,
        )
        spread = np.where(mask, spread, 0)
        if np.array_equal(spread, labels):
            break
        labels = spread
    counts = np.bincount(labels[mask]) if mask.any() else np.zeros(1, dtype=np.int64)
    return mask & (labels == int(counts.argmax()))


def _nearest_colour(colour: NDArray[np.float64]) -> str:
    def distance(name: str) -> float:
        return float(np.linalg.norm(colour - np.asarray(COLOURS[name], dtype=np.float64)))

    return min(COLOURS, key=distance)


def _nearest_shape(mask: NDArray[np.bool_]) -> str | None:
    seen = _fitted(Image.fromarray(mask.astype(np.uint8) * 255))
    overlaps = {
        shape: max(_overlap(seen, silhouette) for silhouette in _silhouettes(shape))
        for shape in SHAPES
    }
    best = max(overlaps, key=lambda shape: overlaps[shape])
    return best if overlaps[best] >= MIN_OVERLAP else None


def _overlap(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    return float((first & second).sum() / (first | second).sum())


@cache
def _silhouettes(shape: str) -> tuple[NDArray[np.bool_], ...]:
    """The shape drawn sharply, and with its corners rounded more and more."""
    side = 8 * SILHOUETTE_SIDE
    image = Image.new("L", (side, side), 0)
    corners = [(side * (0.5 + 0.3 * x), side * (0.5 + 0.3 * y)) for x, y in SHAPES[shape]]
    ImageDraw.Draw(image).polygon(corners, fill=255)
    return tuple(
        _fitted(image.filter(ImageFilter.GaussianBlur(side * share)).point(_threshold))
        for share in ROUNDING
    )


def _fitted(image: Image.Image) -> NDArray[np.bool_]:
    """The white part scaled so that it fills a square of SILHOUETTE_SIDE."""
    part = image.crop(image.getbbox()).resize(
        (SILHOUETTE_SIDE, SILHOUETTE_SIDE), Image.Resampling.BOX
    )
    return np.asarray(part) > 127


def _threshold(level: int) -> int:
    return 255 if level > 127 else 0
