"""Looks at the boxes of an MP4 (ISO/IEC 14496-12), without decoding anything."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from generation.errors import GarbledAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = struct.Struct(">I4s")
LARGE = struct.Struct(">Q")
MAX_BOXES = 10_000
"""A film in fragments has two boxes a frame; more than this is an attack."""


def check_mp4(file: BinaryIO, size: int) -> None:
    """Check that the file of `size` bytes is a whole MP4 by its outermost boxes.

    It begins with `ftyp`, every box ends within the file and the last one with it, and there is a
    `moov` (the index) and an `mdat` (the frames).

    Raises:
        GarbledAnswer: says what is missing.
    """
    if not size:
        raise GarbledAnswer("the film is empty")
    found: dict[bytes, int] = {}
    for kind, length in _boxes(file, size):
        found[kind] = max(found.get(kind, 0), length)
    for kind in (b"moov", b"mdat"):
        # A box's own header has eight bytes; without more there is nothing in it.
        if found.get(kind, 0) <= HEADER.size:
            raise GarbledAnswer(f"the film has no {kind.decode()}")


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """The outermost boxes with their lengths, headers included."""
    at = 0
    for _ in range(MAX_BOXES):
        if at == size:
            return
        file.seek(at)
        head = file.read(HEADER.size)
        if len(head) < HEADER.size:
            raise _broken_off(at, size)
        length, kind = HEADER.unpack(head)
        shortest = HEADER.size
        if length == 1:
            shortest += LARGE.size
            wide = file.read(LARGE.size)
            length = LARGE.unpack(wide)[0] if len(wide) == LARGE.size else size + 1
        elif length == 0:
            # It reaches to the end of the file, wherever that is.
            length = size - at
        if at == 0 and kind != b"ftyp":
            raise GarbledAnswer("the answer is no MP4 film")
        if length < shortest or at + length > size:
            raise _broken_off(at, size)
        yield kind, length
        at += length
    raise GarbledAnswer("the film has more boxes than a film needs")


def _broken_off(at: int, size: int) -> GarbledAnswer:
    return GarbledAnswer(f"the film breaks off: the box at {at:,} is not within {size:,} bytes")
