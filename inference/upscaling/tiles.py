"""A large picture worked on in tiles: little memory at once, and a place to stop in between."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.backend import Progress
from inference.backends.cancellation import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from inference.backends.backend import DrawContext
    from inference.upscaling.tile_size import Tiling

    Pixels = NDArray[np.uint8]
    """Height × width × 3, RGB."""
    Enlarge = Callable[[Pixels], Pixels]

SINGLE = 1.25
"""A picture of up to so many sides of a tile is not divided."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A tile along one side: from `start` to `end`, worked on from `first` to `last`."""

    start: int
    end: int
    first: int
    last: int


def enlarge_in_tiles(
    pixels: Pixels, factor: int, tiling: Tiling, enlarge: Enlarge, context: DrawContext
) -> Pixels:
    """The picture `factor` times as wide and high; `enlarge` does so with each tile.

    How many tiles are done is told to whoever asked for steps.

    Raises:
        Stopped: the context said so before one of the tiles.
    """
    height, width = pixels.shape[:2]
    result = np.empty((height * factor, width * factor, 3), np.uint8)
    tiles = [(down, across) for down in _spans(height, tiling) for across in _spans(width, tiling)]
    for done, (down, across) in enumerate(tiles, start=1):
        if context.is_stopped():
            raise Stopped
        tile = enlarge(pixels[down.first : down.last, across.first : across.last])
        result[
            down.start * factor : down.end * factor, across.start * factor : across.end * factor
        ] = tile[
            (down.start - down.first) * factor : (down.end - down.first) * factor,
            (across.start - across.first) * factor : (across.end - across.first) * factor,
        ]
        if context.report is not None:
            context.report(Progress(done, len(tiles)))
    return result


def _spans(length: int, tiling: Tiling) -> list[_Span]:
    """The tiles along a side of so many pixels, as equal as whole pixels allow."""
    count = 1 if length <= tiling.side_px * SINGLE else -(-length // tiling.side_px)
    edges = [round(number * length / count) for number in range(count + 1)]
    overlap = tiling.overlap_px
    return [
        _Span(start, end, max(0, start - overlap), min(length, end + overlap))
        for start, end in pairwise(edges)
    ]
