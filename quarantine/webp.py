"""WebP (RFC 9649): its chunks, walked without decoding."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from quarantine.errors import BadStructure, Fault, check_count, check_size
from sentences import message

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHUNKS = 20_000
MAX_FRAMES = 5000

_CHUNK = struct.Struct("<4sI")
_FORM_BYTES = 12
_FRAME_BYTES = 16
"""The place, size and duration of a frame, before its own chunks."""


def is_webp(head: bytes) -> bool:
    """Whether a file begins as a WebP."""
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def check_webp(data: bytes, max_pixels: int) -> None:
    """Count chunks and frames, and look at the canvas and at each frame's own size.

    The canvas is looked at before anything else: decoders take memory for all of it at once.

    Raises:
        BadStructure
    """
    ends = _CHUNK.unpack_from(data)[1] + _CHUNK.size
    if ends > len(data):
        raise BadStructure(Fault.BROKEN, "it breaks off")
    chunks, frames = 0, 0
    for name, begins, until in _chunks(data, _FORM_BYTES, ends):
        chunks += 1
        check_count(chunks, MAX_CHUNKS, message("chunks"))
        if name != b"ANMF":
            _check_size(data, name, begins, max_pixels)
            continue
        frames += 1
        check_count(frames, MAX_FRAMES, message("frames"))
        check_size(_three(data, begins + 6) + 1, _three(data, begins + 9) + 1, max_pixels)
        for inner, at, _ in _chunks(data, begins + _FRAME_BYTES, until):
            chunks += 1
            check_count(chunks, MAX_CHUNKS, message("chunks"))
            _check_size(data, inner, at, max_pixels)


def _chunks(data: bytes, at: int, ends: int) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's name and where its data begins and ends."""
    while at + _CHUNK.size <= ends:
        name, length = _CHUNK.unpack_from(data, at)
        begins = at + _CHUNK.size
        if begins + length > ends:
            raise BadStructure(Fault.BROKEN, "a chunk goes beyond the end")
        yield name, begins, begins + length
        at = begins + length + length % 2


def _check_size(data: bytes, name: bytes, begins: int, max_pixels: int) -> None:
    if name == b"VP8X":
        check_size(_three(data, begins + 4) + 1, _three(data, begins + 7) + 1, max_pixels)
    elif name == b"VP8L":
        (packed,) = struct.unpack_from("<I", data, begins + 1)
        check_size((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1, max_pixels)
    elif name == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, begins + 6)
        check_size(width & 0x3FFF, height & 0x3FFF, max_pixels)


def _three(data: bytes, at: int) -> int:
    """A number of three bytes."""
    return data[at] | data[at + 1] << 8 | data[at + 2] << 16
