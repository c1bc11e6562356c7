"""Figures of the wire, which are 32-bit floats, as the decimals that were meant."""

from __future__ import annotations

import math
import struct


def shortest(value: float) -> float:
    """The decimal with the fewest digits that is the same 32-bit float: 0.65, not 0.64999998."""
    if not math.isfinite(value):
        return value
    wanted = struct.pack("f", value)
    for digits in range(6, 9):
        candidate = float(f"{value:.{digits}g}")
        if abs(candidate) <= _LARGEST and struct.pack("f", candidate) == wanted:
            return candidate
    return value


_LARGEST: float = struct.unpack("f", b"\xff\xff\x7f\x7f")[0]
