"""Frames into an MP4 file, and out of one.

Imported only by a process that makes a film, for PyAV is large.
"""

# PyAV leaves the type of its packets open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import tempfile
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from av.video.stream import VideoStream
    from numpy.typing import NDArray

_QUALITY = {"crf": "18", "preset": "veryfast"}


def encode(
    frames: Iterable[NDArray[np.uint8]], width: int, height: int, rate: int, comment: str
) -> bytes:
    """The 8-bit sRGB frames (rows, columns, 3) as H.264 in an MP4 that plays while it loads.

    The rate is in frames a second; the comment says what made it. The same frames give the same
    bytes.
    """
    # A file, because moving the index to the front reads what was written.
    with tempfile.TemporaryDirectory(prefix="atelier-film-") as folder:
        path = Path(folder) / "film.mp4"
        with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as container:
            container.metadata["comment"] = comment
            stream = container.add_stream("libx264", rate, options=_QUALITY)
            _describe(stream, width, height)
            for number, pixels in enumerate(frames):
                frame = _frame(pixels)
                frame.pts, frame.time_base = number, Fraction(1, rate)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path.read_bytes()


def decode(film: bytes) -> Iterator[NDArray[np.uint8]]:
    """The frames of a film that `encode` made, as 8-bit RGB (rows, columns, 3), one by one."""
    with av.open(BytesIO(film), "r") as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def _describe(stream: VideoStream, width: int, height: int) -> None:
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    # One film for each core already; and more threads would give other bytes elsewhere.
    context.thread_count = 1
    context.color_range = ColorRange.MPEG
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709


def _frame(pixels: NDArray[np.uint8]) -> VideoFrame:
    return VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
    )
