"""A film's frames, read and written one at a time, so that a long film takes no more memory.

All of it is meant for a worker process (`media.pool`); PyAV and numpy are imported inside the
functions.
"""

# PyAV leaves the types of its packets and pictures open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from itertools import islice
from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING, TypeAlias, cast

from media.errors import BadPicture, Reason
from quarantine.errors import BadStructure
from quarantine.mp4 import VideoLimits
from quarantine.structure import check_video_structure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    Plane: TypeAlias = NDArray[np.uint8]

MAX_FRAMES = 3000
MAX_PIXELS = 4096 * 2304
MAX_VIDEO_PIXELS = 20_000_000_000
"""Of all frames: more takes minutes to decode."""

VIDEO_LIMITS = VideoLimits(frame_pixels=MAX_PIXELS, frames=MAX_FRAMES, pixels=MAX_VIDEO_PIXELS)
MAX_RATE = 240
USUAL_RATE = Fraction(25)
"""Where a film says none, or one that no film has."""

THREADS = 2
"""Each of an encoder's threads takes memory, which a worker has little of."""

PRESET = "veryfast"
"""x264's: a third of medium's time for as many bytes, and it keeps few frames to look ahead."""

FAST_START = {"movflags": "+faststart"}
"""The index goes first, so that Discord plays a film before it has loaded it."""


@contextmanager
def opened(path: Path) -> Generator[InputContainer]:
    """The film with its header read; whatever goes wrong with it inside is its fault.

    Raises:
        BadPicture: it is no film, breaks off, or is too large.
        OSError: the file cannot be read, or another one not be written.
    """
    import av
    from av.error import FFmpegError

    try:
        _check_structure(path)
        # What it says about itself is not read, in whatever letters.
        with av.open(path, format="mp4", metadata_errors="ignore") as video:
            # Without a codec that is known here, PyAV's stream has not even a size.
            if not video.streams.video or not hasattr(video.streams.video[0], "width"):
                raise BadPicture(Reason.UNKNOWN_FORMAT)
            stream = video.streams.video[0]
            _check_size(stream.width, stream.height)
            stream.codec_context.thread_count = THREADS
            yield video
    except OSError:
        raise  # the disk's fault, not the film's
    except MemoryError as error:
        raise BadPicture(Reason.TOO_MANY_PIXELS, "more than the memory holds") from error
    except FFmpegError as error:
        raise BadPicture(Reason.BROKEN, type(error).__name__) from error


def _check_structure(path: Path) -> None:
    """Refuse what the index alone shows to be too much; an empty file is the decoder's to refuse.

    Raises:
        BadPicture
        OSError: the file cannot be read.
    """
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as video:
        try:
            check_video_structure(video, VIDEO_LIMITS)
        except BadStructure as error:
            raise BadPicture(Reason(error.fault), error.detail) from error


def frames(video: InputContainer) -> Generator[VideoFrame]:
    """The frames in order and upright, all of one size, at least one and not too many."""
    found, size = 0, None
    for frame in islice(video.decode(video=0), MAX_FRAMES + 1):
        found += 1
        if found > MAX_FRAMES:
            raise BadPicture(Reason.TOO_MANY_PIXELS, f"more than {MAX_FRAMES:,} frames")
        _check_size(frame.width, frame.height)
        size = size or (frame.width, frame.height)
        if size != (frame.width, frame.height):
            raise BadPicture(Reason.BROKEN, "its size changes")
        yield _upright(frame)
    announced = shown_frames(video.streams.video[0])
    if not found or found < announced:
        raise BadPicture(Reason.BROKEN, f"{found} of {announced} frames")


def shown_frames(stream: VideoStream) -> int:
    """How many frames the index announces, without those that an edit list cuts off."""
    return sum(1 for entry in stream.index_entries if not entry.is_discard)


def rate_of(video: InputContainer) -> Fraction:
    """Frames per second; of a film whose rate varies, the mean."""
    rate = video.streams.video[0].average_rate
    return rate.limit_denominator(1001) if rate and 0.01 <= rate <= MAX_RATE else USUAL_RATE


def even(width: int, height: int) -> tuple[int, int]:
    """The size without its odd pixels: yuv420p keeps one colour for two by two of them."""
    return max(2, width - width % 2), max(2, height - height % 2)


def as_yuv(frame: VideoFrame, size: tuple[int, int]) -> VideoFrame:
    """The frame in yuv420p of limited range, as all browsers play it, and of that size."""
    from av.video.reformatter import ColorRange

    if (frame.width, frame.height, frame.format.name) == (*size, "yuv420p"):
        return frame
    return frame.reformat(
        *size, "yuv420p", interpolation="BICUBIC", dst_color_range=ColorRange.MPEG
    )


def split(frame: VideoFrame) -> list[Plane]:
    """The three planes of a yuv420p frame of an even size."""
    width, height = frame.width, frame.height
    flat = cast("Plane", frame.to_ndarray()).reshape(-1)
    luma, colour = width * height, width * height // 4
    small = (height // 2, width // 2)
    return [
        flat[:luma].reshape(height, width),
        flat[luma : luma + colour].reshape(small),
        flat[luma + colour :].reshape(small),
    ]


def merge(planes: Sequence[Plane], like: VideoFrame) -> VideoFrame:
    """A yuv420p frame of those planes, with the colours and the time of another frame."""
    import numpy as np
    from av.video.frame import VideoFrame

    height, width = planes[0].shape
    flat = np.concatenate([plane.reshape(-1) for plane in planes])
    made = VideoFrame.from_ndarray(flat.reshape(height * 3 // 2, width), "yuv420p")
    made.pts, made.colorspace, made.color_range = like.pts, like.colorspace, like.color_range
    made.color_primaries, made.color_trc = like.color_primaries, like.color_trc
    return made


@contextmanager
def written(
    into: Path, size: tuple[int, int], rate: Fraction, quality: int
) -> Generator[Callable[[VideoFrame], None]]:
    """Takes frames, at least one, and writes them as H.264 MP4; nothing is left after an error.

    `size` has to be even, `quality` is x264's rate factor, 0 the best.
    """
    import av
    from av.video.stream import VideoStream

    number = 0
    try:
        with av.open(into, "w", format="mp4", options=FAST_START) as made:
            options = {"crf": str(quality), "preset": PRESET}
            stream = made.add_stream("libx264", rate=rate, options=options)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            stream.codec_context.thread_count = THREADS

            def add(frame: VideoFrame) -> None:
                nonlocal number
                ready = as_yuv(frame, size)
                if not number:
                    _keep_colours(stream, frame)
                ready.pts, ready.time_base = number, 1 / rate
                number += 1
                made.mux(stream.encode(ready))

            yield add
            made.mux(stream.encode(None))
    except BaseException:
        into.unlink(missing_ok=True)
        raise


def encode(
    shown: Iterable[VideoFrame], rate: Fraction, into: Path, size: tuple[int, int], quality: int
) -> None:
    """Write frames, at least one, as H.264 MP4; `quality` is x264's rate factor, 0 the best."""
    with written(into, even(*size), rate, quality) as add:
        for frame in shown:
            add(frame)


def _keep_colours(stream: VideoStream, frame: VideoFrame) -> None:
    from av.video.reformatter import ColorRange

    context = stream.codec_context
    context.color_range, context.colorspace = ColorRange.MPEG, frame.colorspace
    context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc


def _check_size(width: int, height: int) -> None:
    if not 0 < width * height <= MAX_PIXELS:
        raise BadPicture(Reason.TOO_MANY_PIXELS, f"{width}×{height}")


def _upright(frame: VideoFrame) -> VideoFrame:
    """The frame as a player shows it, where the film says that the camera was held otherwise."""
    import numpy as np

    slots = round(frame.rotation / 90) % 4
    if not slots:
        return frame
    flat = as_yuv(frame, even(frame.width, frame.height))
    return merge([np.rot90(plane, slots) for plane in split(flat)], flat)
