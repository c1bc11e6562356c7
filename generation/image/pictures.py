"""Takes the pixels out of the bytes that an engine says are a picture, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from generation.errors import GarbledAnswer
from generation.image.png import SIGNATURE, read_png
from quarantine.errors import UNREADABLE, BadStructure
from quarantine.structure import check_picture_structure

if TYPE_CHECKING:
    from PIL.Image import Image as Decoded

FORMATS = ("JPEG", "WEBP")
"""What an engine may answer with beside PNG; everything else Pillow knows stays shut."""

MAX_PIXELS = 1 << 25
"""More than any engine draws; a canvas of so many is taken before its size is looked at."""


MAX_PREVIEW_BYTES = 1 << 18
MAX_PREVIEW_PIXELS = 1 << 20
PREVIEW_SIDE = 512
"""The longer side of a preview as it is shown, in pixels."""

PREVIEW_QUALITY = 80


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


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """The PNG of a picture's pixels, and their size."""

    png: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Measures:
    """What a picture's header says, in pixels."""

    width: int
    height: int
    has_alpha: bool


def check_any_picture(data: bytes, max_pixels: int = MAX_PIXELS) -> CheckedPicture:
    """As `check_picture`, for an engine that chooses the size itself.

    Raises:
        GarbledAnswer: the bytes are no whole picture, or one of more pixels.
    """
    measures = measure(data)
    if measures is None:
        raise GarbledAnswer("the answer is no picture")
    width, height = measures.width, measures.height
    if width * height > max_pixels:
        raise GarbledAnswer(f"the picture has {width}×{height} pixels, which is too many")
    return CheckedPicture(check_picture(data, width, height), width, height)


def check_preview(data: bytes) -> bytes:
    """Read a preview wholly; a JPEG of its pixels alone, at most 512 pixels a side.

    Raises:
        GarbledAnswer: the bytes are no whole JPEG, or a larger one than previews are.
    """
    measures = measure(data) if len(data) <= MAX_PREVIEW_BYTES else None
    if measures is None or measures.width * measures.height > MAX_PREVIEW_PIXELS:
        raise GarbledAnswer("the preview is no small picture")
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as picture:
            pixels = picture.convert("RGB")
    except Exception as error:
        # Decoders of hostile bytes raise whatever they like.
        raise GarbledAnswer(f"the preview cannot be read ({type(error).__name__})") from error
    pixels.info.clear()
    pixels.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    buffer = BytesIO()
    pixels.save(buffer, "JPEG", quality=PREVIEW_QUALITY)
    return buffer.getvalue()


def measure(data: bytes) -> Measures | None:
    """The size of a PNG, JPEG or WebP by its header; None if it is none of them."""
    from PIL import Image

    try:
        # Before Pillow, which takes memory for a whole canvas when it only opens some files.
        check_picture_structure(data, MAX_PIXELS)
        with Image.open(BytesIO(data), formats=("PNG", *FORMATS)) as picture:
            return Measures(*picture.size, picture.has_transparency_data)
    except Exception:
        # Decoders of hostile bytes raise whatever they like.
        return None


def _decoded(data: bytes, formats: tuple[str, ...], width: int, height: int) -> bytes:
    """A picture encoded anew as PNG."""
    # Imported here, so that a process which has this run elsewhere does not pay for Pillow.
    from PIL import Image

    try:
        # Before Pillow, which takes memory for a whole canvas when it only opens some files.
        check_picture_structure(data, MAX_PIXELS)
        with Image.open(BytesIO(data), formats=formats) as picture:
            if picture.size != (width, height):
                # Before decoding: a header costs an attacker nothing, the decoded pixels us a lot.
                found = "{}×{}".format(*picture.size)
                raise GarbledAnswer(f"the picture is {found}, not {width}×{height}")
            return _as_png(picture)
    except GarbledAnswer:
        raise
    except BadStructure as error:
        what = "breaks off or is damaged" if error.fault in UNREADABLE else "is too much to read"
        raise GarbledAnswer(f"the picture {what} ({error.detail})") from error
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
