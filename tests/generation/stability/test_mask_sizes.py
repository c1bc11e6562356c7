"""Pictures with a mask go out in their own size, as long as the operation for masks takes it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.catalogue.catalogue import load
from generation.stability.check import MAX_BODY_BYTES, upload_problem
from generation.stability.fields import Upload
from generation.stability.mask_sizes import MAX_PIXELS, engine_for, masked_size
from generation.stability.operations import OPERATIONS

CORE = load().get("stable-image-core")
OWN = load().get("stable-diffusion-v1-5")
SIDES = st.integers(1, 20_000)


@given(width=SIDES, height=SIDES)
def test_each_size_is_taken_and_has_the_shape_of_the_picture(width: int, height: int):
    rule = OPERATIONS[CORE.mask_endpoint].fields["image"]
    size = masked_size(CORE, (width, height))
    if size is None:
        # The shortest side that is taken would make the longest one too long.
        assert max(width, height) / min(width, height) > 60
        return
    assert isinstance(rule, Upload)
    assert upload_problem(rule, *size) is None
    assert engine_for(CORE, has_mask=True).size_problem(*size) is None
    # Rounded to pixels, a side is off by one at most.
    off = math.log(size[0] / size[1]) - math.log(width / height)
    assert abs(off) <= 1.01 / min(size)


@pytest.mark.parametrize("size", [(64, 64), (1536, 2048), (641, 479), (4096, 64)])
def test_what_is_taken_is_left_as_it_is(size: tuple[int, int]):
    assert masked_size(CORE, size) == size


def test_the_largest_fits_into_a_request_without_loss():
    colours, mask = 3 * MAX_PIXELS, 1 << 18
    assert colours + colours // 100 + mask < MAX_BODY_BYTES


def test_others_have_their_own_sizes():
    assert masked_size(OWN, (640, 480)) is None
    assert engine_for(OWN, has_mask=True) is OWN
    assert engine_for(CORE, has_mask=False) is CORE
