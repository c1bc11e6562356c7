"""Files without their last bytes: taken where every pixel is there, else refused."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from media.errors import BadPicture, Reason
from media.repair import END_OF_JPEG
from media.verify import inspect, prepare_init

SIZE = (96, 64)


def encoded(kind: str, **more: object) -> bytes:
    """A picture of noise, whose last pixels take bytes of their own."""
    noise = random.Random(7).randbytes(SIZE[0] * SIZE[1] * 3)
    buffer = io.BytesIO()
    Image.frombytes("RGB", SIZE, noise).save(buffer, kind, **more)
    return buffer.getvalue()


JPEGS = {
    "baseline": encoded("JPEG", quality=90),
    "progressive": encoded("JPEG", quality=90, progressive=True),
    "restarts": encoded("JPEG", quality=90, restart_marker_rows=1),
    "grey": encoded("JPEG", quality=90, optimize=True),
}


@pytest.mark.parametrize("jpeg", JPEGS.values(), ids=JPEGS)
def test_a_jpeg_without_its_end_is_taken(jpeg: bytes) -> None:
    whole = prepare_init(jpeg, *SIZE)
    for data in (jpeg[:-1], jpeg[:-2], jpeg[:-2] + b"\xff\xff", jpeg + b"more"):
        assert prepare_init(data, *SIZE) == whole
        assert (inspect(data).width, inspect(data).height) == SIZE


@pytest.mark.parametrize("jpeg", JPEGS.values(), ids=JPEGS)
@pytest.mark.parametrize("lost", [4, 5, 8, 40, 400, 2000])
def test_a_jpeg_that_lacks_pixels_is_refused(jpeg: bytes, lost: int) -> None:
    with pytest.raises(BadPicture) as refused:
        prepare_init(jpeg[:-lost], *SIZE)
    assert refused.value.reason is Reason.BROKEN


def test_the_end_of_a_thumbnail_is_not_that_of_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010E] = "\xff\xd9 within"
    jpeg = encoded("JPEG", exif=exif.tobytes() + END_OF_JPEG)
    with pytest.raises(BadPicture):
        prepare_init(jpeg[:-300], *SIZE)


@pytest.mark.parametrize("lost", [1, 4, 8, 11, 12, 14])
def test_a_png_without_its_last_chunk_is_taken(lost: int) -> None:
    png = encoded("PNG")
    assert prepare_init(png[:-lost], *SIZE) == prepare_init(png, *SIZE)


def test_a_png_that_lacks_pixels_is_refused() -> None:
    for lost in (40, 400):
        with pytest.raises(BadPicture):
            prepare_init(encoded("PNG")[:-lost], *SIZE)
