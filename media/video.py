"""Films: read carefully, joined without re-encoding, made small enough, shown as moving pictures.

All of it is meant for a worker process (`media.pool`); PyAV and Pillow are imported inside the
functions. Films are files: a path goes to the worker and back, not the film itself.
"""

# PyAV leaves the types of its packets and pictures open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from media.animated import moving_picture
from media.concatenation import remux
from media.errors import BadPicture, Reason
from media.frames import (
    MAX_FRAMES,
    as_yuv,
    encode,
    even,
    frames,
    merge,
    opened,
    rate_of,
    split,
    written,
)
from media.marking.xmp import TRAINED

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from fractions import Fraction
    from pathlib import Path

    from av.video.frame import VideoFrame
    from PIL.Image import Image as Decoded

QUALITY = 17
"""x264's rate factor where a film is encoded again without need to save."""

BEST, WORST, LAST_RESORT = 20, 34, 40
"""Rate factors for an upload: the first that is tried, the one beyond which a smaller picture looks
better, and the one with which the smallest picture is still tried."""

HALVING = 6
"""So many steps of the rate factor halve a film's bytes, more or less."""

BYTES_BY_PIXELS = 0.8
"""A film's bytes grow with its pixels to the power of this, more or less."""

SHARES = (1, 3 / 4, 9 / 16, 27 / 64, 81 / 256)
"""Of a film's sides, to be tried for an upload."""

SMALLEST_PX = 256
HEADROOM = 0.93
"""The share of the limit that is aimed at; with each try that is too large, less of it."""

SHOWN = 300
"""The most frames of an animated picture: all of them are in memory at once."""

SHOWN_RATE = 30
"""Frames per second above which every second frame of an animated picture is left out."""

SLOWEST_RATE = 6
GOOD_SIDE, SMALLEST_SIDE = 240, 96
"""Pixels: below the first an animated picture loses frames too, below the other it is no use."""

WASTEFUL = 0.6
"""A film that takes less of its limit than this is worth one more try."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a film is, as it is shown; sizes in pixels."""

    width: int
    height: int
    frames: int
    fps: float
    duration_s: float


def probe(path: Path) -> VideoFacts:
    """Decode an MP4 wholly.

    Raises:
        BadPicture: it is no film, breaks off, or is too large.
    """
    with opened(path) as video:
        shown = frames(video)
        first = next(shown)
        count = 1 + sum(1 for _ in shown)
        rate = rate_of(video)
        return VideoFacts(first.width, first.height, count, float(rate), float(count / rate))


def last_frame(path: Path) -> bytes:
    """The last frame as PNG, to go on from.

    Raises:
        BadPicture: as for `probe`.
    """
    with opened(path) as video:
        (last,) = deque(frames(video), maxlen=1)
        return _png(last.to_image())


def join(paths: Sequence[Path], into: Path) -> None:
    """Put films one after the other into an MP4, without encoding anything again.

    Raises:
        BadPicture: one of them cannot be read, or is encoded otherwise than the first: another
            size, codec or setting, for which an MP4 has no second place.
    """
    remux(paths, into)


def join_or_encode(paths: Sequence[Path], into: Path) -> bool:
    """Put films one after the other, encoded again only if they differ; whether they were.

    Then all get the first one's size, cut in the middle, and its rate.

    Raises:
        BadPicture: one of them cannot be read.
    """
    try:
        join(paths, into)
    except BadPicture:
        with opened(paths[0]) as video:
            first, rate = next(frames(video)), rate_of(video)
        size = even(first.width, first.height)
        with written(into, size, rate, QUALITY) as add:
            for count, frame in enumerate(_all_frames(paths, size, rate), start=1):
                if count > MAX_FRAMES:
                    raise BadPicture(
                        Reason.TOO_MANY_PIXELS, f"more than {MAX_FRAMES:,} frames"
                    ) from None
                add(frame)
        return True
    return False


def _all_frames(
    paths: Sequence[Path], size: tuple[int, int], rate: Fraction
) -> Generator[VideoFrame]:
    """The films' frames at that size and rate: some twice, or not at all."""
    for path in paths:
        with opened(path) as video:
            ratio, given = rate / rate_of(video), 0
            for number, frame in enumerate(frames(video), start=1):
                while given < round(number * ratio):
                    given += 1
                    yield _covering(frame, size)


def _covering(frame: VideoFrame, size: tuple[int, int]) -> VideoFrame:
    """The frame at that size, in its own shape, cut in the middle where it overlaps."""
    width, height = size
    scale = max(width / frame.width, height / frame.height)
    wide, high = round(frame.width * scale), round(frame.height * scale)
    if (wide, high) == size:
        return as_yuv(frame, size)
    large = as_yuv(frame, (wide + wide % 2, high + high % 2))
    left, top = (large.width - width) // 4, (large.height - height) // 4
    luma, *colours = split(large)
    cut = [luma[2 * top : 2 * top + height, 2 * left : 2 * left + width]]
    cut += [plane[top : top + height // 2, left : left + width // 2] for plane in colours]
    return merge(cut, large)


@dataclass(frozen=True, slots=True)
class _Try:
    """A form of a film for an upload."""

    share: float
    quality: int


def fit_video_upload(path: Path, into: Path, limit_bytes: int) -> int:
    """Encode a film again so that it fits; the new file's size in bytes.

    H.264 in yuv420p with the index first; worse quality before a smaller picture. Each try tells
    what the next one needs, so that two or three do for a usual film.

    Raises:
        BadPicture: it cannot be read, or no form of it fits (TOO_MANY_BYTES).
    """
    facts = probe(path)
    small = min(facts.width, facts.height)
    shares = [share for share in SHARES if share == 1 or small * share >= SMALLEST_PX]
    current, before = _Try(1, BEST), None
    aim = limit_bytes * HEADROOM
    while current:
        size = _encoded(path, into, facts, current)
        if size <= limit_bytes:
            between = _between(before, current) if size < limit_bytes * WASTEFUL else None
            return _improved(path, into, facts, between, limit_bytes) if between else size
        before, current = current, _next_try(current, size / aim, shares)
        aim *= HEADROOM
    into.unlink()
    raise BadPicture(Reason.TOO_MANY_BYTES, f"no form of it fits {limit_bytes:,} bytes")


def _encoded(path: Path, into: Path, facts: VideoFacts, form: _Try) -> int:
    size = int(facts.width * form.share), int(facts.height * form.share)
    with opened(path) as video:
        encode(frames(video), rate_of(video), into, size, form.quality)
    return into.stat().st_size


def _between(large: _Try | None, small: _Try) -> _Try | None:
    """The form halfway between one that was too large and one that fits, if there is one."""
    if large is None or large.share != small.share or small.quality - large.quality < 2:
        return None
    return _Try(small.share, (large.quality + small.quality) // 2)


def _improved(path: Path, into: Path, facts: VideoFacts, form: _Try, limit_bytes: int) -> int:
    """The size of what fits already, or of that better form, which takes its place if it fits."""
    better = into.with_name(f"{into.name}.better")
    try:
        if _encoded(path, better, facts, form) <= limit_bytes:
            better.replace(into)
    finally:
        better.unlink(missing_ok=True)
    return into.stat().st_size


def _next_try(current: _Try, excess: float, shares: Sequence[float]) -> _Try | None:
    """The best form that should need so many times less; None after the smallest one."""
    if current == _Try(shares[-1], LAST_RESORT):
        return None
    wanted = current.quality + HALVING * math.log2(excess)
    for share in shares:
        if share > current.share:
            continue
        gain = HALVING * 2 * BYTES_BY_PIXELS * math.log2(current.share / share)
        quality = max(BEST, math.ceil(wanted - gain))
        if quality <= WORST:
            return _Try(share, quality)
    return _Try(shares[-1], LAST_RESORT)


def animation(
    path: Path, kind: str, limit_bytes: int, max_side_px: int = 480, source_type: str = TRAINED
) -> bytes:
    """The film as animated picture, `GIF` or `WEBP`, within both limits; it plays for ever.

    `source_type` is the mark that it carries as XMP, one of IPTC's URLs.

    Smaller before fewer frames, down to a size; then both.

    Raises:
        BadPicture: as for `probe`, or no form of it fits (TOO_MANY_BYTES).
    """
    facts = probe(path)
    side = min(max_side_px, max(facts.width, facts.height))
    first = max(math.ceil(facts.frames / SHOWN), math.ceil(facts.fps / SHOWN_RATE))
    last = max(first, int(facts.fps / SLOWEST_RATE))
    step, aim = first, limit_bytes * HEADROOM
    while True:
        data = moving_picture(path, kind, side, step, source_type)
        if len(data) <= limit_bytes:
            return data
        if side <= SMALLEST_SIDE and step >= last:
            raise BadPicture(Reason.TOO_MANY_BYTES, f"no form of it fits {limit_bytes:,} bytes")
        side, step = _smaller_form(side, step, last, aim / len(data))
        aim *= HEADROOM


def _smaller_form(side: int, step: int, last: int, share: float) -> tuple[int, int]:
    """A longest side, and every how manyth frame: as good as that share of the bytes allows."""
    allowed = side * side / step * share
    while True:
        wanted = min(side, int(math.sqrt(allowed * step)))
        if wanted >= GOOD_SIDE or step >= last:
            return max(SMALLEST_SIDE, wanted), step
        step = min(2 * step, last)


def _png(picture: Decoded) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
