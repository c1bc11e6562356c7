"""What is done in a process of its own: bytes of pictures in, bytes of pictures out.

numpy is imported inside the functions: the server imports this module, and has no use for it.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from generation.errors import BadRequest
from inference.backends.given_pictures import open_picture
from inference.input_images import check_picture
from inference.transforms.orders import ColourAdjustment, Transform

MAX_PIXELS = 1 << 22
"""The largest picture that is worked on, which is 2048×2048."""

Made = tuple[int, int, bytes, bytes]
"""Width, height, the picture, and its mask as PNG, empty where none is wanted."""


def transform_picture(data: bytes, order: Transform, as_pixels: bool) -> Made:
    """The transformed picture, as PNG or as bare RGB pixels.

    Raises:
        BadRequest: it is no picture, too large, or cannot be transformed so.
    """
    picture = read_picture(data, "image")
    mask = b""
    if isinstance(order, ColourAdjustment):
        from inference.transforms.colours import adjust_colours

        match = read_picture(order.match, "match_image") if order.match else None
        picture = adjust_colours(picture, order, match)
    else:
        import numpy as np

        from inference.transforms.warps import warp

        pixels, plane = warp(np.asarray(picture, np.uint8), order)
        picture = Image.fromarray(pixels)
        mask = png(Image.fromarray(plane)) if order.wants_mask else b""
    return (*picture.size, picture.tobytes() if as_pixels else png(picture), mask)


def blend_pictures(first: bytes, second: bytes, ratio: float) -> bytes:
    """A picture between two others, as PNG.

    Raises:
        BadRequest: one is no picture, is too large, or they differ in size.
    """
    one, other = read_picture(first, "image"), read_picture(second, "image")
    if one.size != other.size:
        reason = f"the two differ in size ({_words(one.size)} and {_words(other.size)})"
        raise BadRequest("image", f"{reason}; send them in the same size")
    return png(Image.blend(one, other, ratio))


def picture_of_pixels(width: int, height: int, data: bytes) -> bytes:
    """Bare RGB pixels as PNG; their number was checked before."""
    return png(Image.frombytes("RGB", (width, height), data))


def read_picture(data: bytes, field: str) -> Image.Image:
    """The picture as RGB, upright, transparency on white.

    Raises:
        BadRequest: it is no picture, or too large.
    """
    size = check_picture(data, field)
    if size[0] * size[1] > MAX_PIXELS:
        reason = f"{_words(size)} has more than {MAX_PIXELS:,} pixels; send a smaller one"
        raise BadRequest(field, reason)
    return open_picture(data, "RGB", size)


def png(picture: Image.Image) -> bytes:
    """The picture as PNG, quickly rather than small."""
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def _words(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
