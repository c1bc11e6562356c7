"""gRPC's own health check answers for the server, its services and its engines."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from generation.catalogue.engine import Engine
from inference.backends.painter.pool import PainterPool
from inference.health import Health
from inference.options import Options
from inference.registry import EngineRegistry, ServedEngine
from inference.server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Sick(PainterPool):
    """A backend that says what is wrong with one of its engines."""

    sick = "canvas"

    def problem(self, engine_id: str) -> str:
        return "its files cannot be read" if engine_id == self.sick else ""


async def status(channel: grpc.aio.Channel, name: str) -> int:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    return (await stub.Check(health_pb2.HealthCheckRequest(service=name))).status


async def test_each_engine_has_its_health():
    async with (
        serve(Options(grpc_port=0, http_port=0)) as running,
        grpc.aio.insecure_channel(running.grpc_address) as channel,
    ):
        for name in ("", "gooseai.GenerationService", "atelier-painter", "atelier-painter-film"):
            assert await status(channel, name) == SERVING
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await status(channel, "nowhere")
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_an_engine_that_cannot_be_used_says_so_until_it_can(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("inference.health._LOOK_S", 0.01)
    backend = Sick()
    engines = [Engine("easel", backend="painter"), Engine("canvas", aliases=("old-canvas",))]
    health = Health(EngineRegistry([ServedEngine(engine, backend) for engine in engines]))
    server = grpc.aio.server()
    health.add_to(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    await health.open([])
    async with (
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
        health.watching(),
    ):
        told = {name: await status(channel, name) for name in ("", "easel", "canvas", "old-canvas")}
        assert told == {
            "": SERVING,
            "easel": SERVING,
            "canvas": NOT_SERVING,
            "old-canvas": NOT_SERVING,
        }
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watched: AsyncIterator[Any] = aiter(
            stub.Watch(health_pb2.HealthCheckRequest(service="canvas"))
        )
        assert (await anext(watched)).status == NOT_SERVING
        backend.sick = ""
        async with asyncio.timeout(10):
            assert (await anext(watched)).status == SERVING
    await health.close()
    await server.stop(None)


class Unread:
    """The context of a client that watches and never reads."""

    def __init__(self) -> None:
        self.is_writing = asyncio.Event()

    async def write(self, _answer: object) -> None:
        self.is_writing.set()
        await asyncio.Event().wait()


async def test_a_watcher_that_never_reads_holds_up_nobody(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("inference.health._PATIENCE_S", 0.05)
    backend = Sick()
    engines = [Engine(name, backend="painter") for name in ("canvas", "easel")]
    health = Health(EngineRegistry([ServedEngine(engine, backend) for engine in engines]))
    await health.open([])
    unread: Any = Unread()
    servicer: Any = health._servicer  # pyright: ignore[reportPrivateUsage]
    request = health_pb2.HealthCheckRequest(service="canvas")
    watching = asyncio.create_task(servicer.Watch(request, unread))
    await unread.is_writing.wait()
    backend.sick = "easel"
    began = time.monotonic()
    await health.open([])
    told = await servicer.Check(health_pb2.HealthCheckRequest(service="easel"), unread)
    assert told.status == NOT_SERVING
    await health.close()
    assert time.monotonic() - began < 5
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
