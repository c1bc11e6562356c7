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
from PIL import Image

from generation.errors import GarbledAnswer
from generation.pictures import check_picture
from tests.generation.scripted import SIDE, png

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


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_every_kind_of_png_passes_as_it_is(mode: str) -> None:
    assert check_picture(encoded("PNG", Image.new(mode, (SIDE, SIDE))), SIDE, SIDE) is None


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_others_come_back_as_png(kind: str) -> None:
    data = check_picture(encoded(kind), SIDE, SIDE)
    assert data is not None
    assert check_picture(data, SIDE, SIDE) is None


def test_transparency_is_kept() -> None:
    data = check_picture(encoded("WEBP", Image.new("RGBA", (SIDE, SIDE), (1, 2, 3, 4))), SIDE, SIDE)
    with Image.open(BytesIO(data or b"")) as picture:
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
