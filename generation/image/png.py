"""A PNG of an engine's, taken apart with bounded memory and built anew of its pixels alone.

Source: W3C, Portable Network Graphics (third edition), chapters 5, 7, 9, 10 and 11.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.errors import GarbledAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.Struct(">IIBBBBB")
FRAME = struct.Struct(">I4s")
CHECK = struct.Struct(">I")
LARGEST = (1 << 31) - 1
"""Bytes of a chunk."""

MAX_CHUNKS = 50_000
"""Many encoders put 8 KiB of a picture into a chunk; more chunks than this are an attack."""

GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
SAMPLES = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    COLOUR: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    COLOUR_ALPHA: (8, 16),
}
MAX_FILTER = 4
PADDING = 64
"""A stream larger than its rows by more than this share of them is packed anew: what cannot be
compressed takes 5 bytes more for each block, and blocks have some kB."""

TRANSPARENT_BYTES = {GREY: 2, COLOUR: 6}
"""The length of a tRNS chunk: one colour that is shown as nothing."""

ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
"""Each pass of an interlaced picture: its first column and row, and its steps."""


@dataclass(slots=True)
class Png:
    """What makes a PNG's pixels: its header, palette, transparent colour and packed rows."""

    width: int
    height: int
    depth: int
    colour: int
    is_interlaced: bool
    palette: bytes = field(default=b"", repr=False)
    transparent: bytes = field(default=b"", repr=False)
    rows: bytes = field(default=b"", repr=False)

    @property
    def has_palette(self) -> bool:
        """Whether pixels are numbers of colours."""
        return self.colour == PALETTE

    def encode(self) -> bytes:
        """The PNG of these parts and of nothing else."""
        header = HEADER.pack(
            *(self.width, self.height, self.depth, self.colour, 0, 0, int(self.is_interlaced))
        )
        parts = [(b"IHDR", header)]
        parts += [(b"PLTE", self.palette)] if self.palette else []
        parts += [(b"tRNS", self.transparent)] if self.transparent else []
        parts += [(b"IDAT", self.rows), (b"IEND", b"")]
        return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def read_png(data: bytes, width: int, height: int) -> Png:
    """A whole PNG of that size in pixels, its pixels inflated once to see that they are there.

    Never more memory than the header's pixels take is used, and text, profiles, EXIF, animations
    and chunks of no known kind are left behind.

    Raises:
        GarbledAnswer: it is no such PNG; says what is wrong in words of our own.
    """
    found: dict[bytes, bytes] = {}
    rows: list[bytes] = []
    png: Png | None = None
    last = b""
    for kind, content in _chunks(data):
        if png is None:
            png = _header(kind, content, width, height)
        elif kind == b"IDAT":
            if rows and last != b"IDAT":
                raise GarbledAnswer("the picture's pixels are in several places")
            rows.append(content)
        elif kind in (b"PLTE", b"tRNS"):
            if rows or kind in found:
                raise GarbledAnswer("the picture's colours stand in the wrong place")
            found[kind] = content
        elif kind == b"IEND":
            png.palette = _palette(png, found.get(b"PLTE", b""))
            png.transparent = _transparent(png, found.get(b"tRNS", b""))
            png.rows = _whole(b"".join(rows), png)
            return png
        elif not kind[0] & 0x20:
            # One that says of itself that the pixels make no sense without it.
            raise GarbledAnswer("the picture needs something that no PNG of an engine has")
        last = kind
    raise GarbledAnswer("the picture breaks off before its end")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk's kind and content, checked; what follows the end is not looked at."""
    place = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if place + FRAME.size > len(data):
            return
        length, kind = FRAME.unpack_from(data, place)
        end = place + FRAME.size + length + CHECK.size
        if length > LARGEST or end > len(data):
            return
        content = data[place + FRAME.size : end - CHECK.size]
        if CHECK.unpack_from(data, end - CHECK.size)[0] != zlib.crc32(content, zlib.crc32(kind)):
            raise GarbledAnswer("the picture is damaged")
        yield kind, content
        place = end
    raise GarbledAnswer("the picture has more parts than a picture needs")


def _header(kind: bytes, content: bytes, width: int, height: int) -> Png:
    if kind != b"IHDR" or len(content) != HEADER.size:
        raise GarbledAnswer("the picture has no header")
    across, down, depth, colour, packing, filtering, interlacing = HEADER.unpack(content)
    if (across, down) != (width, height):
        raise GarbledAnswer(f"the picture is {across}×{down}, not {width}×{height}")
    is_known = depth in DEPTHS.get(colour, ()) and not packing and not filtering
    if not is_known or interlacing > 1:
        raise GarbledAnswer("the picture is of a kind that does not exist")
    return Png(width, height, depth, colour, is_interlaced=bool(interlacing))


def _palette(png: Png, content: bytes) -> bytes:
    if not png.has_palette:
        return b""  # a mere suggestion for poor screens
    if not content or len(content) % 3 or len(content) // 3 > 1 << png.depth:
        raise GarbledAnswer("the picture's palette makes no sense")
    return content


def _transparent(png: Png, content: bytes) -> bytes:
    if png.has_palette:
        return content[: len(png.palette) // 3]
    if len(content) != TRANSPARENT_BYTES.get(png.colour, 0):
        return b""
    return content


def _whole(packed: bytes, png: Png) -> bytes:
    """The packed rows up to their own end, after they were inflated to exactly what they should."""
    sizes = list(_passes(png))
    expected = sum(lines * length for lines, length in sizes)
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(packed, expected)
        more = inflater.decompress(inflater.unconsumed_tail, 1) if not inflater.eof else b""
    except zlib.error as error:
        raise GarbledAnswer("the picture's pixels cannot be read") from error
    if more:
        raise GarbledAnswer("the picture has more pixels than it says")
    if len(raw) < expected or not inflater.eof:
        raise GarbledAnswer("the picture breaks off before its end")
    place = 0
    for lines, length in sizes:
        end = place + lines * length
        if max(raw[place:end:length]) > MAX_FILTER:
            raise GarbledAnswer("the picture's pixels make no sense")
        place = end
    rows = packed[: len(packed) - len(inflater.unused_data)]
    # A stream may be padded without end, which is no use to anybody's pixels.
    return rows if len(rows) <= expected + expected // PADDING + CHECK.size else zlib.compress(raw)


def _passes(png: Png) -> Iterator[tuple[int, int]]:
    """How many rows, and how many bytes in each, with the one that names its filter."""
    bits = png.depth * SAMPLES[png.colour]
    for left, top, across, down in ADAM7 if png.is_interlaced else ((0, 0, 1, 1),):
        columns, lines = -(-(png.width - left) // across), -(-(png.height - top) // down)
        if columns > 0 and lines > 0:
            yield lines, 1 + (columns * bits + 7) // 8


def _chunk(kind: bytes, data: bytes) -> bytes:
    return FRAME.pack(len(data), kind) + data + CHECK.pack(zlib.crc32(data, zlib.crc32(kind)))
