"""GIF (version 89a): blocks and frames, counted without decoding."""

from __future__ import annotations

import struct

from quarantine.errors import BadStructure, Fault, check_count, check_size
from sentences import message

MAX_FRAMES = 5000
MAX_BLOCKS = 400_000
"""Of data, 255 bytes each in most files: 20 MB of those are 80,000."""

_SCREEN = struct.Struct("<HH")
_PLACE = struct.Struct("<HHHHB")
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


def is_gif(head: bytes) -> bool:
    """Whether a file begins as a GIF."""
    return head.startswith((b"GIF87a", b"GIF89a"))


def check_gif(data: bytes, max_pixels: int) -> None:
    """Count frames and blocks of data, and look at the size of the screen and of each frame.

    Raises:
        BadStructure
    """
    width, height = _SCREEN.unpack_from(data, 6)
    # A screen of nothing takes its first frame's size.
    check_size(max(1, width), max(1, height), max_pixels)
    at, frames, blocks, extensions = 13 + _table_bytes(data[10]), 0, 0, 0
    while at < len(data) and data[at] != _TRAILER:
        kind, at = data[at], at + 1
        if kind == _IMAGE:
            frames += 1
            left, top, wide, high, flags = _PLACE.unpack_from(data, at)
            # Decoders enlarge the screen to hold a frame that goes beyond it.
            check_size(max(width, left + wide), max(height, top + high), max_pixels)
            # The smallest code's size stands before the pixels.
            at += _PLACE.size + _table_bytes(flags) + 1
        elif kind == _EXTENSION:
            extensions += 1
            at += 1
        elif frames:
            return  # Some programs leave anything after the last frame.
        else:
            raise BadStructure(Fault.BROKEN, "a block of no known kind")
        check_count(frames, MAX_FRAMES, message("frames"))
        check_count(extensions, 2 * MAX_FRAMES, message("extensions"))
        at, blocks = _skip_blocks(data, at, blocks)


def _table_bytes(flags: int) -> int:
    """The size of the table of colours that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_blocks(data: bytes, at: int, count: int) -> tuple[int, int]:
    """Where the data that begins there ends, and how many blocks there were until then."""
    while length := data[at]:
        count += 1
        check_count(count, MAX_BLOCKS, message("blocks of data"))
        at += 1 + length
    return at + 1, count
