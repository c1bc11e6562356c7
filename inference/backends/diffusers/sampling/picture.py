"""One picture on its way through the engine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from inference.backends.diffusers.models.flops import Sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from queue import SimpleQueue

    import numpy as np
    from numpy.typing import NDArray
    from torch import Generator, Tensor

    from generation.request import ImageRequest, Sampler
    from inference.backends.backend import DrawContext
    from inference.backends.diffusers.adapters.loras import LoraSet
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.rows import Conditioning, Start
    from inference.backends.diffusers.samplers.course import Course

    Pixels = NDArray[np.uint8]

_PREVIEWS_AT = (0.25, 0.5, 0.75)
"""After which shares of its steps a picture is shown to who asked for previews."""


def preview_steps(context: DrawContext, steps: int) -> list[int]:
    """After which of so many steps a picture is shown to who asked for it, ascending."""
    if not context.wants_previews:
        return []
    return sorted({max(1, round(steps * share)) for share in _PREVIEWS_AT})


@dataclass(frozen=True, slots=True)
class StepDone:
    """A picture has come so far; the preview is RGB of 8 bits, a pixel for each latent."""

    step: int
    steps: int
    preview: Pixels | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """RGB of 8 bits: of a picture (height, width, 3), of a film (frames, height, width, 3).

    Of a depth, in floats, how near each pixel is (height, width).
    """

    pixels: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no picture."""

    error: BaseException


Event = StepDone | Finished | Failed


@dataclass(slots=True, eq=False)
class Ticket:
    """What is asked of the engine, and where it puts what happens."""

    model: Model
    request: ImageRequest
    """With the seed of this very sample."""
    sampler: Sampler
    context: DrawContext
    events: SimpleQueue[Event]
    reads_emphasis: bool = True
    work: float = 0.0
    """To be prepared counts as no work."""

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.context.is_stopped() or time.monotonic() > self.context.deadline

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.request.width, self.request.height

    @property
    def client(self) -> Hashable:
        """Who asks."""
        return self.context.client

    @property
    def call(self) -> Hashable:
        """By which of their calls."""
        return self.context.call


@dataclass(frozen=True, slots=True)
class Bucket:
    """Pictures of one bucket can share a call of the UNet."""

    model: int
    """The identity of the loaded model."""
    channels: int
    height: int
    """In latents, as the width."""
    width: int
    tokens: int
    extra_channels: int
    controls: tuple[str, ...]
    loras: LoraSet = ()

    @property
    def sizes(self) -> Sizes:
        """What the work of a row depends on."""
        return Sizes(self.height, self.width, self.tokens)


@dataclass(slots=True, eq=False)
class Picture:
    """A prepared picture: its conditioning, its course and where it stands."""

    ticket: Ticket
    conditioning: Conditioning
    start: Start
    course: Course
    generator: Generator
    bucket: Bucket
    work: float
    """FLOPs of one evaluation."""
    x: Tensor
    memory: Tensor
    error: Exception | None = None
    """What went wrong with this picture alone."""
    _told_steps: int = 0
    _previews: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self._previews = preview_steps(self.ticket.context, self.course.steps)

    @property
    def client(self) -> Hashable:
        """Who asks."""
        return self.ticket.client

    @property
    def call(self) -> Hashable:
        """By which of their calls."""
        return self.ticket.call

    def draw_noise(self) -> Tensor:
        """Fresh noise of the shape of the latents, from the picture's own generator."""
        return torch.randn(self.x.shape, generator=self.generator, dtype=torch.float32)

    def tell(self, paint: Callable[[], Pixels | None]) -> None:
        """Report a step that is complete, now and then with a preview, to who asked for it."""
        done, steps = self.course.steps_done, self.course.steps
        if self.ticket.context.report is None or done == self._told_steps:
            return
        self._told_steps = done
        is_due = bool(self._previews) and self._previews[0] <= done < steps
        if is_due:
            self._previews.pop(0)
        self.ticket.events.put(StepDone(done, steps, paint() if is_due else None))
