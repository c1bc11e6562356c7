"""A picture on a larger canvas, and the mask of what is new."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from media.outpaint import OVERLAP_PX, extend

side = st.integers(0, 90)


@settings(max_examples=30)
@given(st.tuples(side, side, side, side), st.integers(32, 70), st.integers(32, 70))
def test_the_picture_lies_where_it_should_and_the_rest_may_change(
    sides: tuple[int, int, int, int], width: int, height: int
):
    noise = np.random.default_rng(5).integers(0, 255, (height, width, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    made = extend(buffer.getvalue(), sides)
    canvas = np.asarray(Image.open(BytesIO(made.png)))
    mask = np.asarray(Image.open(BytesIO(made.mask)))
    left, right, up, down = sides
    assert canvas.shape == (height + up + down, width + left + right, 3)
    assert mask.shape == canvas.shape[:2]
    assert (canvas[up : up + height, left : left + width] == noise).all()
    assert (mask == 255).sum() == (
        (width - OVERLAP_PX * sum(map(bool, (left, right))))
        * (height - OVERLAP_PX * sum(map(bool, (up, down))))
    )
    if left:
        assert (canvas[up : up + height, left - 1] == noise[:, 0]).all()
    if down:
        assert (canvas[up + height, left : left + width] == noise[-1]).all()
