"""Only whole pictures of the right size and kind pass."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from generation.errors import GarbledAnswer
from generation.image.pictures import check_any_picture, check_picture, measure
from tests.generation.image.scripted import SIDE, png
from tests.generation.pngs import chunks

NOISE = Image.frombytes("RGB", (SIDE, SIDE), os.urandom(SIDE * SIDE * 3))


def encoded(kind: str, picture: Image.Image = NOISE) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def header_only(width: int, height: int) -> bytes:
    """A PNG of that size without a single pixel: what a decompression bomb begins with."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "1", "I;16"])
def test_a_png_keeps_its_pixels_as_they_are_packed(mode: str) -> None:
    data = encoded("PNG", Image.new(mode, (SIDE, SIDE)))
    assert check_picture(data, SIDE, SIDE) == data


def test_a_palette_becomes_colours() -> None:
    painted = NOISE.quantize(16)
    with Image.open(BytesIO(check_picture(encoded("PNG", painted), SIDE, SIDE))) as picture:
        assert picture.mode == "RGB"
        assert picture.tobytes() == painted.convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_others_come_back_as_png(kind: str) -> None:
    data = check_picture(encoded(kind), SIDE, SIDE)
    assert data.startswith(b"\x89PNG")
    assert check_picture(data, SIDE, SIDE) == data


def test_a_jpeg_of_a_thousand_scans_is_not_decoded() -> None:
    data = encoded("JPEG")
    scan = data[data.index(b"\xff\xda") : -2]
    with pytest.raises(GarbledAnswer, match="scans"):
        check_picture(data[:-2] + scan * 1000 + data[-2:], SIDE, SIDE)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_nothing_of_what_others_say_is_kept(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "sk-echoed-key"
    buffer = BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    said = {"exif": exif, "icc_profile": profile, "xmp": b"<x>sk-echoed-key</x>"}
    NOISE.save(buffer, kind, comment=b"sk-echoed-key", **said)
    made = check_picture(buffer.getvalue(), SIDE, SIDE)
    assert [name for name, _ in chunks(made)] == [b"IHDR", b"IDAT", b"IEND"]


def test_transparency_is_kept() -> None:
    data = check_picture(encoded("WEBP", Image.new("RGBA", (SIDE, SIDE), (1, 2, 3, 4))), SIDE, SIDE)
    with Image.open(BytesIO(data)) as picture:
        assert picture.mode == "RGBA"


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_kinds_are_refused(kind: str) -> None:
    with pytest.raises(GarbledAnswer):
        check_picture(encoded(kind), SIDE, SIDE)


def test_the_size_must_be_right() -> None:
    with pytest.raises(GarbledAnswer, match="64×64, not 128×64"):
        check_picture(png(), 128, 64)


@pytest.mark.parametrize("side", [9_000, 20_000, 2**31 - 1])
def test_bombs_are_refused_by_their_header(side: int) -> None:
    with pytest.raises(GarbledAnswer):
        check_picture(header_only(side, side), SIDE, SIDE)


def test_pixels_must_be_there() -> None:
    with pytest.raises(GarbledAnswer):
        check_picture(header_only(SIDE, SIDE), SIDE, SIDE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@given(data=st.data())
def test_a_beginning_is_not_enough(kind: str, data: st.DataObject) -> None:
    whole = encoded(kind)
    # libjpeg takes a picture whose end mark alone is missing for whole, and it is.
    length = data.draw(st.integers(0, len(whole) - (3 if kind == "JPEG" else 1)))
    with pytest.raises(GarbledAnswer):
        check_picture(whole[:length], SIDE, SIDE)


@given(st.binary(max_size=400))
def test_any_bytes_pass_or_are_refused(data: bytes) -> None:
    for head in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\x00\x01\x00\x00WEBPVP8 "):
        with pytest.raises(GarbledAnswer):
            check_picture(head + data, SIDE, SIDE)


@given(st.integers(0), st.integers(1, 255))
def test_a_changed_byte_never_raises_anything_else(place: int, change: int) -> None:
    data = bytearray(png())
    data[place % len(data)] ^= change
    with contextlib.suppress(GarbledAnswer):
        check_picture(bytes(data), SIDE, SIDE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(17, 5), (64, 64), (300, 200)])
def test_an_engine_may_choose_the_size(kind: str, size: tuple[int, int]) -> None:
    data = encoded(kind, NOISE.resize(size))
    checked = check_any_picture(data)
    assert (checked.width, checked.height) == size
    assert checked.png == check_picture(data, *size)
    measures = measure(data)
    assert measures is not None
    assert (measures.width, measures.height, measures.has_alpha) == (*size, False)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparent_parts_are_kept(kind: str) -> None:
    data = encoded(kind, Image.new("RGBA", (64, 64), (200, 10, 10, 0)))
    measures = measure(data)
    assert measures is not None
    assert measures.has_alpha
    with Image.open(BytesIO(check_any_picture(data).png)) as picture:
        assert picture.mode == "RGBA"
        assert picture.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>", encoded("GIF"), encoded("PNG")[:60], header_only(10**5, 10**5), b"\xff\xd8"],
    ids=range(6),
)
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    with pytest.raises(GarbledAnswer):
        check_any_picture(data)


def test_a_picture_of_any_size_has_a_limit() -> None:
    with pytest.raises(GarbledAnswer, match="too many"):
        check_any_picture(encoded("PNG", NOISE.resize((64, 64))), max_pixels=4095)
