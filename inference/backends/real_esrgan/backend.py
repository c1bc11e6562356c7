"""The backend that upscales by Real-ESRGAN: from an order to the bytes of a PNG."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, NoReturn

from inference.backends.cancellation import Stopped
from inference.backends.failure import DrawingFailed
from inference.backends.real_esrgan.network import Network
from inference.upscaling.pictures import given_pixels, result_png
from inference.upscaling.tiles import enlarge_in_tiles
from inference.weights.shipped import MODELS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from generation.request import ImageRequest
    from inference.backends.backend import DrawContext
    from inference.depth.order import DepthOrder
    from inference.upscaling.order import UpscaleOrder
    from inference.video.order import Video, VideoOrder
    from inference.weights.engines import EngineWeights

logger = logging.getLogger(__name__)


class RealEsrganBackend:
    """Upscales one picture at a time; any number of threads may ask."""

    description = "Real-ESRGAN"
    capacity = 1

    def __init__(self, engines: Sequence[EngineWeights]) -> None:
        """Nothing is loaded before the first picture."""
        self._engines = {one.engine.id: one for one in engines}
        self._networks: dict[str, Network] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def upscale(self, order: UpscaleOrder, context: DrawContext) -> bytes:
        """See `Backend`; it can be stopped between two tiles."""
        if self._is_closed:
            raise Stopped
        weights = self._engines[order.engine_id].weights
        assert weights is not None
        with self._lock:
            network = self._network(order.engine_id)
            tiling = MODELS[weights.source].tiling
            pixels = given_pixels(order)
            larger = enlarge_in_tiles(pixels, order.factor, tiling, network.enlarge, context)
        return result_png(larger, order)

    def _network(self, engine_id: str) -> Network:
        found = self._engines[engine_id].located
        assert found is not None
        if engine_id not in self._networks:
            self._networks[engine_id] = Network(found.source)
        return self._networks[engine_id]

    def draw(self, request: ImageRequest, seed: int, context: DrawContext) -> NoReturn:
        """It does not draw, and no engine for pictures names it."""
        raise DrawingFailed(f"{request.engine_id} upscales pictures and draws none")

    def check_film(self, order: VideoOrder) -> None:
        """See `Backend`: it makes no films, as `shoot` says."""

    def shoot(self, order: VideoOrder, context: DrawContext) -> Video:
        """It makes no films, and no engine for films names it."""
        raise DrawingFailed(f"{order.engine_id} upscales pictures and makes no films")

    def estimate_depth(self, order: DepthOrder, context: DrawContext) -> NoReturn:
        """It estimates no depth, and no engine for that names it."""
        raise DrawingFailed(f"{order.engine_id} upscales pictures and estimates no depth")

    @property
    def loaded(self) -> Collection[str]:
        """See `Backend`."""
        return tuple(self._networks)

    def memory(self) -> Mapping[str, int]:
        """None of a device: it works on the processor."""
        return {}

    def problem(self, engine_id: str) -> str:
        """None but its end."""
        return f"{engine_id} is being stopped" if self._is_closed else ""

    def warm_up(self) -> None:
        """Load the first network, which takes a moment; others wait for their first picture."""
        with self._lock:
            try:
                self._network(next(iter(self._engines)))
            except DrawingFailed as error:
                logger.warning("A network was not loaded: %s.", error)

    def close(self) -> None:
        """Begin nothing more; what is under way ends with its call."""
        self._is_closed = True
