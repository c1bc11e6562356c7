"""A fingerprint of how a picture looks, which survives another size and another encoding.

It is the difference hash: of 9×8 grey pixels, whether each is brighter than the next one.
http://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.verify import decode

if TYPE_CHECKING:
    from PIL.Image import Image as Decoded

SIDE = 8
BITS = SIDE * SIDE
MIN_DETAIL = 8
"""So many of the bits have to be set, and to be clear: one plain area looks like every other."""

NONE = 0
"""The fingerprint of what has too little detail to be told from others."""

REDUCING_GAP = 3.0
"""Pillow first makes a picture smaller by whole steps, to so many times the wanted size."""


def fingerprint(data: bytes) -> int:
    """64 bits of a picture's bytes, NONE where there is too little to see. Meant for a worker.

    Raises:
        BadPicture: it cannot be read wholly, or is too large.
    """
    return fingerprint_of(decode(data).picture)


def fingerprint_of(picture: Decoded) -> int:
    """The same of a decoded picture, upright and without transparency."""
    from PIL.Image import Resampling

    small = picture.convert("L").resize((SIDE + 1, SIDE), Resampling.BOX, reducing_gap=REDUCING_GAP)
    rows = small.tobytes()
    bits = 0
    for at in range(SIDE * (SIDE + 1)):
        if at % (SIDE + 1) < SIDE:
            bits = bits << 1 | (rows[at] > rows[at + 1])
    return bits if MIN_DETAIL <= bits.bit_count() <= BITS - MIN_DETAIL else NONE
