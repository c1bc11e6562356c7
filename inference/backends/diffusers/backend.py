"""The backend that draws with models: from a request to the bytes of a PNG."""

from __future__ import annotations

import zlib
from dataclasses import replace
from io import BytesIO
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from PIL import Image

from inference.backends.backend import Progress
from inference.backends.diffusers.model import Family
from inference.backends.diffusers.samplers.recipes import choose_sampler
from inference.backends.diffusers.sampling.loop import SamplingLoop
from inference.backends.diffusers.sampling.order_ticket import OrderTicket
from inference.backends.diffusers.sampling.picture import Event, Failed, Finished, StepDone, Ticket
from inference.backends.diffusers.videos.film_words import FilmWords
from inference.upscaling.pictures import result_png
from inference.video.order import Video

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from generation.request import ImageRequest
    from inference.backends.backend import DrawContext
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.models.residency import ModelStore
    from inference.backends.diffusers.sampling.picture import Pixels
    from inference.depth.order import DepthOrder
    from inference.metrics.measurements import Measurements
    from inference.upscaling.order import UpscaleOrder
    from inference.video.order import VideoOrder

CAPACITY = 64
"""Pictures under way at once; one that waits its turn in the loop costs little memory."""
PREVIEW_SIDE_PX = 256


class DiffusersBackend:
    """Works with diffusers' pipelines and transformers' depth; any number of threads may use it."""

    description = "diffusers"
    capacity = CAPACITY

    def __init__(self, models: ModelStore, measurements: Measurements | None = None) -> None:
        """Nothing is loaded before the first picture."""
        self._models = models
        self._film_words = FilmWords()
        self._loop = SamplingLoop(measurements)

    def draw(self, request: ImageRequest, seed: int, context: DrawContext) -> bytes:
        """See `Backend`."""
        with self._models.lease(request.engine_id, context.is_stopped) as model:
            pixels = self._draw(model, request, seed, context)
        return encode_png(pixels)

    def _draw(self, model: Model, request: ImageRequest, seed: int, context: DrawContext) -> Pixels:
        events: SimpleQueue[Event] = SimpleQueue()
        default = self._models.default_sampler(request.engine_id)
        self._loop.submit(
            Ticket(
                model,
                replace(request, seed=seed, samples=1, other_seeds=()),
                choose_sampler(request, default, model.pipeline.scheduler.config),
                context,
                events,
                self._models.reads_emphasis(request.engine_id),
            )
        )
        return _awaited(events, context)

    def check_film(self, order: VideoOrder) -> None:
        """See `Backend`: whether its model reads so many words."""
        located = self._models.located(order.engine_id)
        if Family(located.family) is Family.WAN:
            self._film_words.check(located.source, order)

    def shoot(self, order: VideoOrder, context: DrawContext) -> Video:
        """See `Backend`."""
        events: SimpleQueue[Event] = SimpleQueue()
        with self._models.lease(order.engine_id, context.is_stopped) as model:
            self._loop.submit(OrderTicket(model, order, context, events))
            frames = _awaited(events, context)
        # Imported here: a server of pictures alone does not carry an encoder of films.
        from inference.video.encoding import encode

        video = encode(
            frames, order.width, order.height, order.frames_per_s, f"Atelier {order.engine_id}"
        )
        return Video(video, encode_png(frames[-1]))

    def upscale(self, order: UpscaleOrder, context: DrawContext) -> bytes:
        """See `Backend`."""
        events: SimpleQueue[Event] = SimpleQueue()
        with self._models.lease(order.engine_id, context.is_stopped) as model:
            self._loop.submit(OrderTicket(model, order, context, events))
            pixels = _awaited(events, context)
        return result_png(pixels, order)

    def estimate_depth(self, order: DepthOrder, context: DrawContext) -> bytes:
        """See `Backend`."""
        events: SimpleQueue[Event] = SimpleQueue()
        with self._models.lease(order.engine_id, context.is_stopped) as model:
            self._loop.submit(OrderTicket(model, order, context, events))
            nearness = _awaited(events, context)
        return nearness.astype("<f4").tobytes()

    @property
    def loaded(self) -> Collection[str]:
        """See `Backend`."""
        return self._models.loaded

    def memory(self) -> Mapping[str, int]:
        """See `Backend`: of models, their budget, and of the device what is allocated."""
        return self._models.memory()

    def problem(self, engine_id: str) -> str:
        """See `Backend`: what went wrong when its model was loaded, for a while."""
        return self._models.problem(engine_id)

    def warm_up(self) -> None:
        """Load the models that the catalogue keeps loaded."""
        self._models.warm_up()

    def close(self) -> None:
        """See `Backend`."""
        self._loop.close()
        self._models.close()


def _awaited(events: SimpleQueue[Event], context: DrawContext) -> NDArray[Any]:
    """What comes of a ticket; how far it is goes to who asked for that."""
    while True:
        match events.get():
            case Finished(pixels):
                return pixels
            case Failed(error):
                raise error
            case StepDone() as done:
                if context.report is not None:
                    context.report(Progress(done.step, done.steps, _jpeg(done.preview)))


def encode_png(pixels: Pixels) -> bytes:
    """A PNG without loss.

    Runs alone are looked for: on filtered pixels zlib's search for repeats takes a third longer
    and finds a tenth less.
    """
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
    return buffer.getvalue()


def _jpeg(preview: Pixels | None) -> bytes:
    if preview is None:
        return b""
    picture = Image.fromarray(preview)
    picture = picture.resize(_fitted(picture.size), Image.Resampling.BICUBIC)
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    """The size scaled so that its longer side is `PREVIEW_SIDE_PX`."""
    scale = PREVIEW_SIDE_PX / max(size)
    width, height = (max(1, round(side * scale)) for side in size)
    return width, height
