"""Arithmetic that gives the same bits on every machine.

Only additions, products, quotients, square roots, floors and comparisons are rounded alike
everywhere; numpy's sines and powers and BLAS' products differ in the last bit from one processor
to the next, and a picture has to be the same to the byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.floating[Any]]
"""A float32 array that broadcasts to (rows, columns)."""

Shape = Callable[[Plane, Plane], Plane]
"""The coverage 0 … 1 of a small thing, from offsets across and down in units of its radius."""

_TAU = 6.283185307179586


def clamp(plane: Plane, low: float = 0.0, high: float = 1.0) -> Plane:
    """The plane, kept within low and high."""
    return np.minimum(np.maximum(plane, low), high)


def ramp(plane: Plane, low: Plane | float, high: Plane | float) -> Plane:
    """0 at low, 1 at high, straight between and flat outside; low may lie above high."""
    return clamp((plane - low) * (1.0 / (high - low)))


def smooth(plane: Plane, low: float, high: float) -> Plane:
    """Like `ramp`, with soft ends (Hermite)."""
    t = ramp(plane, low, high)
    return t * t * (3.0 - 2.0 * t)


def mix(first: Plane, second: Plane | float, share: Plane | float) -> Plane:
    """The first where share is 0, the second where it is 1."""
    return first + (second - first) * share


def fraction(plane: Plane) -> Plane:
    """What is left above the floor, 0 … 1."""
    return plane - np.floor(plane)


def triangle(plane: Plane) -> Plane:
    """A wave of straight lines: 0 at whole numbers, 1 halfway between."""
    return 1.0 - np.abs(2.0 * fraction(plane) - 1.0)


def sine(slots: Plane) -> Plane:
    """The sine of an angle in turns, to about a thousandth (two nested parabolas)."""
    f = slots - np.floor(slots + 0.5)
    y = f * (8.0 - 16.0 * np.abs(f))
    return y * (0.775 + 0.225 * np.abs(y))


def cosine(slots: Plane) -> Plane:
    """The cosine of an angle in turns, to about a thousandth."""
    return sine(slots + 0.25)


def bump(plane: Plane) -> Plane:
    """A bell: 1 at 0, a quarter at ±1, with long soft feet."""
    t = 1.0 / (1.0 + plane * plane)
    return t * t


def squash(plane: Plane) -> Plane:
    """Any number into -1 … 1, steepest at 0."""
    return plane / (1.0 + np.abs(plane))


def length(x: Plane, y: Plane) -> Plane:
    """The distance from the origin."""
    return np.sqrt(x * x + y * y)


def angle(x: Plane, y: Plane) -> Plane:
    """The angle of a point in turns, -0.5 … 0.5, to about a hundred-thousandth."""
    ax, ay = np.abs(x), np.abs(y)
    t = np.minimum(ax, ay) / (np.maximum(ax, ay) + 1e-9)
    s = t * t
    arc = t * (0.15913 + s * (-0.052569 + s * (0.028670 + s * (-0.013549 + s * 0.0033160))))
    steep = (ay > ax).astype(np.float32)
    arc = arc + steep * (0.25 - 2.0 * arc)
    left = (x < 0).astype(np.float32)
    arc = arc + left * (0.5 - 2.0 * arc)
    return arc * (1.0 - 2.0 * (y < 0).astype(np.float32))


def sine_of(slots: float) -> float:
    """The sine of one angle in turns, to double precision's last digits (Taylor)."""
    f = slots - int(slots)
    if f > 0.5:
        f -= 1.0
    elif f < -0.5:
        f += 1.0
    if f > 0.25:
        f = 0.5 - f
    elif f < -0.25:
        f = -0.5 - f
    x = f * _TAU
    term, total = x, x
    for n in range(1, 12):
        term *= -x * x / ((2 * n) * (2 * n + 1))
        total += term
    return total


def cosine_of(slots: float) -> float:
    """The cosine of one angle in turns."""
    return sine_of(slots + 0.25)


def cube_root(plane: Plane) -> Plane:
    """The cube root of numbers from 0 to about 1 (Newton from the fourth root)."""
    x = plane + 1e-7
    y = np.sqrt(np.sqrt(x))
    for _ in range(5):
        y = (2.0 * y + x / (y * y)) * (1.0 / 3.0)
    return y


def fifth_root(plane: Plane) -> Plane:
    """The fifth root of numbers within 0 … 1, not below about a millionth (Newton)."""
    y = np.ones_like(plane)
    for _ in range(40):
        y2 = y * y
        y = (4.0 * y + plane / (y2 * y2)) / 5.0
    return y
