"""What is asked of a film, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

FRAMES = 25
FRAMES_PER_S = 12
STEPS = 25


@dataclass(frozen=True, slots=True)
class VideoOrder:
    """One film; the picture is whole and of one of the sizes, the figures are within their limits.

    `cfg_scale` is how close the film keeps to what it is made from, `motion_bucket_id` how much
    moves in it, and `unfiltered` that no filter looks at it. An order without an engine is of an
    earlier version, which had only one.
    """

    image: bytes = field(repr=False)
    width: int
    height: int
    seed: int
    cfg_scale: float = 1.8
    motion_bucket_id: int = 127
    engine_id: str = ""
    prompt: str = field(default="", repr=False)
    negative_prompt: str = field(default="", repr=False)
    frames: int = FRAMES
    frames_per_s: int = FRAMES_PER_S
    steps: int = STEPS
    unfiltered: bool = False


@dataclass(frozen=True, slots=True)
class Video:
    """A finished film as MP4, and its last frame without loss as PNG."""

    video: bytes = field(repr=False)
    last_frame: bytes = field(repr=False)
