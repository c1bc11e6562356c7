"""The boxes of ISO media files (ISO/IEC 14496-12), which MP4 and AVIF are."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from quarantine.errors import BadStructure, Fault, check_count
from sentences import message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from mmap import mmap

MAX_BOXES = 20_000
"""A film in fragments has about six boxes a fragment."""

MAX_DEPTH = 10

_HEADER = struct.Struct(">I4s")
_LARGE = struct.Struct(">Q")


class Box(NamedTuple):
    """A box's name, and where what is in it begins and ends."""

    name: bytes
    begins: int
    ends: int


def boxes(data: bytes | mmap, at: int, ends: int, containers: Collection[bytes]) -> Iterator[Box]:
    """All boxes, each container before what is in it; what `meta` holds begins after its flags.

    Raises:
        BadStructure: one goes beyond what it is in, or there are too many.
    """
    count, open_until = 0, [ends]
    while open_until:
        if at >= open_until[-1]:
            open_until.pop()
            continue
        box = _read(data, at, open_until[-1])
        count += 1
        check_count(count, MAX_BOXES, message("boxes"))
        yield box
        at = box.ends
        if box.name in containers:
            check_count(len(open_until), MAX_DEPTH, message("boxes in one another"))
            open_until.append(box.ends)
            at = box.begins + (4 if box.name == b"meta" else 0)


def _read(data: bytes | mmap, at: int, ends: int) -> Box:
    if at + _HEADER.size > ends:
        raise BadStructure(Fault.BROKEN, "a box goes beyond the end")
    length, name = _HEADER.unpack_from(data, at)
    begins = at + _HEADER.size
    if length == 1:
        length = _LARGE.unpack_from(data, begins)[0]
        begins += _LARGE.size
    elif length == 0:
        # It reaches to the end of what it is in.
        length = ends - at
    if at + length < begins or at + length > ends:
        raise BadStructure(Fault.BROKEN, "a box goes beyond the end")
    return Box(name, begins, at + length)
