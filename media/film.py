"""Films: read carefully, joined without re-encoding, made small enough, shown as moving pictures.

All of it is meant for a worker process (`media.pool`); PyAV and Pillow are imported inside the
functions. Films are files: a path goes to the worker and back, not the film itself.
"""

# PyAV leaves the types of its packets and pictures open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING

from media.errors import BadPicture, Reason

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from PIL.Image import Image as Decoded

MAX_FRAMES = 3000
MAX_PIXELS = 4096 * 2304
QUALITIES = (20, 24, 28, 33, 38)
"""x264's constant rate factors, from the best."""

SMALLEST_PX = 256
THREADS = 2
"""Each of an encoder's threads takes memory, which a worker has little of."""

FAST_START = {"movflags": "+faststart"}
"""The index goes first, so that Discord plays a film before it has loaded it."""


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """What a film is; sizes in pixels."""

    width: int
    height: int
    frames: int
    fps: float
    duration_s: float


def probe(path: Path) -> FilmFacts:
    """Decode an MP4 wholly.

    Raises:
        BadPicture: it is no film, breaks off, or is too large.
    """
    with _opened(path) as film:
        stream = film.streams.video[0]
        frames = sum(1 for _ in _frames(film))
        rate = _rate(film)
        return FilmFacts(stream.width, stream.height, frames, float(rate), frames / float(rate))


def first_frame(path: Path) -> bytes:
    """The first frame as PNG, to stand for the film.

    Raises:
        BadPicture: as for `probe`.
    """
    with _opened(path) as film:
        return _png(next(_frames(film)).to_image())


def last_frame(path: Path) -> bytes:
    """The last frame as PNG, to go on from.

    Raises:
        BadPicture: as for `probe`.
    """
    with _opened(path) as film:
        (last,) = deque(_frames(film), maxlen=1)
        return _png(last.to_image())


def join(paths: Sequence[Path], into: Path) -> None:
    """Put films one after the other into an MP4, without encoding anything again.

    Raises:
        BadPicture: one of them cannot be read, or differs from the first in size or codec.
    """
    import av

    with av.open(into, "w", format="mp4", options=FAST_START) as joined:
        kind, stream, offset = None, None, 0
        for path in paths:
            with _opened(path) as film:
                source = film.streams.video[0]
                now = (source.codec_context.name, source.width, source.height, source.time_base)
                if stream is None:
                    kind, stream = now, joined.add_stream_from_template(source)
                if now != kind:
                    raise BadPicture(Reason.BROKEN, f"{now} does not go on from {kind}")
                end = offset
                for packet in film.demux(source):
                    if packet.dts is None or packet.pts is None:
                        continue  # the last one of a stream only says that it ends
                    packet.pts += offset
                    packet.dts += offset
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.stream = stream
                    joined.mux(packet)
                offset = end


def fit_film_upload(path: Path, into: Path, limit_bytes: int) -> int:
    """Encode a film again so that it fits; the new file's size in bytes.

    H.264 in yuv420p with the index first; worse quality before a smaller picture.

    Raises:
        BadPicture: it cannot be read, or no form of it fits (TOO_MANY_BYTES).
    """
    with _opened(path) as film:
        frames, rate = list(_frames(film)), _rate(film)
    width, height = frames[0].width, frames[0].height
    while min(width, height) >= SMALLEST_PX:
        for quality in QUALITIES:
            encode(frames, rate, into, (width, height), quality)
            size = into.stat().st_size
            if size <= limit_bytes:
                return size
        width, height = width * 3 // 4, height * 3 // 4
    into.unlink(missing_ok=True)
    raise BadPicture(Reason.TOO_MANY_BYTES, f"no form of it fits {limit_bytes:,} bytes")


def encode(
    frames: Sequence[VideoFrame], rate: Fraction, into: Path, size: tuple[int, int], quality: int
) -> None:
    """Write frames as H.264; `quality` is x264's rate factor, 0 the best."""
    import av
    from av.video.stream import VideoStream

    # yuv420p keeps one colour for two by two pixels.
    width, height = (side - side % 2 for side in size)
    with av.open(into, "w", format="mp4", options=FAST_START) as made:
        options = {"crf": str(quality), "preset": "veryfast"}
        stream = made.add_stream("libx264", rate=rate, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = THREADS
        for number, frame in enumerate(frames):
            scaled = frame.reformat(width, height, "yuv420p")
            scaled.pts, scaled.time_base = number, 1 / rate
            made.mux(stream.encode(scaled))
        made.mux(stream.encode(None))


def animation(path: Path, kind: str, max_side_px: int = 480) -> bytes:
    """The film as animated picture, `GIF` or `WEBP`, no side longer than that.

    Raises:
        BadPicture: as for `probe`.
    """
    with _opened(path) as film:
        rate = _rate(film)
        pictures = [_smaller(frame.to_image(), max_side_px) for frame in _frames(film)]
    buffer = BytesIO()
    first, *others = pictures
    first.save(
        buffer, kind, save_all=True, append_images=others, duration=round(1000 / rate), loop=0
    )
    return buffer.getvalue()


@contextmanager
def _opened(path: Path) -> Generator[InputContainer]:
    """The film with its header read; whatever goes wrong with it inside is its fault."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(path, format="mp4") as film:
            if not film.streams.video:
                raise BadPicture(Reason.UNKNOWN_FORMAT)
            stream = film.streams.video[0]
            pixels = stream.width * stream.height
            if not 0 < pixels <= MAX_PIXELS:
                detail = f"{stream.width}×{stream.height}"
                raise BadPicture(Reason.TOO_MANY_PIXELS, detail)
            stream.codec_context.thread_count = THREADS
            yield film
    except FFmpegError as error:
        raise BadPicture(Reason.BROKEN, type(error).__name__) from error


def _frames(film: InputContainer) -> Generator[VideoFrame]:
    """The frames in order, at least one and not too many."""
    found = 0
    for frame in islice(film.decode(video=0), MAX_FRAMES + 1):
        found += 1
        if found > MAX_FRAMES:
            raise BadPicture(Reason.TOO_MANY_PIXELS, f"more than {MAX_FRAMES:,} frames")
        yield frame
    announced = film.streams.video[0].frames
    if not found or found < announced:
        raise BadPicture(Reason.BROKEN, f"{found} of {announced} frames")


def _rate(film: InputContainer) -> Fraction:
    rate = film.streams.video[0].average_rate
    return rate if rate and 0 < rate <= 240 else Fraction(25)


def _smaller(picture: Decoded, max_side_px: int) -> Decoded:
    picture.thumbnail((max_side_px, max_side_px))
    return picture


def _png(picture: Decoded) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
