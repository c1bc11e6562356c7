"""Pictures worked on in tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from inference.backends.backend import DrawContext, Progress
from inference.backends.cancellation import Stopped
from inference.upscaling.tile_size import Tiling
from inference.upscaling.tiles import enlarge_in_tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILING = Tiling(side_px=16, overlap_px=3)
WANTED = DrawContext(lambda: False)


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def blurred_twice_as_large(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Something that looks two pixels around."""
    wide = np.pad(pixels.astype(np.uint32), ((2, 2), (2, 2), (0, 0)), mode="edge")
    height, width = pixels.shape[:2]
    around = sum(
        wide[down : down + height, across : across + width]
        for down in range(5)
        for across in (0, 4)
    )
    return np.repeat(np.repeat(np.asarray(around) // 10, 2, axis=0), 2, axis=1).astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (16, 20), (21, 50), (64, 16), (33, 97)])
def test_tiles_leave_no_seam_where_the_overlap_reaches_far_enough(height: int, width: int):
    pixels = noise(height, width)
    made = enlarge_in_tiles(pixels, 2, TILING, blurred_twice_as_large, WANTED)
    assert made.shape == (height * 2, width * 2, 3)
    assert (made == blurred_twice_as_large(pixels)).all()


def test_no_tile_is_larger_than_said():
    seen: list[tuple[int, ...]] = []

    def enlarge(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        seen.append(pixels.shape)
        return np.repeat(np.repeat(pixels, 2, axis=0), 2, axis=1)

    enlarge_in_tiles(noise(100, 41), 2, TILING, enlarge, WANTED)
    assert len(seen) == 7 * 3
    assert max(max(shape[:2]) for shape in seen) <= 16 + 2 * 3


def test_each_tile_is_told_of():
    told: list[Progress] = []
    context = DrawContext(lambda: False, report=told.append)
    enlarge_in_tiles(noise(32, 32), 2, TILING, blurred_twice_as_large, context)
    assert told == [Progress(done, 4) for done in (1, 2, 3, 4)]


def test_it_stops_between_two_tiles():
    done = 0

    def enlarge(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        nonlocal done
        done += 1
        return blurred_twice_as_large(pixels)

    with pytest.raises(Stopped):
        enlarge_in_tiles(noise(64, 64), 2, TILING, enlarge, DrawContext(lambda: done == 2))
    assert done == 2
