"""Takes the pixels out of the bytes that an engine says are a picture, and nothing else."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from generation.errors import GarbledAnswer
from generation.png import SIGNATURE, read_png

if TYPE_CHECKING:
    from PIL.Image import Image as Decoded

FORMATS = ("JPEG", "WEBP")
"""What an engine may answer with beside PNG; everything else Pillow knows stays shut."""

SCAN = b"\xff\xda"
"""The marker of a JPEG's scan, which cannot stand within its coded pixels (ITU-T T.81, B.1.1)."""

MAX_SCANS = 100
"""Each is decoded into the whole picture, however empty it is; encoders write about ten."""


def check_picture(data: bytes, width: int, height: int) -> bytes:
    """Read a picture wholly; the PNG of its pixels, without anything that the engine says of them.

    A PNG keeps its pixels as they are packed; JPEG, WebP and palettes are encoded anew. Takes tens
    of milliseconds for a megapixel, so it belongs into another thread or process.

    Raises:
        GarbledAnswer: the bytes are no whole picture of that size in pixels.
    """
    if not data.startswith(SIGNATURE):
        return _decoded(data, FORMATS, width, height)
    png = read_png(data, width, height)
    # Colours that no pixel has would be a place for words.
    return _decoded(png.encode(), ("PNG",), width, height) if png.has_palette else png.encode()


def _decoded(data: bytes, formats: tuple[str, ...], width: int, height: int) -> bytes:
    """A picture encoded anew as PNG."""
    # Imported here, so that a process which has this run elsewhere does not pay for Pillow.
    from PIL import Image

    if data.startswith(b"\xff\xd8") and data.count(SCAN) > MAX_SCANS:
        raise GarbledAnswer("the picture has more scans than a picture needs")
    try:
        with Image.open(BytesIO(data), formats=formats) as picture:
            if picture.size != (width, height):
                # Before decoding: a header costs an attacker nothing, the decoded pixels us a lot.
                found = "{}×{}".format(*picture.size)
                raise GarbledAnswer(f"the picture is {found}, not {width}×{height}")
            return _as_png(picture)
    except GarbledAnswer:
        raise
    except Exception as error:
        # Decoders of hostile bytes raise whatever they like.
        raise GarbledAnswer(f"the picture cannot be read ({type(error).__name__})") from error


def _as_png(picture: Decoded) -> bytes:
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    pixels = picture.convert(mode)
    # Pillow would write profiles and more of what it has read.
    pixels.info.clear()
    buffer = BytesIO()
    pixels.save(buffer, "PNG")
    return buffer.getvalue()
