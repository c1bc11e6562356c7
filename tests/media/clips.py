"""Films for the tests, made with PyAV alone, so that they share nothing with what is tested."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
SIZE = (320, 256)


def grey(level: int, size: tuple[int, int] = SIZE) -> Pixels:
    return np.full((size[1], size[0], 3), level, np.uint8)


def noise(seed: int, size: tuple[int, int] = SIZE) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)


def landscape(number: int, size: tuple[int, int] = SIZE) -> Pixels:
    """Soft hills of colour that wander, a little rough."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [
        np.sin((x + 5 * number) / 31 + channel) + np.cos((y - 3 * number) / 23 - channel)
        for channel in range(3)
    ]
    rough = np.random.default_rng(number).normal(0, 3, (height, width, 1))
    return np.clip(np.stack(waves, axis=-1) * 45 + 128 + rough, 0, 255).astype(np.uint8)


def video(
    path: Path,
    pictures: Iterable[Pixels],
    *,
    rate: int = 10,
    codec: str = "libx264",
    options: Mapping[str, str] | None = None,
    times: Iterable[int] | None = None,
    pix_fmt: str = "yuv420p",
) -> Path:
    """Pictures as film; `times` are when each is shown, in the rate's frames."""
    shown = list(pictures)
    with av.open(path, "w", format="mp4") as made:
        stream = made.add_stream(codec, rate=rate, options=dict(options or {"crf": "14"}))
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = shown[0].shape[:2]
        stream.pix_fmt = pix_fmt
        for picture, time in zip(shown, times or range(len(shown)), strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = time, Fraction(1, rate)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return path


def packet_times(path: Path) -> list[tuple[int, int]]:
    """When each packet is shown and decoded."""
    with av.open(path) as opened:
        found = opened.demux(opened.streams.video[0])
        return [(p.pts, p.dts) for p in found if p.pts is not None and p.dts is not None]


def trimmed(path: Path, ticks: int, ms: int) -> Path:
    """The film with an edit list that cuts off its beginning."""
    data = bytearray(path.read_bytes())
    place = data.index(b"elst") + 12
    lasts, begins = struct.unpack_from(">Ii", data, place)
    struct.pack_into(">Ii", data, place, lasts - ms, begins + ticks)
    path.write_bytes(data)
    return path


def turned(path: Path) -> Path:
    """The film with a matrix that has it shown a quarter turned clockwise, as telephones write."""
    data = bytearray(path.read_bytes())
    # In a tkhd of version 0 the matrix stands 40 bytes behind its flags (ISO 14496-12, 8.3.2).
    place = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    struct.pack_into(">9i", data, place, 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path
