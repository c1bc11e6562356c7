"""Drawn pictures of one or two coloured shapes, with captions and outlines.

They are what the small trained model has learned and what the judge decides about.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

Colour = tuple[int, int, int]

SIDE = 64
"""Width and height of a picture in pixels."""

SUPERSAMPLING = 4

COLOURS: dict[str, Colour] = {
    "red": (220, 40, 40),
    "orange": (240, 140, 30),
    "yellow": (240, 225, 50),
    "green": (40, 160, 60),
    "cyan": (60, 205, 215),
    "blue": (40, 70, 215),
    "purple": (130, 50, 170),
    "pink": (245, 140, 195),
}

BACKGROUNDS: dict[str, Colour] = {
    "white": (245, 245, 245),
    "grey": (128, 128, 128),
    "black": (15, 15, 15),
}


def _regular(corners: int, start: float) -> tuple[tuple[float, float], ...]:
    angles = [start + 2 * math.pi * corner / corners for corner in range(corners)]
    return tuple((math.cos(angle), math.sin(angle)) for angle in angles)


def _star() -> tuple[tuple[float, float], ...]:
    outer = _regular(5, -math.pi / 2)
    inner = _regular(5, -math.pi / 2 + math.pi / 5)
    corners: list[tuple[float, float]] = []
    for far, near in zip(outer, inner, strict=True):
        corners += [(1.1 * far[0], 1.1 * far[1]), (0.42 * near[0], 0.42 * near[1])]
    return tuple(corners)


def _cross(arm: float) -> tuple[tuple[float, float], ...]:
    return (
        (-arm, -1), (arm, -1), (arm, -arm), (1, -arm), (1, arm), (arm, arm),
        (arm, 1), (-arm, 1), (-arm, arm), (-1, arm), (-1, -arm), (-arm, -arm),
    )  # fmt: skip


SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "circle": _regular(48, 0.0),
    "square": ((-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)),
    "triangle": ((0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)),
    "cross": _cross(0.33),
    "star": _star(),
}
"""Corners of each shape around (0, 0), within about one radius; y points down."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One shape of a picture, in pixels."""

    colour: str
    shape: str
    x: float = SIDE / 2
    y: float = SIDE / 2
    radius: float = 17.0

    def corners(self, scale: float) -> list[tuple[float, float]]:
        """Its corners in a picture enlarged `scale` times."""
        return [
            (scale * (self.x + self.radius * across), scale * (self.y + self.radius * down))
            for across, down in SHAPES[self.shape]
        ]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture shows."""

    background: str
    figures: tuple[Figure, ...]


def draw(scene: Scene, jitter: Generator | None = None) -> NDArray[np.uint8]:
    """The picture as [SIDE, SIDE, 3]; `jitter` shifts each colour by up to 8 levels."""
    side = SIDE * SUPERSAMPLING
    picture = Image.new("RGB", (side, side), _shifted(BACKGROUNDS[scene.background], jitter))
    pen = ImageDraw.Draw(picture)
    for figure in scene.figures:
        pen.polygon(figure.corners(SUPERSAMPLING), fill=_shifted(COLOURS[figure.colour], jitter))
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.uint8)


def outline(scene: Scene) -> NDArray[np.uint8]:
    """The edges of its figures, white on black, as [SIDE, SIDE, 3]."""
    side = SIDE * SUPERSAMPLING
    picture = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(picture)
    for figure in scene.figures:
        corners = figure.corners(SUPERSAMPLING)
        pen.line([*corners, corners[0]], fill=255, width=2 * SUPERSAMPLING)
    edges = picture.resize((SIDE, SIDE), Image.Resampling.BOX).convert("RGB")
    return np.asarray(edges, dtype=np.uint8)


def random_scene(random: Generator) -> Scene:
    """A scene of one figure, or of two beside each other (one in fourteen)."""
    background = _choice(random, tuple(BACKGROUNDS))
    if random.random() < 1 / 14:
        figures = (_random_half(random, 17.0), _random_half(random, 47.0))
        return Scene(background, figures)
    radius = float(random.uniform(15, 24))
    room = SIDE / 2 - radius - 2
    x, y = (SIDE / 2 + float(random.uniform(-room, room)) for _ in range(2))
    return Scene(background, (Figure(*_random_look(random), x, y, radius),))


def caption(scene: Scene, random: Generator) -> str:
    """A caption of the scene; details are left out at random."""
    text = " and ".join(_phrase(figure, random) for figure in scene.figures)
    if random.random() < 0.4:
        text += f" on a {scene.background} background"
    if random.random() < 0.1:
        text = f"a picture of {text}"
    return text


def _phrase(figure: Figure, random: Generator) -> str:
    said = random.random()
    colour = "" if said < 0.08 else figure.colour
    shape = "shape" if 0.08 <= said < 0.16 else figure.shape
    words = [word for word in (_size(figure, random), colour, shape) if word]
    article = "an" if words[0][0] in "aeiou" else "a"
    return " ".join([article, *words, *_place(figure, random)])


def _size(figure: Figure, random: Generator) -> str:
    if random.random() < 0.6:
        return ""
    return "small" if figure.radius < 17 else "large" if figure.radius > 21 else ""


def _place(figure: Figure, random: Generator) -> tuple[str, ...]:
    if random.random() < 0.6:
        return ()
    if abs(figure.x - SIDE / 2) > 6:
        return ("on", "the", "left" if figure.x < SIDE / 2 else "right")
    if abs(figure.y - SIDE / 2) > 6:
        return ("at", "the", "top" if figure.y < SIDE / 2 else "bottom")
    return ()


def _random_half(random: Generator, x: float) -> Figure:
    y = SIDE / 2 + float(random.uniform(-8, 8))
    return Figure(*_random_look(random), x, y, float(random.uniform(10, 14)))


def _random_look(random: Generator) -> tuple[str, str]:
    return _choice(random, tuple(COLOURS)), _choice(random, tuple(SHAPES))


def _choice(random: Generator, names: tuple[str, ...]) -> str:
    return names[int(random.integers(len(names)))]


def _shifted(colour: Colour, jitter: Generator | None) -> Colour:
    if jitter is None:
        return colour
    red, green, blue = (int(np.clip(level + jitter.integers(-8, 9), 0, 255)) for level in colour)
    return red, green, blue
