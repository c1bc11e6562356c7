"""Films put one after the other as they are encoded: what has to be alike, and new times."""

# PyAV leaves the types of its packets and pictures open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from media.errors import BadPicture, Reason
from media.frames import FAST_START, MAX_FRAMES, USUAL_RATE, opened, shown_frames

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

FINEST = Fraction(1, 1_000_000)
"""The shortest tick in seconds that the times of a joined film are counted in."""


@dataclass(frozen=True, slots=True)
class _Track:
    """A film's packets by their times, in `time_base`."""

    path: Path
    kind: tuple[object, ...]
    """What has to be the same in films that are joined: one MP4 says it once for all of it."""
    time_base: Fraction
    begins: int
    """When its first frame is shown."""
    lead: int
    """How long before that its first packet is decoded, for the frames that others build on."""
    lasts: int
    grain: Fraction
    """Seconds of which all its times are multiples."""


def remux(paths: Sequence[Path], into: Path) -> None:
    """Write the films' packets one after the other into one MP4.

    Raises:
        BadPicture: one cannot be read, or cannot go on from the first as it is encoded.
    """
    import av

    tracks = [_track(path) for path in paths]
    for track in tracks[1:]:
        if track.kind != tracks[0].kind:
            raise BadPicture(Reason.BROKEN, "the films are encoded differently")
    base = _common(tracks)
    try:
        with av.open(into, "w", format="mp4", options=FAST_START) as joined:
            _write(tracks, base, joined)
    except BaseException:
        into.unlink(missing_ok=True)
        raise


def packets(video: InputContainer) -> Generator[Packet[VideoStream]]:
    """The packets of the picture's track, each with its times; all of them or an error."""
    stream = video.streams.video[0]
    found = 0
    for packet in video.demux(stream):
        if packet.dts is None or packet.pts is None:
            continue  # the last one of a stream only says that it ends
        if packet.is_corrupt:
            raise BadPicture(Reason.BROKEN, "it breaks off")
        found += 1
        if found > MAX_FRAMES:
            raise BadPicture(Reason.TOO_MANY_PIXELS, f"more than {MAX_FRAMES:,} frames")
        yield packet
    if not found or found < shown_frames(stream):
        raise BadPicture(Reason.BROKEN, f"{found} of {stream.frames} frames")


def _track(path: Path) -> _Track:
    with opened(path) as video:
        first = next(video.decode(video=0), None)
        if first is None:
            raise BadPicture(Reason.BROKEN, "no frame")
    with opened(path) as video:
        stream = video.streams.video[0]
        codec, base = stream.codec_context, stream.time_base or 1 / USUAL_RATE
        usual = round(1 / (stream.average_rate or USUAL_RATE) / base)
        times: list[tuple[int, int, int]] = []
        for packet in packets(video):
            if packet.is_discard or not (times or packet.is_keyframe):
                raise BadPicture(Reason.BROKEN, "an edit list cuts into it")
            times.append((_pts(packet), _dts(packet), packet.duration or usual))
        begins = min(pts for pts, _, _ in times)
        size = stream.width, stream.height, first.rotation
        return _Track(
            path,
            (codec.name, codec.pix_fmt, codec.extradata, *size),
            base,
            begins=begins,
            lead=begins - times[0][1],
            lasts=max(pts + lasts for pts, _, lasts in times) - begins,
            grain=base * math.gcd(*(n for a, b, c in times for n in (a - begins, b - begins, c))),
        )


def _common(tracks: Sequence[_Track]) -> Fraction:
    """A time base in which all their times are whole numbers: one of theirs, if one is."""
    bases = [track.time_base for track in tracks]
    finer = Fraction(1, math.lcm(*(base.denominator for base in bases)))
    for base in (*bases, finer):
        if base >= FINEST and all((track.grain / base).denominator == 1 for track in tracks):
            return base
    raise BadPicture(Reason.BROKEN, "the films count time differently")


def _write(tracks: Sequence[_Track], base: Fraction, joined: OutputContainer) -> None:
    # All are decoded as early as the one that needs it most, so that no packet comes too late.
    lead = max(track.lead * track.time_base for track in tracks) / base
    stream: VideoStream | None = None
    start, count, decoded = Fraction(0), 0, None
    for track in tracks:
        scale = track.time_base / base
        early = start - lead + track.lead * scale
        with opened(track.path) as video:
            if stream is None:
                stream = joined.add_stream_from_template(video.streams.video[0])
                stream.time_base = base
            for packet in packets(video):
                count += 1
                pts = int((_pts(packet) - track.begins) * scale + start)
                dts = int((_dts(packet) - track.begins) * scale + early)
                if count > MAX_FRAMES:
                    raise BadPicture(Reason.TOO_MANY_PIXELS, f"more than {MAX_FRAMES:,} frames")
                if decoded is not None and dts <= decoded:
                    raise BadPicture(Reason.BROKEN, "its frames overlap those of the one before")
                packet.pts, packet.dts, decoded = pts, dts, dts
                packet.duration = int((packet.duration or 0) * scale)
                packet.time_base, packet.stream = base, stream
                joined.mux(packet)
        start += track.lasts * scale


def _pts(packet: Packet[VideoStream]) -> int:
    assert packet.pts is not None
    return packet.pts


def _dts(packet: Packet[VideoStream]) -> int:
    assert packet.dts is not None
    return packet.dts
