"""Moves of a camera over a finished film, with an overscan so that no border ever shows.

Every move is a homography: which place of the picture is seen at which place of the frame. Its
window is a little smaller than the picture, as much as the widest point of the move needs.
"""

# PyAV leaves the types of its packets and pictures open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from media.frames import as_yuv, even, frames, merge, opened, rate_of, split, written
from media.video import probe
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from media.frames import Plane

Homography: TypeAlias = tuple[float, float, float, float, float, float, float, float]
"""a … h, as Pillow takes them: x, y is seen of (ax+by+c)/(gx+hy+1), (dx+ey+f)/(gx+hy+1)."""

QUALITY = 17
"""x264's rate factor: what is moved has been encoded once already."""

# What the greatest strength does.
PAN = 0.35
"""How much larger than the frame the picture is made, all of which is travelled."""

ZOOM = 0.6
ROLL = math.radians(16)
ORBIT = math.radians(14)
FOCAL = 1.0
"""The camera's distance from the picture, in widths of it."""


class Move(StrEnum):
    """What the camera does; the picture goes the other way."""

    PAN_LEFT = "pan-left"
    PAN_RIGHT = "pan-right"
    PAN_UP = "pan-up"
    PAN_DOWN = "pan-down"
    ZOOM_IN = "zoom-in"
    ZOOM_OUT = "zoom-out"
    ROLL_LEFT = "roll-left"
    ROLL_RIGHT = "roll-right"
    ORBIT = "orbit"
    """It sways around the picture, to either side, and ends where it began."""


class Easing(StrEnum):
    """How the speed changes on the way."""

    LINEAR = "linear"
    EASE_IN = "ease-in"
    EASE_OUT = "ease-out"
    SMOOTH = "smooth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One move; `strength` is 1 to 100.

    Raises:
        ValueError: no such strength.
    """

    move: Move
    strength: int = 50
    easing: Easing = Easing.SMOOTH

    def __post_init__(self) -> None:
        if not 1 <= self.strength <= 100:
            raise ValueError(Sentence("it is 1 to 100, not {strength}", strength=self.strength))

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {"move": self.move.value, "strength": self.strength, "easing": self.easing.value}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            ValueError: it gave something else.
        """
        strength = values.get("strength", 50)
        if type(strength) is not int:
            raise ValueError(Sentence("{value} is no whole number", value=strength))
        easing = Easing(values.get("easing", Easing.SMOOTH))
        return cls(move=Move(values.get("move")), strength=strength, easing=easing)


def move_camera(path: Path, into: Path, camera: Camera) -> None:
    """The film with that move over all of it, of the same size, rate and number of frames.

    Raises:
        BadPicture: it cannot be read, or is too large.
    """
    facts = probe(path)
    size = even(facts.width, facts.height)
    with opened(path) as video, written(into, size, rate_of(video), QUALITY) as add:
        for number, frame in enumerate(frames(video)):
            add(moved(frame, camera, share_of(number, facts.frames)))


def share_of(number: int, count: int) -> float:
    """How much of the way is done at that frame, counted from 0: 0 to 1."""
    return number / (count - 1) if count > 1 else 0.0


def moved(frame: VideoFrame, camera: Camera, share: float) -> VideoFrame:
    """What the camera sees of a frame after that share, 0 to 1, of its way; in yuv420p."""
    still = as_yuv(frame, even(frame.width, frame.height))
    # Planes, not RGB: half the samples, and the colours are not converted twice.
    return merge([_seen(plane, camera, share) for plane in split(still)], still)


def eased(easing: Easing, share: float) -> float:
    """How much of the way is done after that share of the time, both 0 to 1."""
    if easing is Easing.EASE_IN:
        return share * share
    if easing is Easing.EASE_OUT:
        return share * (2 - share)
    if easing is Easing.SMOOTH:
        return share * share * (3 - 2 * share)
    return share


def homography(camera: Camera, share: float, width: float, height: float) -> Homography:
    """Which place of a picture is seen at which place of the frame, both of that size.

    Places are counted from the upper left corner of the first pixel; none lies outside.
    """
    import numpy as np

    centred = np.array(_centred(camera, eased(camera.easing, share), width, height))
    there = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]])
    back = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    matrix: NDArray[np.float64] = there @ centred @ back
    a, b, c, d, e, f, g, h = (matrix / matrix[2, 2]).reshape(-1)[:8].tolist()
    return a, b, c, d, e, f, g, h


def _centred(camera: Camera, way: float, width: float, height: float) -> list[list[float]]:
    """The homography's matrix for places counted from the middle."""
    move, power = camera.move, camera.strength / 100
    if move in (Move.ZOOM_IN, Move.ZOOM_OUT):
        # By equal factors in equal times, which looks like one speed.
        done = way if move is Move.ZOOM_IN else 1 - way
        scale = (1 + ZOOM * power) ** -done
        return [[scale, 0, 0], [0, scale, 0], [0, 0, 1]]
    if move in (Move.ROLL_LEFT, Move.ROLL_RIGHT):
        return _rolled(move, ROLL * power, way, width, height)
    if move is Move.ORBIT:
        return _orbiting(ORBIT * power, way, width)
    scale = 1 / (1 + PAN * power)
    x, y = _DIRECTIONS[move]
    travel = (way - 0.5) * (1 - scale)
    return [[scale, 0, x * travel * width], [0, scale, y * travel * height], [0, 0, 1]]


_DIRECTIONS = {
    Move.PAN_LEFT: (-1, 0),
    Move.PAN_RIGHT: (1, 0),
    Move.PAN_UP: (0, -1),
    Move.PAN_DOWN: (0, 1),
}


def _rolled(
    move: Move, widest: float, way: float, width: float, height: float
) -> list[list[float]]:
    """From one half of the angle to the other, in the largest window that fits at both ends."""
    sine, cosine = math.sin(widest / 2), math.cos(widest / 2)
    scale = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
    angle = widest * (way - 0.5) * (1 if move is Move.ROLL_LEFT else -1)
    sine, cosine = scale * math.sin(angle), scale * math.cos(angle)
    # y grows downwards.
    return [[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]


def _orbiting(widest: float, way: float, width: float) -> list[list[float]]:
    """A pinhole camera's view of the picture turned about its vertical axis.

    The ray through x meets the picture at u = fx / (f cos - x sin); the window is so large that
    its corner meets the picture's edge at the widest angle.
    """
    focal = FOCAL * width
    scale = focal * math.cos(widest) / (focal + width / 2 * math.sin(widest))
    angle = widest * math.sin(math.tau * way)
    depth = focal * math.cos(angle)
    return [
        [focal * scale, 0, 0],
        [0, depth * scale, 0],
        [-scale * math.sin(angle), 0, depth],
    ]


def _seen(plane: Plane, camera: Camera, share: float) -> Plane:
    import numpy as np
    from PIL import Image

    height, width = plane.shape
    seen = homography(camera, share, width, height)
    a, b, c, d, e, f, g, h = seen
    picture, bicubic = Image.fromarray(plane), Image.Resampling.BICUBIC
    if b or d or g or h:
        kind = Image.Transform.PERSPECTIVE
        return np.asarray(picture.transform((width, height), kind, seen, bicubic))
    # A window that is not turned: along rows, then columns, which is several times faster.
    box = (max(0.0, c), max(0.0, f), min(c + a * width, width), min(f + e * height, height))
    return np.asarray(picture.resize((width, height), bicubic, box))
