"""Small films and moving pictures, made for the tests."""

from __future__ import annotations

import io
import tempfile
from functools import cache
from pathlib import Path

import av
from PIL import Image, ImageDraw


def frame(number: int, size: tuple[int, int]) -> Image.Image:
    """A hill under a sun that moves from left to right."""
    width, height = size
    image = Image.new("RGB", size, (38, 60, 110))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, int(height * 0.7), width, height), fill=(30, 70, 50))
    left, across = width * (0.05 + 0.01 * number), height * 0.25
    draw.ellipse((left, height * 0.2, left + across, height * 0.2 + across), fill=(250, 210, 120))
    return image


@cache
def video(
    size: tuple[int, int] = (320, 192), frames: int = 48, rate: int = 24, *, turned: bool = False
) -> bytes:
    """An H.264 MP4 as Discord plays it best: yuv420p, its header in front."""
    # The header can be put in front of a real file only.
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        _encode(file.name, size, frames, rate)
        data = Path(file.name).read_bytes()
    return _turned(data) if turned else data


def _encode(path: str, size: tuple[int, int], frames: int, rate: int) -> None:
    with av.open(path, "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            picture = av.VideoFrame.from_image(frame(number, size))
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _turned(data: bytes) -> bytes:
    """The same film with the matrix of a telephone that was held upright."""
    one = (1 << 16).to_bytes(4, "big")
    last = (1 << 30).to_bytes(4, "big")
    straight = one + bytes(12) + one + bytes(12) + last
    upright = bytes(4) + one + bytes(4) + b"\xff\xff\x00\x00" + bytes(16) + last
    header = data.index(b"tkhd")
    return data[:header] + data[header:].replace(straight, upright, 1)


def moving_picture(kind: str, size: tuple[int, int] = (48, 32)) -> bytes:
    """An animated picture of three frames: "GIF" or "WEBP"."""
    first, *others = (frame(number * 20, size) for number in range(3))
    buffer = io.BytesIO()
    first.save(buffer, kind, save_all=True, append_images=others, duration=200, loop=0)
    return buffer.getvalue()
