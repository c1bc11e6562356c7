"""AVIF and HEIC (ISO/IEC 23008-12): the sizes and the number of the pictures they are made of."""

from __future__ import annotations

import struct

from quarantine import mp4
from quarantine.boxes import boxes
from quarantine.errors import check_count, check_size
from sentences import message

BRANDS = (b"avif", b"avis", b"mif1", b"msf1")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")

MAX_ITEMS = 1000
"""A picture of 32 megapixels in tiles of 512×512, with transparency, has 250."""

MAX_FRAMES = 5000

_SIZE = struct.Struct(">II")
_CONTAINERS = (b"meta", b"iprp", b"ipco", *mp4.CONTAINERS)


def is_avif(head: bytes) -> bool:
    """Whether a file begins as an AVIF or its like."""
    return head[4:8] == b"ftyp" and head[8:12] in BRANDS


def is_heic(head: bytes) -> bool:
    """Whether a file begins as a HEIC; some begin as what an AVIF may begin as, too."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


def may_be_heic(head: bytes) -> bool:
    """Whether it takes the decoder of HEIC to know that a file is none."""
    return is_heic(head) or is_avif(head)


def check_avif(data: bytes, max_pixels: int) -> None:
    """Count items and frames, and look at every size.

    Raises:
        BadStructure
    """
    for box in boxes(data, 0, len(data), _CONTAINERS):
        if box.name == b"ispe":
            width, height = _SIZE.unpack_from(data, box.begins + 4)
            check_size(width, height, max_pixels)
        elif box.name == b"iinf":
            is_long = data[box.begins] > 0
            counted = struct.unpack_from(">I" if is_long else ">H", data, box.begins + 4)[0]
            check_count(counted, MAX_ITEMS, message("items"))
        elif box.name == b"iloc":
            check_count(_located(data, box.begins), MAX_ITEMS, message("items"))
        elif box.name == b"stsd":
            for width, height in mp4.sizes_in(data, box):
                check_size(width, height, max_pixels)
        elif box.name in (b"stsz", b"stz2", b"stts"):
            check_count(mp4.samples_in(data, box), MAX_FRAMES, message("frames"))


def _located(data: bytes, begins: int) -> int:
    """How many items have a place in the file."""
    version = data[begins]
    return struct.unpack_from(">I" if version == 2 else ">H", data, begins + 6)[0]
