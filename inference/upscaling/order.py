"""What is asked of an engine that upscales."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscaleOrder:
    """One picture of `size`, whole and within the engine's limits, and the size of the result.

    Sizes are in pixels, upright. The picture is enlarged `factor` times, and then brought to
    `width` and `height` where these are less.
    """

    samples: ClassVar[int] = 1
    steps: ClassVar[int] = 0

    engine_id: str
    image: bytes = field(repr=False)
    size: tuple[int, int]
    factor: int
    width: int
    height: int
    seed: int = 0

    @property
    def seeds(self) -> tuple[int, ...]:
        """The one that is told beside the result; it has no effect."""
        return (self.seed,)
