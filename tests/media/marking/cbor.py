"""As much of CBOR (RFC 8949) as content credentials use."""

from __future__ import annotations

import struct
from typing import Any

SIMPLE = {20: False, 21: True, 22: None, 23: None}
FLOATS = {25: ">e", 26: ">f", 27: ">d"}


def decode(data: bytes) -> Any:
    """The one value that the bytes hold."""
    value, end = _read(data, 0)
    # The library leaves room behind a signature.
    assert not any(data[end:])
    return value


def encode(value: Any) -> bytes:
    """An array of texts and bytes."""
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(encode(one) for one in value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    assert isinstance(value, str)
    return _head(3, len(value.encode())) + value.encode()


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    for short, form in ((24, ">B"), (25, ">H"), (26, ">I")):
        if number < 1 << 8 * struct.calcsize(form):
            return bytes([kind << 5 | short]) + struct.pack(form, number)
    raise AssertionError(number)


def _read(data: bytes, place: int) -> tuple[Any, int]:
    kind, short = data[place] >> 5, data[place] & 31
    place += 1
    if kind == 7:
        if short in FLOATS:
            size = struct.calcsize(FLOATS[short])
            return struct.unpack_from(FLOATS[short], data, place)[0], place + size
        return SIMPLE[short], place
    if short == 31:
        return _endless(data, place, kind)
    number = short
    if short > 23:
        size = 1 << short - 24
        number = int.from_bytes(data[place : place + size], "big")
        place += size
    return _value(data, place, kind, number)


def _value(data: bytes, place: int, kind: int, number: int) -> tuple[Any, int]:
    if kind in (0, 1):
        return (number if kind == 0 else -1 - number), place
    if kind in (2, 3):
        content = data[place : place + number]
        return (content if kind == 2 else content.decode()), place + number
    if kind == 6:
        return _read(data, place)
    items: list[Any] = []
    for _ in range(number * (2 if kind == 5 else 1)):
        item, place = _read(data, place)
        items.append(item)
    return _gathered(items, kind), place


def _endless(data: bytes, place: int, kind: int) -> tuple[Any, int]:
    items: list[Any] = []
    while data[place] != 0xFF:
        item, place = _read(data, place)
        items.append(item)
    return _gathered(items, kind), place + 1


def _gathered(items: list[Any], kind: int) -> Any:
    return dict(zip(items[::2], items[1::2], strict=True)) if kind == 5 else items
