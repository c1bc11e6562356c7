"""Pictures that telephones took are turned upright before their shape is looked at."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from generation.errors import BadRequest
from generation.video.request import SIZES
from inference.backends.given_pictures import open_picture
from inference.input_images import check_picture


def on_its_side(size: tuple[int, int], orientation: int = 6) -> bytes:
    """A photograph whose left edge is red and is seen at the top when it is turned upright."""
    picture = Image.new("RGB", size, "teal")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 4, size[1]), fill="red")
    exif = Image.Exif()
    exif[0x112] = orientation
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95, exif=exif.tobytes())
    return buffer.getvalue()


def test_the_size_is_that_of_the_picture_as_it_is_seen() -> None:
    data = on_its_side((1024, 576))
    assert check_picture(data, "image", ("JPEG", "PNG"), SIZES) == (576, 1024)
    with pytest.raises(BadRequest, match="it is 576×700"):
        check_picture(on_its_side((700, 576)), "image", ("JPEG", "PNG"), SIZES)


def test_it_is_drawn_upright() -> None:
    picture = open_picture(on_its_side((96, 64)), "RGB", (64, 96))
    assert picture.size == (64, 96)
    top, bottom = picture.getpixel((32, 4)), picture.getpixel((32, 90))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > 60 > bottom[0]
