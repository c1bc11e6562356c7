"""An engine on loopback that answers as a test tells it to: a fake at the wire."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import grpc
import grpc.aio
from PIL import Image

from generation.image.client import Endpoint, ImageClient, RetryPolicy, Timeouts
from generation.image.status import MESSAGE_LIMIT
from generation.request import ImageRequest, TextPrompt
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import (
    GenerationServiceServicer,
    add_GenerationServiceServicer_to_server,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from generation.image.client import Picture

    Context = grpc.aio.ServicerContext[pb.Request, pb.Answer]
    Script = Callable[[pb.Request, Context], AsyncIterator[pb.Answer]]

SIDE = 64
KEY = "sk-abcdefghijklmnop"
NO_BALANCE = (
    "Your organization does not have enough balance to request this action"
    " (need $0.0033341976000000003, have $0.0028124 in active grants, $0 in balance)."
)
REQUEST = ImageRequest("sd", (TextPrompt("a lighthouse in the fog"),), SIDE, SIDE, 7, 30, 7.0)
LIMITS = [
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", 2 * MESSAGE_LIMIT),
]


def png(shade: int = 0, size: tuple[int, int] = (SIDE, SIDE), kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, (shade, 90, 30)).save(buffer, kind)
    return buffer.getvalue()


def image(index: int = 0, seed: int = 7, data: bytes | None = None, **more: object) -> pb.Artifact:
    fields = {
        "type": pb.ARTIFACT_IMAGE,
        "mime": "image/png",
        "index": index,
        "seed": seed,
        "binary": png(index) if data is None else data,
        **more,
    }
    return pb.Artifact(**fields)  # pyright: ignore[reportArgumentType]


def verdict(action: pb.Action, index: int = 0) -> pb.Artifact:
    return pb.Artifact(
        type=pb.ARTIFACT_CLASSIFICATIONS,
        index=index,
        classifier=pb.ClassifierParameters(realized_action=action),
    )


def answers(*given: pb.Answer) -> Script:
    """A script that gives those answers and ends."""

    async def script(request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        for answer in given:
            yield answer

    return script


def answer(*artifacts: pb.Artifact, engine_id: str = "") -> pb.Answer:
    return pb.Answer(artifacts=artifacts, meta=pb.AnswerMeta(engine_id=engine_id or None))


def fails(
    code: grpc.StatusCode,
    details: str = "",
    first: tuple[pb.Answer, ...] = (),
    trailers: tuple[tuple[str, str], ...] = (),
) -> Script:
    """A script that gives some answers and then ends with a status."""

    async def script(request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        for given in first:
            yield given
        await context.abort(code, details, trailers)

    return script


class ScriptedEngine(GenerationServiceServicer):
    """Plays one script for each call, the last one for all further calls."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts) or [answers(answer(image()))]
        self.requests: list[pb.Request] = []
        self.metadata: list[dict[str, str | bytes]] = []
        self.called = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def Generate(self, request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        self.requests.append(request)
        self.called.set()
        self.metadata.append(dict(context.invocation_metadata() or ()))
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        try:
            async for given in script(request, context):
                yield given
        except (asyncio.CancelledError, GeneratorExit):
            # The latter when gRPC was sending an answer just then.
            self.cancelled.set()
            raise


@asynccontextmanager
async def serving(
    engine: GenerationServiceServicer, port: int = 0, options: list[tuple[str, int]] = LIMITS
) -> AsyncGenerator[str]:
    """The address of a server for that engine."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0), *options])
    add_GenerationServiceServicer_to_server(engine, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


class Pauses:
    """Stands in for sleep: notes how long, and does not wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def client(
    host: str,
    *,
    key: str = "",
    timeouts: Timeouts | None = None,
    retries: RetryPolicy | None = None,
    pauses: Pauses | None = None,
) -> ImageClient:
    return ImageClient(
        Endpoint(host, key), timeouts=timeouts, retries=retries, sleep=pauses or Pauses()
    )


async def draw(engine: ScriptedEngine, request: ImageRequest = REQUEST) -> list[Picture]:
    """All pictures that a client gets from that engine."""
    async with serving(engine) as host, client(host) as asking:
        return [picture async for picture in asking.generate(request, "job-1")]
