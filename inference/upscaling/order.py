"""What is asked of an engine that upscales."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from generation.request import TextPrompt


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscaleOrder:
    """One picture of `size`, whole and within the engine's limits, and the size of the result.

    Sizes are in pixels, upright. The picture is enlarged `factor` times, and then brought to
    `width` and `height` where these are less. Engines that sample the larger picture read the
    prompts, and are told steps, guidance and seed; of others these are empty or 0.
    """

    samples: ClassVar[int] = 1

    engine_id: str
    image: bytes = field(repr=False)
    size: tuple[int, int]
    factor: int
    width: int
    height: int
    seed: int = 0
    prompts: tuple[TextPrompt, ...] = field(default=(), repr=False)
    steps: int = 0
    cfg_scale: float = 0.0
    unfiltered: bool = False

    @property
    def seeds(self) -> tuple[int, ...]:
        """The one that is told beside the result."""
        return (self.seed,)
