"""MP4 (ISO/IEC 14496-12): what the index announces, read without decoding."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quarantine.boxes import boxes
from quarantine.errors import BadStructure, Fault, check_count, check_size, megapixels, more_than
from sentences import message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from quarantine.boxes import Box

CONTAINERS = (*(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex", b"moof", b"traf"),)

MAX_TRACKS = 16
MAX_SAMPLES = 2_000_000
"""Of a track that is no picture: hours of sound."""

_FULL = 4
"""Bytes of version and flags at the beginning of many boxes."""

_COUNT = struct.Struct(">I")
_PAIR = struct.Struct(">II")
_SIZE = struct.Struct(">HH")
_RUN = struct.Struct(">II")


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What a film has at most: pixels of a frame, frames, and pixels of all its frames."""

    frame_pixels: int
    frames: int
    pixels: int


class _Track:
    """What the index says of one track."""

    def __init__(self) -> None:
        self.is_picture = False
        self.samples = 0
        self.sizes: list[tuple[int, int]] = []

    def check(self, limits: VideoLimits) -> None:
        if not self.is_picture:
            check_count(self.samples, MAX_SAMPLES, message("samples"))
            return
        if self.samples > limits.frames:
            raise BadStructure(Fault.TOO_MANY_PIXELS, more_than(limits.frames, message("frames")))
        for width, height in self.sizes:
            check_size(width, height, limits.frame_pixels)
        pixels = self.samples * max((width * height for width, height in self.sizes), default=0)
        if pixels > limits.pixels:
            detail = megapixels(pixels, limits.pixels)
            raise BadStructure(Fault.TOO_MANY_PIXELS, detail)


def check_mp4(video: bytes | mmap, limits: VideoLimits) -> None:
    """Count tracks and samples, and look at the sizes that they announce.

    Raises:
        BadStructure
    """
    tracks: list[_Track] = []
    fragments = _Track()
    for box in boxes(video, 0, len(video), CONTAINERS):
        if box.name == b"trak":
            tracks.append(_Track())
            check_count(len(tracks), MAX_TRACKS, message("tracks"))
        elif box.name == b"trun":
            fragments.samples += _COUNT.unpack_from(video, box.begins + _FULL)[0]
            check_count(fragments.samples, MAX_SAMPLES, message("samples"))
        elif tracks:
            _read(video, box, tracks[-1])
    for track in tracks:
        track.check(limits)


def _read(video: bytes | mmap, box: Box, track: _Track) -> None:
    if box.name == b"hdlr":
        # Another handler may follow, of the references to other files.
        track.is_picture |= video[box.begins + 8 : box.begins + 12] == b"vide"
    elif box.name == b"stsd":
        track.sizes += sizes_in(video, box)
    elif box.name in (b"stsz", b"stz2", b"stts"):
        track.samples = max(track.samples, samples_in(video, box))


def samples_in(video: bytes | mmap, box: Box) -> int:
    """How many samples a table of sizes (`stsz`, `stz2`) or of times (`stts`) announces.

    A table whose entries go beyond its box announces what it does not have.

    Raises:
        BadStructure: BROKEN
    """
    if box.name == b"stts":
        return _timed_samples(video, box)
    same, count = _PAIR.unpack_from(video, box.begins + _FULL)
    entry_bits = same & 0xFF if box.name == b"stz2" else 0 if same else 32
    if count * entry_bits > 8 * (box.ends - box.begins):
        raise BadStructure(Fault.BROKEN, "a table goes beyond its box")
    return count


def _timed_samples(video: bytes | mmap, box: Box) -> int:
    (entries,) = _COUNT.unpack_from(video, box.begins + _FULL)
    begins = box.begins + _FULL + _COUNT.size
    if entries * _RUN.size > box.ends - begins:
        raise BadStructure(Fault.BROKEN, "a table goes beyond its box")
    runs = video[begins : begins + entries * _RUN.size]
    return sum(count for count, _ in _RUN.iter_unpack(runs))


def sizes_in(video: bytes | mmap, box: Box) -> Iterator[tuple[int, int]]:
    """The width and height of each entry of a track's description (`stsd`)."""
    at = box.begins + _FULL + _COUNT.size
    for entry in boxes(video, at, box.ends, ()):
        # Reserved bytes and an index to other files stand before the size.
        yield _SIZE.unpack_from(video, entry.begins + 24)
