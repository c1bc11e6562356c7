"""A delivered PNG holds pixels alone, whatever an engine puts beside or behind them."""

from __future__ import annotations

import resource
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generation.errors import GarbledAnswer
from generation.image.pictures import check_picture
from tests.generation.pngs import SIGNATURE, chunk, chunks, grey_rows, header

KEY = b"sk-echoed-key-0123456789"
W, H = 24, 16
IHDR, IDAT, IEND = header(W, H), chunk(b"IDAT", grey_rows(W, H)), chunk(b"IEND")
EXTRAS = [
    chunk(b"tEXt", b"Software\0" + KEY),
    chunk(b"zTXt", b"Comment\0\0" + zlib.compress(KEY)),
    chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + KEY),
    chunk(b"eXIf", b"MM\0*" + KEY),
    chunk(b"iCCP", b"a\0\0" + zlib.compress(KEY)),
    chunk(b"tIME", struct.pack(">HBBBBB", 2026, 1, 1, 1, 1, 1)),
    chunk(b"acTL", struct.pack(">II", 2, 0)),
    chunk(b"caBX", KEY),
    chunk(b"prVt", KEY),
    chunk(b"PLTE", bytes(3) + KEY),
]
"""What may be there, says more than pixels, and is left behind."""


def built(*parts: bytes) -> bytes:
    return SIGNATURE + b"".join(parts)


@given(
    st.lists(st.sampled_from(EXTRAS[:-1]), max_size=4),
    st.lists(st.sampled_from(EXTRAS[:-1]), max_size=4),
    st.booleans(),
    st.binary(max_size=20),
)
def test_only_pixels_are_left(
    before: list[bytes], after: list[bytes], has_palette: bool, behind: bytes
) -> None:
    palette = EXTRAS[-1:] if has_palette else []
    data = built(IHDR, *before, *palette, IDAT, *after, IEND, behind, KEY)
    assert check_picture(data, W, H) == built(IHDR, IDAT, IEND)


def test_what_follows_the_packed_rows_is_left_behind() -> None:
    data = built(IHDR, chunk(b"IDAT", grey_rows(W, H) + KEY), chunk(b"IDAT", KEY), IEND)
    assert check_picture(data, W, H) == built(IHDR, IDAT, IEND)


def test_a_padded_stream_is_packed_anew() -> None:
    """Empty blocks of deflate say nothing and may be as many as the engine likes."""
    rows = grey_rows(W, H)
    padded = rows[:2] + bytes.fromhex("000000ffff") * 100_000 + rows[2:]
    made = check_picture(built(IHDR, chunk(b"IDAT", padded), IEND), W, H)
    assert len(made) < 1000
    content = dict(chunks(made))[b"IDAT"]
    assert zlib.decompress(content) == zlib.decompress(rows)


def test_rows_in_many_chunks_are_put_together() -> None:
    rows = grey_rows(W, H)
    pieces = [chunk(b"IDAT", rows[place : place + 3]) for place in range(0, len(rows), 3)]
    assert check_picture(built(IHDR, *pieces, IEND), W, H) == built(IHDR, IDAT, IEND)


def test_a_palette_says_nothing() -> None:
    rows = zlib.compress((b"\0" + bytes([0, 1] * (W // 2))) * H)
    palette = chunk(b"PLTE", bytes(6) + KEY + bytes(-len(KEY) % 3))
    parts = palette, chunk(b"tRNS", b"\x80"), chunk(b"IDAT", rows), IEND
    data = built(header(W, H, colour=3), *parts)
    made = check_picture(data, W, H)
    assert [name for name, _ in chunks(made)] == [b"IHDR", b"IDAT", b"IEND"]
    with Image.open(BytesIO(made)) as picture:
        assert (picture.mode, picture.getpixel((0, 0))) == ("RGBA", (0, 0, 0, 128))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_transparent_colour_is_kept(mode: str) -> None:
    buffer = BytesIO()
    colour = 7 if mode == "L" else (1, 2, 3)
    Image.new(mode, (W, H), colour).save(buffer, "PNG", transparency=colour)
    made = check_picture(buffer.getvalue(), W, H)
    assert b"tRNS" in dict(chunks(made))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 5), (5, 3), (8, 8), (33, 17)])
def test_an_interlaced_picture_is_counted_by_its_passes(width: int, height: int) -> None:
    shades = np.arange(width * height, dtype=np.uint8).reshape(height, width)
    raw = b"".join(
        b"\0" + shades[row, left::across].tobytes()
        for left, top, across, down in (
            *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
            *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
        )
        for row in range(top, height, down)
        if left < width
    )
    head = header(width, height, colour=0, interlaced=True)
    data = built(head, chunk(b"IDAT", zlib.compress(raw)), IEND)
    with Image.open(BytesIO(check_picture(data, width, height))) as picture:
        assert np.array_equal(np.asarray(picture), shades)


@pytest.mark.parametrize(
    "data",
    [
        built(IDAT, IHDR, IEND),
        built(IHDR, IHDR, IDAT, IEND),
        built(IHDR, IDAT),
        built(IHDR, IEND),
        built(IHDR, IDAT, EXTRAS[0], IDAT, IEND),
        built(IHDR, IDAT, chunk(b"PLTE", bytes(3)), IEND),
        built(IHDR, chunk(b"ABCD"), IDAT, IEND),
        built(header(W, H, depth=4), IDAT, IEND),
        built(header(W, H, colour=5), IDAT, IEND),
        built(header(W, H, colour=3), IDAT, IEND),
        built(header(W + 1, H), IDAT, IEND),
        built(header(W, H, interlaced=True), IDAT, IEND),
        built(IHDR, IDAT[:-1] + b"\0", IEND),
        built(IHDR, chunk(b"IDAT", grey_rows(W, H)[:-5]), IEND),
        built(IHDR, chunk(b"IDAT", grey_rows(W, H - 1)), IEND),
        built(IHDR, chunk(b"IDAT", grey_rows(W, H + 1)), IEND),
        built(IHDR, chunk(b"IDAT", zlib.compress((b"\5" + bytes(3 * W)) * H)), IEND),
        built(IHDR, chunk(b"IDAT", b"no zlib"), IEND),
        built(IHDR, *([chunk(b"tEXt")] * 60_000), IDAT, IEND),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(GarbledAnswer):
        check_picture(data, W, H)


def test_a_stream_of_300_mb_is_refused_with_little_memory() -> None:
    inflater = zlib.compressobj(9)
    packed = b"".join(inflater.compress(bytes(1 << 20)) for _ in range(300)) + inflater.flush()
    data = built(IHDR, chunk(b"IDAT", packed), IEND)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(GarbledAnswer, match="more pixels"):
        check_picture(data, W, H)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 << 10
