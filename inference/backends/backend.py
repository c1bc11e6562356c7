"""What the server asks of a backend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping

    from generation.request import ImageRequest
    from inference.depth.order import DepthOrder
    from inference.upscaling.order import UpscaleOrder
    from inference.video.order import Video, VideoOrder


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a picture is; the preview is a small JPEG."""

    step: int
    steps: int
    preview: bytes = b""


@dataclass(frozen=True, slots=True)
class DrawContext:
    """For whom a picture is drawn, and until when."""

    is_stopped: Callable[[], bool]
    """Whether nobody wants it any more; any thread may ask, as often as it likes."""
    client: Hashable = ""
    call: Hashable = ""
    """Clients get equal shares of a device, and so do the calls of one client."""
    deadline: float = math.inf
    """The instant of `time.monotonic` from which on nobody waits for it."""
    report: Callable[[Progress], None] | None = None
    """Is told of each step, where the client asked for that; called from the drawing thread."""
    wants_previews: bool = False


class Backend(Protocol):
    """Works for the engines that name it; any number of threads may use it at once.

    What it does not do of drawing, filming, upscaling and estimating depth it raises for, and no
    engine of the catalogue names it for that.
    """

    @property
    def description(self) -> str:
        """What it is, in a few words for people."""
        ...

    @property
    def capacity(self) -> int:
        """How many pictures it can be given at once; 0: as many as the server has workers."""
        ...

    def draw(self, request: ImageRequest, seed: int, context: DrawContext) -> bytes:
        """One picture of the request with that seed, as PNG; takes a while.

        Raises:
            Stopped: the context said so while it was drawn, or the backend is closed.
            BadRequest: the engine cannot draw it; names the field.
            DrawingFailed: it did not come about; the text says why in one sentence.
        """
        ...

    def check_film(self, order: VideoOrder) -> None:
        """Look at an order before the film has a place in the queue; takes a moment.

        Raises:
            BadRequest: its engine cannot make it; names the field, the figure and the limit.
        """
        ...

    def shoot(self, order: VideoOrder, context: DrawContext) -> Video:
        """The film of the order; takes a while.

        Raises:
            Stopped: the context said so while it was made, or the backend is closed.
            DrawingFailed: it did not come about; the text says why in one sentence.
        """
        ...

    def upscale(self, order: UpscaleOrder, context: DrawContext) -> bytes:
        """The larger picture of the order, as PNG; takes a while.

        Raises:
            Stopped: the context said so while it was made, or the backend is closed.
            DrawingFailed: it did not come about; the text says why in one sentence.
        """
        ...

    def estimate_depth(self, order: DepthOrder, context: DrawContext) -> bytes:
        """How near each pixel of the order's picture is, larger is nearer; takes a while.

        Floats of 32 bits, little endian, row by row; only their proportions mean anything.

        Raises:
            Stopped: the context said so while it was estimated, or the backend is closed.
            DrawingFailed: it did not come about; the text says why in one sentence.
        """
        ...

    @property
    def loaded(self) -> Collection[str]:
        """The engines whose models are in memory; none where there are no models."""
        ...

    def memory(self) -> Mapping[str, int]:
        """Bytes of the device's memory by what they are; nothing where there is no device."""
        ...

    def problem(self, engine_id: str) -> str:
        """Why the engine cannot be used at the moment, empty if it can as far as is known."""
        ...

    def warm_up(self) -> None:
        """Prepare for the first picture; takes a while, and a failure is logged, not raised."""
        ...

    def close(self) -> None:
        """End what it started, also what is being made; takes a moment."""
        ...
