"""What a field of an operation takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

MAX_TEXT = 10_000
MAX_SEED = 4_294_967_294
"""One less than over gRPC."""

MEGAPIXELS_9 = 9_437_184
MEGAPIXELS_4 = 4_194_304
MEGAPIXELS_1 = 1_048_576
"""Limits of uploads in pixels."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of so many characters; `reads_weights` where `(word:weight)` is documented."""

    shortest: int = 0
    longest: int = MAX_TEXT
    reads_weights: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure from `low` to `high`."""

    low: float
    high: float
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of those names."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """A PNG, JPEG or WebP; sides and areas in pixels, `max_ratio` of the longer side."""

    min_side: int = 64
    max_side: int | None = None
    min_pixels: int = 4096
    max_pixels: int | None = MEGAPIXELS_9
    max_ratio: float | None = None


Field: TypeAlias = Text | Figure | Choice | Upload

ASPECTS = ("21:9", "16:9", "3:2", "5:4", "1:1", "4:5", "2:3", "9:16", "9:21")
"""Width to height; there is neither 4:3 nor 3:4."""

STYLES = (
    "enhance",
    "anime",
    "photographic",
    "digital-art",
    "comic-book",
    "fantasy-art",
    "line-art",
    "analog-film",
    "neon-punk",
    "isometric",
    "low-poly",
    "origami",
    "modeling-compound",
    "cinematic",
    "3d-model",
    "pixel-art",
    "tile-texture",
)
