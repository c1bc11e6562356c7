"""What can be asked of a picture that is there already."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.transforms.camera import Matrix


class Border(StrEnum):
    """What stands where a moved picture has nothing, by the names of OpenCV."""

    REFLECT = "reflect"
    REPLICATE = "replicate"
    WRAP = "wrap"
    ZERO = "zero"
    PREFILL = "prefill"
    """Grown inwards from the edges of what is there."""


class ColourSpace(StrEnum):
    """Where the channels of two pictures are matched; the values are modes of Pillow."""

    HSV = "HSV"
    LAB = "LAB"
    RGB = "RGB"


@dataclass(frozen=True, slots=True)
class ColourAdjustment:
    """The steps in their order; the defaults change nothing."""

    match: bytes | None = field(default=None, repr=False)
    """A picture whose distribution of colours is taken over."""
    match_space: ColourSpace = ColourSpace.HSV
    brightness: float = 1.0
    contrast: float = 1.0
    hue: float = 0.0
    """In degrees."""
    saturation: float = 1.0
    lightness: float = 0.0
    """From -1, black, to 1, white."""
    noise_amount: float = 0.0
    """The standard deviation of the noise, where 1 is half of the range."""
    noise_seed: int = 0


@dataclass(frozen=True, slots=True)
class Warp:
    """Moves what stands at B·p to A·p, in homogeneous coordinates of the plane.

    In pixels the middle of the first pixel is (0, 0), as in OpenCV. Otherwise the middle of the
    picture is (0, 0) and half its height is 1; what comes to lie behind the camera is not seen.
    """

    after: Matrix
    """A, 3×3."""
    before: Matrix
    """B, 3×3."""
    border: Border
    in_pixels: bool
    wants_mask: bool = False


@dataclass(frozen=True, slots=True)
class DepthWarp:
    """Moves what stands at B·p to A·p, with p as far before the camera as a depth map says.

    A point is (x, y, 1, 1 / distance) in homogeneous coordinates, and the distance
    1 / (1 + strength · (½ - depth)): without strength the plane at the distance 1.
    """

    after: Matrix
    """A, 3×4."""
    before: Matrix
    """B, 3×4."""
    border: Border
    strength: float = 1.0
    """From 0 to `MAX_STRENGTH`."""
    wants_mask: bool = False
    is_rendered: bool = False
    """Whether the mask tells how much of the picture each place shows, and not only whether any."""
    has_holes: bool = False
    """Whether nothing stands where the surface is torn, instead of the surface stretched."""


MAX_STRENGTH = 1.5
"""From 2 on what is farthest would lie behind the camera."""

Movement = ColourAdjustment | Warp | DepthWarp
"""What makes a picture of a picture."""


@dataclass(frozen=True, slots=True)
class DepthCalculation:
    """How far away everything is, from 0, the nearest, to 1, the farthest."""

    blur_radius: int = 0
    """In pixels."""
    is_reversed: bool = False
    """Whether 1 is the nearest."""


Transform = Movement | DepthCalculation


@dataclass(frozen=True, slots=True)
class Blend:
    """Pictures between two others: at 0 the first, at 1 the second."""

    ratios: Sequence[float]
