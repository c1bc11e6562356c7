"""What a file is, told by its first bytes, and how large the picture in it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}


def content_type(data: bytes) -> str | None:
    """The type that the bytes themselves tell; None where they tell nothing."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    return None


def dimensions(data: bytes, kind: str) -> tuple[int, int] | None:
    """Width and height in pixels of a picture or an MP4; None where they cannot be read."""
    if kind.startswith("image/"):
        return _picture_size(data)
    if kind in ("video/mp4", "video/quicktime"):
        return _video_size(data)
    return None


def _picture_size(data: bytes) -> tuple[int, int] | None:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _video_size(data: bytes) -> tuple[int, int] | None:
    """The size in the first track header that has one (ISO/IEC 14496-12, 8.3.2)."""
    headers = [
        header
        for moov in _boxes(data, b"moov")
        for track in _boxes(moov, b"trak")
        for header in _boxes(track, b"tkhd")
    ]
    return next(filter(None, map(_track_size, headers)), None)


def _track_size(header: bytes) -> tuple[int, int] | None:
    if len(header) < 84:
        return None
    # The header ends with a matrix of nine numbers, then width and height as 16.16 fixed point.
    width, height = (int.from_bytes(header[at:][:2], "big") for at in (-8, -4))
    is_turned = not any(header[-44:-40]) and any(header[-40:-36])
    if not width or not height:
        return None
    return (height, width) if is_turned else (width, height)


def _boxes(data: bytes, wanted: bytes) -> Iterator[bytes]:
    """The contents of the boxes of one kind that lie side by side in the data."""
    start = 0
    while start + 8 <= len(data):
        size, head = int.from_bytes(data[start : start + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = len(data) - start
        if size < head:
            return
        if data[start + 4 : start + 8] == wanted:
            yield data[start + head : start + size]
        start += size
