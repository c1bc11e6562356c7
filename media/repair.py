"""Files that lack their last bytes, made whole where every pixel is there."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from io import BytesIO

from media.errors import BadPicture, Reason
from quarantine.jpeg import has_all_scans, is_ended, is_jpeg
from quarantine.png import is_png

PADDING = (b"", b"\xaa" * 64, b"\x55" * 64)
"""What is put where pixels may be missing: where none is, none of it changes any."""

END_OF_JPEG = b"\xff\xd9"
_START_OF_SCAN = b"\xff\xda"
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_CHUNK = struct.Struct(">I4s")
_CHECKSUM = struct.Struct(">I")
_END_OF_PNG = _CHUNK.pack(0, b"IEND") + _CHECKSUM.pack(zlib.crc32(b"IEND"))
_PIXELS = b"IDAT"


def complete_png(data: bytes) -> bytes:
    """The PNG with its last chunk, where nothing but what follows the pixels breaks off."""
    if not is_png(data):
        return data
    at, has_pixels = 8, False
    while at + _CHUNK.size <= len(data):
        length, name = _CHUNK.unpack_from(data, at)
        ends = at + _CHUNK.size + length
        if name == b"IEND" and ends + 4 <= len(data):
            return data
        if ends + 4 > len(data):
            break
        has_pixels = has_pixels or name == _PIXELS
        at = ends + 4
    else:
        return data[:at] + _END_OF_PNG if has_pixels else data
    if name == _PIXELS and ends <= len(data):
        # Its pixels are all there, and its checksum is not.
        return data[:ends] + _CHECKSUM.pack(zlib.crc32(data[at + 4 : ends])) + _END_OF_PNG
    return data[:at] + _END_OF_PNG if has_pixels and name != _PIXELS else data


def _ending(begun: bytes, padding: bytes) -> bytes:
    """A JPEG with those bytes in place of what it may lack.

    Where it has restart markers, what is missing may begin with the next of them.
    """
    restarts = _RESTART.findall(begun, begun.rfind(_START_OF_SCAN))
    following = (restarts[-1][1] + 1) % 8 if restarts else 0
    restart = bytes([0xFF, 0xD0 + following]) if padding else b""
    return begun + padding + restart + padding + END_OF_JPEG


def complete_jpeg(data: bytes, max_pixels: int) -> bytes:
    """The JPEG with its end, where every pixel is there; its structure was checked.

    Decoders fill in what is missing without a word, so the picture is decoded with three different
    endings: they make a difference only where pixels are missing from the scans that there are.

    Raises:
        BadPicture: BROKEN, pixels are missing.
    """
    if not is_jpeg(data) or is_ended(data):
        return data
    if not has_all_scans(data):
        raise BadPicture(Reason.BROKEN, "scans are missing")
    begun = data.rstrip(b"\xff")
    endings = [_ending(begun, padding) for padding in PADDING]
    if len({_digest(ending, max_pixels) for ending in endings}) > 1:
        raise BadPicture(Reason.BROKEN, "pixels are missing")
    return endings[0]


def _digest(data: bytes, max_pixels: int) -> bytes:
    from PIL import Image

    with Image.open(BytesIO(data), formats=("JPEG",)) as picture:
        shrink(picture, max_pixels)
        return hashlib.sha256(picture.tobytes()).digest()


def shrink(picture: object, max_pixels: int) -> None:
    """Have a large JPEG decoded at a half, a quarter or an eighth of its sides."""
    from PIL.JpegImagePlugin import JpegImageFile

    if not isinstance(picture, JpegImageFile):
        return
    width, height = picture.size
    for divisor in (1, 2, 4, 8):
        if (width // divisor) * (height // divisor) <= max_pixels:
            break
    if divisor > 1:
        picture.draft(picture.mode, (width // divisor, height // divisor))
