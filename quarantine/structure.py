"""The structure of a picture or film, walked without decoding anything.

What decodes in no reasonable time is refused here for next to nothing: a few bytes in a file can
ask for thousands of passes over all pixels. What lies about its lengths is refused as broken.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from quarantine import avif, gif, jpeg, mp4, png, webp
from quarantine.errors import BadStructure, Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from mmap import mmap

CHECKS: dict[str, tuple[Callable[[bytes], bool], Callable[[bytes, int], None]]] = {
    "PNG": (png.is_png, png.check_png),
    "JPEG": (jpeg.is_jpeg, jpeg.check_jpeg),
    "GIF": (gif.is_gif, gif.check_gif),
    "WEBP": (webp.is_webp, webp.check_webp),
    "AVIF": (avif.is_avif, avif.check_avif),
    "HEIF": (avif.is_heic, avif.check_avif),
}
"""How each format that may be decoded is known by its first bytes, and its check."""

HEAD_BYTES = 64


def check_picture_structure(data: bytes, max_pixels: int) -> None:
    """Refuse a picture that takes too much to decode; other formats are the decoder's to refuse.

    Raises:
        BadStructure
    """
    head = data[:HEAD_BYTES]
    for is_of_format, check in CHECKS.values():
        if is_of_format(head):
            try:
                check(data, max_pixels)
            except (struct.error, IndexError) as error:
                raise BadStructure(Fault.BROKEN, "it breaks off") from error
            return


def check_video_structure(video: bytes | mmap, limits: mp4.VideoLimits) -> None:
    """Refuse an MP4 that takes too much to decode.

    Raises:
        BadStructure
    """
    try:
        mp4.check_mp4(video, limits)
    except (struct.error, IndexError) as error:
        raise BadStructure(Fault.BROKEN, "it breaks off") from error
