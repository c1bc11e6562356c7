"""An order on its way through the engine: a step at a time, in turn with the pictures of others."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from inference.backends.cancellation import Stopped
from inference.backends.diffusers.sampling.interruption import interrupting
from inference.backends.diffusers.sampling.picture import StepDone

if TYPE_CHECKING:
    from collections.abc import Hashable
    from contextlib import AbstractContextManager
    from queue import SimpleQueue

    from inference.backends.backend import DrawContext
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.picture import Event
    from inference.depth.order import DepthOrder
    from inference.upscaling.order import UpscaleOrder
    from inference.video.order import VideoOrder

O = TypeVar("O", bound="VideoOrder | UpscaleOrder | DepthOrder")  # noqa: E741 - the order


@dataclass(slots=True, eq=False)
class OrderTicket(Generic[O]):
    """What is asked of the engine: a film, a larger picture or a depth, and where its events go."""

    model: Model
    order: O
    context: DrawContext
    events: SimpleQueue[Event]
    work: float = 0.0
    """To be prepared counts as no work."""

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.context.is_stopped() or time.monotonic() > self.context.deadline

    @property
    def client(self) -> Hashable:
        """Who asks."""
        return self.context.client

    @property
    def call(self) -> Hashable:
        """By which of their calls."""
        return self.context.call

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.order.width, self.order.height

    def check(self) -> None:
        """Go on only while somebody waits for it.

        Raises:
            Stopped: nobody does.
        """
        if self.is_over:
            raise Stopped

    def tell(self, done: int) -> None:
        """Report a step that is done to who asked for that."""
        if self.context.report is not None:
            self.events.put(StepDone(done, self.order.steps))

    def interrupting(self, *modules: Any) -> AbstractContextManager[None]:
        """Let calls of the networks end between two of their blocks once nobody waits any more."""
        return interrupting(modules, self.check)
