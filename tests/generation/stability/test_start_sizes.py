"""Pictures to start from keep their shape, as long as the operation takes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generation.catalogue.catalogue import load
from generation.stability.check import MAX_BODY_BYTES, upload_problem
from generation.stability.fields import Upload
from generation.stability.operations import OPERATIONS
from generation.stability.start_sizes import MAX_PIXELS, engine_for, start_size

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine

KNOWN = load()
CORE, ULTRA = KNOWN.get("stable-image-core"), KNOWN.get("stable-image-ultra")
LARGE, OWN = KNOWN.get("sd3.5-large"), KNOWN.get("stable-diffusion-v1-5")
SIDES = st.integers(1, 20_000)


@given(width=SIDES, height=SIDES)
def test_each_size_is_taken_and_has_the_shape_of_the_picture(width: int, height: int):
    rule = OPERATIONS[CORE.mask_endpoint].fields["image"]
    size = start_size(CORE, (width, height), has_mask=True)
    if size is None:
        # The shortest side that is taken would make the longest one too long.
        assert max(width, height) / min(width, height) > 60
        return
    assert isinstance(rule, Upload)
    assert upload_problem(rule, *size) is None
    assert engine_for(CORE, has_image=True, has_mask=True).size_problem(*size) is None
    # Rounded to pixels, a side is off by one at most.
    off = math.log(size[0] / size[1]) - math.log(width / height)
    assert abs(off) <= 1.01 / min(size)


@pytest.mark.parametrize("size", [(64, 64), (1536, 2048), (641, 479), (4096, 64)])
def test_what_is_taken_is_left_as_it_is(size: tuple[int, int]):
    assert start_size(CORE, size, has_mask=True) == size


def test_the_largest_fits_into_a_request_without_loss():
    colours, mask = 3 * MAX_PIXELS, 1 << 18
    assert colours + colours // 100 + mask < MAX_BODY_BYTES


@given(width=st.integers(16, 5000), height=st.integers(16, 5000))
def test_from_a_picture_alone_sd_keeps_what_its_aspects_hold(width: int, height: int):
    rule = OPERATIONS[LARGE.endpoint].fields["image"]
    size = start_size(LARGE, (width, height), has_mask=False)
    if size is None:
        assert max(width, height) * 9 > min(width, height) * 21
        return
    assert isinstance(rule, Upload)
    assert upload_problem(rule, *size) is None
    assert engine_for(LARGE, has_image=True, has_mask=False).size_problem(*size) is None
    # Of the usual area, so that no picture is promised in a size that it will not have.
    assert 0.99 < math.prod(size) / (1 << 20) <= 1
    off = math.log(size[0] / size[1]) - math.log(width / height)
    assert abs(off) <= 1.01 / min(size)


@example(width=2123, height=4953)
@example(width=4712, height=2119)
@given(width=st.integers(16, 5000), height=st.integers(16, 5000))
def test_a_picture_that_was_brought_to_a_size_keeps_it(width: int, height: int):
    for has_mask in (False, True):
        size = start_size(LARGE, (width, height), has_mask=has_mask)
        if size is not None:
            assert start_size(LARGE, size, has_mask=has_mask) == size


@pytest.mark.parametrize(
    ("engine", "has_mask"), [(OWN, False), (OWN, True), (ULTRA, False), (CORE, False)]
)
def test_others_have_their_own_sizes(engine: Engine, has_mask: bool):
    assert start_size(engine, (640, 480), has_mask=has_mask) is None
    assert engine_for(engine, has_image=True, has_mask=has_mask) is engine


def test_words_alone_have_the_sizes_of_the_engine():
    assert engine_for(LARGE, has_image=False, has_mask=False) is LARGE
