"""What is looked at of a picture before its pixels are."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from generation.errors import BadRequest
from inference.backends.given_pictures import open_picture
from inference.input_images import check_picture


def encoded(size: tuple[int, int], kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.new("1", size).save(buffer, kind)
    return buffer.getvalue()


def test_a_picture_of_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded((5000, 4000))

    def load(_picture: PngImagePlugin.PngImageFile) -> None:
        raise AssertionError("it is decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
    with pytest.raises(BadRequest, match="image: 5000×4000 has more than 16,777,216 pixels"):
        check_picture(data, "image")


def test_a_picture_on_its_side_is_as_large_as_it_is_seen() -> None:
    buffer, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (96, 64)).save(buffer, "PNG", exif=exif)
    assert check_picture(buffer.getvalue(), "image", sizes=[(64, 96)]) == (64, 96)


def test_large_profiles_and_texts_are_read() -> None:
    texts, buffer = PngImagePlugin.PngInfo(), BytesIO()
    texts.add_text("parameters", "x" * 3_000_000, zip=True)
    Image.new("RGB", (64, 96), "red").save(buffer, "PNG", pnginfo=texts, icc_profile=bytes(2 << 20))
    data = buffer.getvalue()
    PngImagePlugin.MAX_TEXT_CHUNK = 1 << 20
    assert check_picture(data, "image") == (64, 96)
    PngImagePlugin.MAX_TEXT_CHUNK = 1 << 20
    assert open_picture(data, "RGB").getpixel((9, 9)) == (255, 0, 0)
