"""PNG and APNG (W3C PNG, third edition): chunks, counted and measured without decoding pixels."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from quarantine.errors import BadStructure, Fault, check_count, check_size
from sentences import Sentence, message

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHUNKS = 50_000
"""Most programs write 8 kB of pixels into each; 20 MB of those are 2,500."""

MAX_NOTES = 1000
"""Chunks beside the pixels and frames: texts, profiles, times."""

MAX_FRAMES = 5000
MAX_INFLATED = 16 << 20
"""What compressed texts and profiles may hold together, in bytes."""

MOST_DEFLATED = 1032
"""A byte of deflate stands for so many at most (zlib's technical details)."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct(">I4s")
_HEADER = struct.Struct(">IIBB")
_FRAME = struct.Struct(">IIIII")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def is_png(head: bytes) -> bool:
    """Whether a file begins as a PNG."""
    return head.startswith(_SIGNATURE)


def check_png(data: bytes, max_pixels: int) -> None:
    """Measure the size, the pixels' stream, the texts and the frames.

    Raises:
        BadStructure
    """
    if data[12:16] != b"IHDR":
        raise BadStructure(Fault.UNKNOWN_FORMAT)
    walk = _Morph(max_pixels)
    for number, (name, begins, ends) in enumerate(_chunks(data)):
        check_count(number, MAX_CHUNKS, message("chunks"))
        if (name == b"IHDR") != (number == 0):
            raise BadStructure(Fault.BROKEN, "the header is in the wrong place")
        walk.take(data, name, begins, ends)
    walk.check_pixels()


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's name and where its data begins and ends, up to the last chunk."""
    at = len(_SIGNATURE)
    while at < len(data):
        length, name = _CHUNK.unpack_from(data, at)
        begins = at + _CHUNK.size
        # Four bytes of checksum follow.
        at = begins + length + 4
        if at > len(data):
            raise BadStructure(Fault.BROKEN, "a chunk goes beyond the end")
        yield name, begins, at - 4
        if name == b"IEND":
            return


class _Morph:
    """What was counted so far."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._size = (0, 0)
        self._bits = 0
        self._pixel_bytes = 0
        self._notes = 0
        self._frames = 0
        self._inflated = 0

    def take(self, data: bytes, name: bytes, begins: int, ends: int) -> None:
        if name == b"IHDR":
            self._read_header(data, begins)
        elif name == b"IDAT":
            self._pixel_bytes += ends - begins
        elif name == b"fcTL":
            self._frames += 1
            check_count(self._frames, MAX_FRAMES, message("frames"))
            self._check_frame(data, begins)
        elif name not in (b"fdAT", b"IEND"):
            self._notes += 1
            check_count(self._notes, MAX_NOTES, message("chunks beside the pixels"))
            if name in _PACKED:
                self._inflate(data[_PACKED[name](data, begins, ends) : ends])

    def check_pixels(self) -> None:
        """Refuse a stream too short for the pixels that the header promises."""
        width, height = self._size
        if width * height * self._bits // 8 > self._pixel_bytes * MOST_DEFLATED + MOST_DEFLATED:
            raise BadStructure(Fault.BROKEN, "its pixels are missing")

    def _read_header(self, data: bytes, begins: int) -> None:
        width, height, depth, colour = _HEADER.unpack_from(data, begins)
        check_size(width, height, self._max_pixels)
        self._size, self._bits = (width, height), depth * _CHANNELS.get(colour, 1)

    def _check_frame(self, data: bytes, begins: int) -> None:
        _, width, height, left, top = _FRAME.unpack_from(data, begins)
        if left + width > self._size[0] or top + height > self._size[1]:
            raise BadStructure(Fault.BROKEN, "a frame is larger than the picture")

    def _inflate(self, packed: bytes) -> None:
        room = MAX_INFLATED - self._inflated
        try:
            self._inflated += len(zlib.decompressobj().decompress(packed, room + 1))
        except zlib.error:
            return  # Decoders leave out what they cannot read.
        if self._inflated > MAX_INFLATED:
            detail = Sentence("texts of more than {most} MB", most=MAX_INFLATED >> 20)
            raise BadStructure(Fault.TOO_COMPLEX, detail)


def _after_keyword(data: bytes, begins: int, ends: int) -> int:
    """Where the stream begins: after a keyword, a zero and the method."""
    found = data.find(b"\0", begins, ends)
    return ends if found < 0 else found + 2


def _after_translation(data: bytes, begins: int, ends: int) -> int:
    """Where the stream of an international text begins, its end if it is not compressed."""
    at = data.find(b"\0", begins, ends)
    if at < 0 or at + 2 >= ends or data[at + 1] != 1:
        return ends
    at += 2
    for _ in ("language", "translated keyword"):
        at = data.find(b"\0", at + 1, ends)
        if at < 0:
            return ends
    return at + 1


_PACKED = {b"zTXt": _after_keyword, b"iCCP": _after_keyword, b"iTXt": _after_translation}
"""The chunks with a stream of their own, and where in them it begins."""
