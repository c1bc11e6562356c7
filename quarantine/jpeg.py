"""JPEG (ITU-T T.81, annex B): its markers, counted without decoding."""

from __future__ import annotations

import re
import struct

from quarantine.errors import BadStructure, Fault, check_count, check_size
from sentences import message

MAX_SCANS = 64
"""libjpeg writes 10, the most thorough optimisers about 20; each costs a pass over all pixels."""

MAX_SCANNED = 800_000_000
"""Pixels of all scans together, which is what they cost: 25 scans of the largest picture."""

MAX_SEGMENTS = 4000
"""Profiles and metadata come in segments of 64 kB; 20 MB of them are 320."""

MAX_FILL = 1 << 16
"""Bytes between segments, which belong to nothing; usual programs write none."""

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Neither a stuffed byte nor a restart, both of which belong to a scan, nor a fill byte."""

_LENGTH = struct.Struct(">H")
_SIZE = struct.Struct(">HH")
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN, _TEMPORARY = 0xD8, 0xD9, 0xDA, 0x01
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def is_jpeg(head: bytes) -> bool:
    """Whether a file begins as a JPEG."""
    return head.startswith(b"\xff\xd8\xff")


def check_jpeg(data: bytes, max_pixels: int) -> None:
    """Count scans and segments, and look at the size of the frame.

    Raises:
        BadStructure
    """
    at, scans, segments, frames, filled, marker = 2, 0, 0, 0, 0, _START_OF_IMAGE
    pixels = 0
    while found := _MARKER.search(data, at):
        # What follows the start of a scan is its pixels.
        filled += 0 if marker == _START_OF_SCAN else found.start() - at
        marker, at = data[found.start() + 1], found.end()
        if marker == _END_OF_IMAGE:
            break
        segments += 1
        check_count(segments, MAX_SEGMENTS + MAX_SCANS, message("segments"))
        check_count(filled, MAX_FILL, message("bytes between segments"))
        if marker in (_START_OF_IMAGE, _TEMPORARY):
            continue  # without a length, and none of our business
        length = _LENGTH.unpack_from(data, at)[0]
        if length < _LENGTH.size or at + length > len(data):
            raise BadStructure(Fault.BROKEN, "a segment goes beyond the end")
        scans += marker == _START_OF_SCAN
        check_count(scans, MAX_SCANS, message("scans"))
        if marker in _FRAMES:
            frames += 1
            height, width = _SIZE.unpack_from(data, at + 3)
            check_size(width, height, max_pixels)
            pixels = width * height
            if frames > 1:
                raise BadStructure(Fault.BROKEN, "a second frame")
        at += length
    check_count(scans * pixels, MAX_SCANNED, message("pixels in all scans"))


def is_ended(data: bytes) -> bool:
    """Whether the file's own end is there; its structure was checked before."""
    at = 2
    while found := _MARKER.search(data, at):
        marker, at = data[found.start() + 1], found.end()
        if marker == _END_OF_IMAGE:
            return True
        if marker not in (_START_OF_IMAGE, _TEMPORARY):
            at += _LENGTH.unpack_from(data, at)[0]
    return False


def has_all_scans(data: bytes) -> bool:
    """Whether the scans that begin hold every coefficient to its last bit, in every component.

    The scans of a progressive JPEG refine the whole picture, so one that lacks the last of them
    still has something everywhere. Its structure was checked before.
    """
    at = 2
    unsent: dict[int, set[int]] = {}
    while found := _MARKER.search(data, at):
        marker, at = data[found.start() + 1], found.end()
        if marker in (_START_OF_IMAGE, _TEMPORARY):
            continue
        if marker == _END_OF_IMAGE:
            break
        if marker in _FRAMES:
            unsent = {data[at + 8 + 3 * one]: set(range(64)) for one in range(data[at + 7])}
        elif marker == _START_OF_SCAN:
            components = [data[at + 3 + 2 * one] for one in range(data[at + 2])]
            first, last, bits = data[at + 3 + 2 * len(components) : at + 6 + 2 * len(components)]
            if not bits & 15:
                for component in components:
                    unsent.get(component, set()).difference_update(range(first, last + 1))
        at += _LENGTH.unpack_from(data, at)[0]
    return not any(unsent.values())
