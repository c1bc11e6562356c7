"""What is done in a process of its own: bytes of pictures in, bytes of pictures out.

numpy is imported inside the functions: the server imports this module, and has no use for it.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from generation.errors import BadRequest
from inference.backends.given_pictures import open_picture
from inference.input_images import check_picture
from inference.transforms.orders import ColourAdjustment, DepthCalculation, DepthWarp, Movement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inference.transforms.orders import Warp

MAX_PIXELS = 1 << 22
"""The largest picture that is worked on, which is 2048×2048."""

Made = tuple[int, int, bytes, bytes]
"""Width, height, the picture, and its mask as PNG, empty where none is wanted."""


class DepthMap(NamedTuple):
    """Floats of 32 bits, little endian, row by row; how many there are was checked before."""

    size: tuple[int, int]
    data: bytes


def transform_picture(
    data: bytes, order: Movement, depth: DepthMap | None, as_pixels: bool
) -> Made:
    """The transformed picture, as PNG or as bare RGB pixels; `depth` is of a `DepthWarp`.

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
        pixels, plane = _moved(picture, order, depth)
        picture = Image.fromarray(pixels)
        mask = png(Image.fromarray(plane)) if order.wants_mask else b""
    return (*picture.size, picture.tobytes() if as_pixels else png(picture), mask)


def _moved(
    picture: Image.Image, order: Warp | DepthWarp, depth: DepthMap | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    import numpy as np

    pixels = np.asarray(picture, np.uint8)
    if isinstance(order, DepthWarp):
        from inference.transforms.depth_maps import read_depth_map
        from inference.transforms.depth_warps import warp_by_depth

        assert depth is not None
        if depth.size != picture.size:
            reason = (
                f"the depth map is {_words(depth.size)}, and the picture {_words(picture.size)}"
            )
            raise BadRequest("tensor", f"{reason}; send them in the same size")
        return warp_by_depth(pixels, read_depth_map(depth.data, depth.size), order)
    from inference.transforms.warps import warp

    return warp(pixels, order)


def calculate_depth_map(nearness: DepthMap, order: DepthCalculation, as_floats: bool) -> bytes:
    """The depth map of how near things are: as grey PNG, or as floats of 32 bits."""
    import numpy as np

    from inference.transforms.depth_maps import calculate_depths, floats

    depths = calculate_depths(floats(nearness.data, nearness.size), order)
    if as_floats:
        return depths.astype("<f4").tobytes()
    return png(Image.fromarray(np.rint(depths * 255).astype(np.uint8)))


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
