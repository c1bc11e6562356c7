"""What a film is made from, validated once against what the image-to-video API takes."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from generation.errors import BadRequest
from generation.request import outside
from sentences import Sentence

SIZES = ((1024, 576), (576, 1024), (768, 768))
"""The only pictures that the API takes, width × height in pixels."""

MAX_SEED = 4_294_967_294
DEFAULT_CFG_SCALE = 1.8
MAX_CFG_SCALE = 10.0
DEFAULT_MOTION = 127
MAX_MOTION = 255

_PNG = b"\x89PNG\r\n\x1a\n"
_IHDR = struct.Struct(">II")


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """One start: a PNG of one of the sizes, and how freely and how much it moves.

    `seed` 0 lets the API draw one; draw it yourself, so that the film can be repeated. The engine,
    the words and that it is `unfiltered` are told to our own servers alone
    (`generation.video.facts`).
    """

    image: bytes = field(repr=False)
    seed: int
    cfg_scale: float = DEFAULT_CFG_SCALE
    motion_bucket_id: int = DEFAULT_MOTION
    engine_id: str = ""
    prompt: str = field(default="", repr=False)
    negative_prompt: str = field(default="", repr=False)
    unfiltered: bool = False
    sizes: tuple[tuple[int, int], ...] = SIZES


def validate(request: VideoRequest) -> VideoRequest:
    """The request itself if the API takes it.

    Raises:
        BadRequest: names the field, the figure and what would be right.
    """
    size = png_size(request.image)
    if size is None:
        raise BadRequest("image", Sentence("it is no PNG"))
    if size not in request.sizes:
        sizes = ", ".join(f"{width}×{height}" for width, height in request.sizes)
        seen = "{}×{}".format(*size)
        raise BadRequest("image", Sentence("{name} is not one of {known}", name=seen, known=sizes))
    _within("seed", request.seed, 0, MAX_SEED)
    _within("cfg", request.cfg_scale, 0, MAX_CFG_SCALE)
    _within("motion", request.motion_bucket_id, 1, MAX_MOTION)
    return request


def png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as a PNG's header says, or None if it is none."""
    if not data.startswith(_PNG) or len(data) < 24 or data[12:16] != b"IHDR":
        return None
    return _IHDR.unpack_from(data, 16)


def _within(name: str, value: float, low: float, high: float) -> None:
    # "not (a <= x <= b)" also refuses NaN.
    if not low <= value <= high:
        raise BadRequest(name, outside(value, low, high))
