"""What is asked of a film, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

SIZES = ((1024, 576), (576, 1024), (768, 768))
"""The pictures that a film can start from, in pixels (Stability's image-to-video)."""
FRAMES = 25
FRAMES_PER_S = 12
MAX_SEED = 4294967294
MAX_CFG_SCALE = 10.0
MAX_MOTION = 255


@dataclass(frozen=True, slots=True)
class VideoOrder:
    """One film; the picture is whole and of one of the sizes, the figures are within their limits.

    `cfg_scale` is how close the film keeps to the picture, `motion_bucket_id` how much moves in it.
    """

    image: bytes = field(repr=False)
    width: int
    height: int
    seed: int
    cfg_scale: float = 1.8
    motion_bucket_id: int = 127


@dataclass(frozen=True, slots=True)
class Video:
    """A finished film as MP4, and its last frame without loss as PNG."""

    video: bytes = field(repr=False)
    last_frame: bytes = field(repr=False)
