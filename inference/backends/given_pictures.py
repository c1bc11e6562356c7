"""Pictures that were sent with a request, opened in the size of the request."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageOps

from inference.input_images import FORMATS, take_large_notes


def open_picture(data: bytes, mode: str, size: tuple[int, int] | None = None) -> Image.Image:
    """The picture as "RGB" or "L" of that width and height; its bytes were verified before.

    It is turned upright. One of another size is scaled and cut to it around the middle, or keeps
    its own where none is named; transparency is on white.
    """
    take_large_notes()
    with Image.open(BytesIO(data), formats=FORMATS) as opened:
        opened.load()
        # Many cameras write broken EXIF; the picture itself is whole.
        with suppress(Exception):
            ImageOps.exif_transpose(opened, in_place=True)
        picture = _eight_bit(opened)
        if "A" in picture.getbands() or "transparency" in picture.info:
            picture = picture.convert("RGBA")
            ground = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(ground, picture)
        picture = picture.convert(mode)
    if size is None or picture.size == size:
        return picture
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)


def _eight_bit(picture: Image.Image) -> Image.Image:
    """The picture with 8 bits a channel; Pillow itself cuts 16-bit grey off at 255."""
    if not picture.mode.startswith("I"):
        return picture
    # Not above: the server imports this module, and numpy takes 25 MB.
    import numpy as np

    return Image.fromarray((np.asarray(picture, dtype=np.uint32) >> 8).astype(np.uint8))
