"""Colours in OKLab and OKLCH, and the way to and from 8-bit sRGB.

The matrices are those of Björn Ottosson's OKLab (https://bottosson.github.io/posts/oklab/).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from inference.backends.painter.exact import (
    clamp,
    cosine_of,
    cube_root,
    fifth_root,
    sine_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.backends.painter.exact import Plane

_LEVELS = 4096


class Lab(NamedTuple):
    """A colour in OKLab: lightness 0 … 1, then green to red and blue to yellow."""

    l: float  # noqa: E741 - the field's own letter
    a: float
    b: float

    def toward(self, other: Lab, share: float) -> Lab:
        """The colour that lies that share of the way to the other."""
        return Lab(*(p + (q - p) * share for p, q in zip(self, other, strict=True)))

    def lit(self, delta: float) -> Lab:
        """The same colour, lighter or darker by delta."""
        return Lab(min(max(self.l + delta, 0.0), 1.0), self.a, self.b)

    def scaled(self, chroma: float) -> Lab:
        """The same colour with its chroma multiplied."""
        return Lab(self.l, self.a * chroma, self.b * chroma)

    @property
    def chroma(self) -> float:
        """The distance from grey."""
        return math.sqrt(self.a * self.a + self.b * self.b)

    def fitted(self) -> Lab:
        """The nearest colour of the same lightness and hue that a screen can show."""
        share = 1.0
        while share > 0.0 and not _is_shown(self.scaled(share)):
            share -= 0.04
        return self.scaled(max(share, 0.0))


def oklch(lightness: float, chroma: float, hue_deg: float) -> Lab:
    """The OKLab colour of a lightness 0 … 1, a chroma and a hue in degrees."""
    slots = hue_deg / 360.0
    return Lab(lightness, chroma * cosine_of(slots), chroma * sine_of(slots))


def _is_shown(colour: Lab) -> bool:
    return all(-0.004 <= value <= 1.004 for value in _linear(*colour))


def _linear(l: float, a: float, b: float) -> tuple[float, float, float]:  # noqa: E741
    p = l + 0.3963377774 * a + 0.2158037573 * b
    q = l - 0.1055613458 * a - 0.0638541728 * b
    r = l - 0.0894841775 * a - 1.2914855480 * b
    p, q, r = p * p * p, q * q * q, r * r * r
    return (
        4.0767416621 * p - 3.3077115913 * q + 0.2309699292 * r,
        -1.2684380046 * p + 2.6097574011 * q - 0.3413193965 * r,
        -0.0041960863 * p - 0.7034186147 * q + 1.7076147010 * r,
    )


@lru_cache(maxsize=1)
def _encoding() -> NDArray[np.uint8]:
    """From the square root of linear light, in `_LEVELS` steps, to 8-bit sRGB."""
    root = np.arange(_LEVELS, dtype=np.float64) / (_LEVELS - 1)
    x = root * root
    curve = 1.055 * _power_5_12(np.maximum(x, 0.003)) - 0.055
    value = np.where(x <= 0.0031308, 12.92 * x, curve)
    return (clamp(value) * 255.0 + 0.5).astype(np.uint8)


def _power_5_12(x: Plane) -> Plane:
    """The power 1/2.4, by Newton's method on y¹² = x⁵."""
    target = x * x * x * x * x
    y = np.ones_like(x)
    for _ in range(48):
        y2 = y * y
        y4 = y2 * y2
        y = (11.0 * y + target / (y4 * y4 * y2 * y)) / 12.0
    return y


@lru_cache(maxsize=1)
def _decoding() -> Plane:
    """From 8-bit sRGB to linear light."""
    v = np.arange(256, dtype=np.float64) / 255.0
    base = (v + 0.055) / 1.055
    # x^2.4 is x² times the fifth root of x².
    curve = base * base * fifth_root(base * base)
    return np.where(v <= 0.04045, v / 12.92, curve).astype(np.float32)


def to_rgb(l: Plane, a: Plane, b: Plane) -> NDArray[np.uint8]:  # noqa: E741
    """Three OKLab planes (rows, columns) as 8-bit sRGB (rows, columns, 3)."""
    p = l + 0.3963377774 * a + 0.2158037573 * b
    q = l - 0.1055613458 * a - 0.0638541728 * b
    r = l - 0.0894841775 * a - 1.2914855480 * b
    p, q, r = p * p * p, q * q * q, r * r * r
    channels = (
        4.0767416621 * p - 3.3077115913 * q + 0.2309699292 * r,
        -1.2684380046 * p + 2.6097574011 * q - 0.3413193965 * r,
        -0.0041960863 * p - 0.7034186147 * q + 1.7076147010 * r,
    )
    table = _encoding()
    out = np.empty((*l.shape, 3), dtype=np.uint8)
    for index, channel in enumerate(channels):
        steps = np.sqrt(clamp(channel)) * float(_LEVELS - 1) + 0.5
        out[..., index] = table.take(steps.astype(np.intp))
    return out


def from_rgb(rgb: NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    """8-bit sRGB (rows, columns, 3) as three OKLab planes."""
    table = _decoding()
    red, green, blue = (table.take(rgb[..., index]) for index in range(3))
    p = cube_root(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    q = cube_root(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    r = cube_root(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * p + 0.7936177850 * q - 0.0040720468 * r,
        1.9779984951 * p - 2.4285922050 * q + 0.4505937099 * r,
        0.0259040371 * p + 0.7827717662 * q - 0.8086757660 * r,
    )
