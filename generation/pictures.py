"""Looks at the bytes that an engine says are a picture."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from generation.errors import GarbledAnswer
from quarantine.errors import UNREADABLE, BadStructure
from quarantine.structure import check_picture_structure

if TYPE_CHECKING:
    from PIL.Image import Image as Decoded

FORMATS = ("PNG", "JPEG", "WEBP")
"""What an engine may answer with; everything else Pillow knows stays shut."""

MAX_PIXELS = 1 << 25
"""More than any engine draws; a canvas of so many is taken before its size is looked at."""

PNG_END = b"IEND\xaeB`\x82"


def check_picture(data: bytes, width: int, height: int) -> bytes | None:
    """Decode a picture wholly; give it as PNG if it is a JPEG or WebP, None if it is one already.

    Takes tens of milliseconds for a megapixel, so it belongs into another thread or process.

    Raises:
        GarbledAnswer: the bytes are no whole picture of that size in pixels.
    """
    # Imported here, so that a process which has this run elsewhere does not pay for Pillow.
    from PIL import Image

    try:
        # Before Pillow, which takes memory for a whole canvas when it only opens some files.
        check_picture_structure(data, MAX_PIXELS)
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            if picture.size != (width, height):
                # Before decoding: a header costs an attacker nothing, the decoded pixels us a lot.
                found = "{}×{}".format(*picture.size)
                raise GarbledAnswer(f"the picture is {found}, not {width}×{height}")
            picture.load()
            if picture.format != "PNG":
                return _as_png(picture)
    except GarbledAnswer:
        raise
    except BadStructure as error:
        what = "breaks off or is damaged" if error.fault in UNREADABLE else "is too much to read"
        raise GarbledAnswer(f"the picture {what} ({error.detail})") from error
    except Exception as error:
        # Decoders of hostile bytes raise whatever they like.
        raise GarbledAnswer(f"the picture cannot be read ({type(error).__name__})") from error
    if PNG_END not in data:
        # Pillow is content once it has all pixels, but then text chunks cannot be appended.
        raise GarbledAnswer("the picture breaks off before its end")
    return None


def _as_png(picture: Decoded) -> bytes:
    mode = "RGBA" if "A" in picture.getbands() else "RGB"
    buffer = BytesIO()
    picture.convert(mode).save(buffer, "PNG")
    return buffer.getvalue()
