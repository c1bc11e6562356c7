"""Pictures made to fit the place they go to."""

from __future__ import annotations

import os
from io import BytesIO

import pytest
from PIL import Image

from media.errors import BadPicture, Reason
from media.marking.xmp import TRAINED
from media.metadata import Recipe, write_recipe
from media.reencode import fit_upload

NOISE = Image.frombytes("RGB", (512, 512), os.urandom(512 * 512 * 3))


def noise() -> bytes:
    buffer = BytesIO()
    NOISE.save(buffer, "PNG")
    recipe = Recipe("sd", (("a", 1.0),), 512, 512, 1, 1, 1.0)
    return write_recipe(buffer.getvalue(), recipe, is_trained=True)


PICTURE = noise()


def test_what_fits_stays_as_it_is() -> None:
    assert fit_upload(PICTURE, len(PICTURE)) is PICTURE


@pytest.mark.parametrize("limit", [700_000, 400_000, 200_000, 80_000])
def test_the_limit_is_kept(limit: int) -> None:
    made = fit_upload(PICTURE, limit)
    assert len(made) <= limit
    with Image.open(BytesIO(made)) as picture:
        picture.load()
        assert picture.format == "JPEG"
        assert picture.width == picture.height


def test_quality_goes_before_size() -> None:
    with Image.open(BytesIO(fit_upload(PICTURE, 300_000))) as picture:
        assert picture.size == (512, 512)


def test_the_mark_stays() -> None:
    assert TRAINED.encode() in fit_upload(PICTURE, 400_000)


def test_what_cannot_fit_is_refused() -> None:
    with pytest.raises(BadPicture) as caught:
        fit_upload(PICTURE, 1000)
    assert caught.value.reason is Reason.TOO_MANY_BYTES


def test_a_broken_picture_is_refused() -> None:
    with pytest.raises(BadPicture) as caught:
        fit_upload(PICTURE[:-100_000], 1000)
    assert caught.value.reason is Reason.BROKEN
