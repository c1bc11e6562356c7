"""What every kind of picture is made of, and what it is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inference.backends.painter.canvas.canvas import Band, Canvas
from inference.backends.painter.random_source import RandomStream

if TYPE_CHECKING:
    from inference.backends.painter.canvas.palette import Palette
    from inference.backends.painter.prompt_features import PromptFeatures

Layer = Callable[[Band], None]
"""Paints a band over what is there; runs for every band, back to front."""
Touch = Callable[[Canvas], None]
"""Sets small things on the finished ground."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What a scene is made from; half sides are in units of half the shorter side."""

    features: PromptFeatures
    palette: Palette
    seed: int
    half_width: float
    half_height: float
    detail: float
    """0 for one step, 1 for the usual number, more for more."""

    @property
    def area(self) -> float:
        """How much room there is for small things: 1 for a square, at most 4."""
        return min(self.half_width * self.half_height, 4.0)

    def dice(self, purpose: str) -> RandomStream:
        """Numbers for one purpose of this picture."""
        return RandomStream(self.seed, purpose)


@dataclass(slots=True)
class Stage:
    """Layers that are painted band by band, then the touches set on them."""

    layers: list[Layer] = field(default_factory=list[Layer])
    touches: list[Touch] = field(default_factory=list[Touch])


@dataclass(slots=True)
class Scene:
    """The layers and touches of a picture in their order, and how the brush moves in it."""

    stages: list[Stage] = field(default_factory=lambda: [Stage()])
    jitter: float = 0.006
    """How far the brush strays from the drawing, in units."""
    warp: float = 0.05
    """How far the network bends the drawing, in units."""
    swirl: float = 0.25
    """How far brush marks turn, in turns."""
    reach: int = 4
    """Rounds of combing; each doubles the length of the marks."""
    texture: float = 0.035
    """How strongly the marks show, in lightness."""

    def paint(self, *layers: Layer) -> None:
        """Add layers on top."""
        if self.stages[-1].touches:
            self.stages.append(Stage())
        self.stages[-1].layers.extend(layers)

    def touch(self, touch: Touch) -> None:
        """Add small things on top."""
        self.stages[-1].touches.append(touch)
