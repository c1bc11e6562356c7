"""An engine that takes the same time for every picture: what waiting is measured against."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import grpc.aio
from PIL import Image

from generation.wire import engines_pb2
from generation.wire import generation_pb2 as pb
from generation.wire.engines_pb2_grpc import (
    EnginesServiceServicer,
    add_EnginesServiceServicer_to_server,
)
from generation.wire.generation_pb2_grpc import (
    GenerationServiceServicer,
    add_GenerationServiceServicer_to_server,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

ENGINE_ID = "stable-diffusion-v1-5"


class Metronome(GenerationServiceServicer, EnginesServiceServicer):
    """Answers every request with its pictures after `beat_s` seconds, as many at once as come.

    `draw` makes a picture of a size, which is kept.
    """

    def __init__(self, beat_s: float, draw: Callable[[tuple[int, int]], bytes]) -> None:
        self._beat_s = beat_s
        self._draw = draw
        self._pictures: dict[tuple[int, int], bytes] = {}

    async def ListEngines(self, request: Any, context: Any) -> engines_pb2.Engines:
        listed = engines_pb2.Engines()
        listed.engine.add(id=ENGINE_ID, ready=True, type=engines_pb2.PICTURE)
        return listed

    async def Generate(self, request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        await asyncio.sleep(self._beat_s)
        size = (request.image.width, request.image.height)
        seed = request.image.seed[0] if request.image.seed else 0
        if size not in self._pictures:
            self._pictures[size] = self._draw(size)
        for index in range(request.image.samples or 1):
            artifact = pb.Artifact(
                type=pb.ARTIFACT_IMAGE,
                mime="image/png",
                index=index,
                seed=seed + index,
                binary=self._pictures[size],
            )
            yield pb.Answer(request_id=request.request_id, artifacts=[artifact])


def plain(size: tuple[int, int]) -> bytes:
    """A picture of one colour, as a PNG."""
    buffer = BytesIO()
    Image.new("RGB", size, "teal").save(buffer, "PNG")
    return buffer.getvalue()


@asynccontextmanager
async def ticking(
    beat_s: float, draw: Callable[[tuple[int, int]], bytes] = plain
) -> AsyncGenerator[str]:
    """The address of a running metronome."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    metronome = Metronome(beat_s, draw)
    add_GenerationServiceServicer_to_server(metronome, server)
    add_EnginesServiceServicer_to_server(metronome, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(0)
