"""A server that is told to stop: what is made may finish, the rest is handed back."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest

from generation.codec import encode_request
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.backends.cancellation import Stopped
from inference.options import Options
from inference.scheduler import Scheduler
from inference.server import serve
from tests.inference.orders import order

if TYPE_CHECKING:
    from inference.backends.backend import DrawContext

BEAT = timedelta(seconds=1)


class Easel:
    """Draws until it is let go, or nobody wants it any more."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.gate = threading.Event()

    def draw(self, _index: int, context: DrawContext) -> bytes:
        self.begun.set()
        while not self.gate.wait(0.005):
            if context.is_stopped():
                raise Stopped
        return b"picture"


async def pictures(scheduler: Scheduler, easel: Easel, count: int = 1) -> int:
    results = scheduler.draw("client", count, easel.draw, BEAT)
    return len([result async for result in results if result is not None])


async def test_what_is_drawn_finishes_and_the_rest_is_handed_back():
    easel = Easel()
    async with Scheduler(1, 8) as scheduler:
        drawn = asyncio.create_task(pictures(scheduler, easel))
        waiting = asyncio.create_task(pictures(scheduler, easel))
        await asyncio.to_thread(easel.begun.wait, 5)
        draining = asyncio.create_task(scheduler.drain(timedelta(seconds=30)))
        with pytest.raises(Stopped):
            await waiting
        with pytest.raises(Stopped):
            await pictures(scheduler, easel)
        assert not draining.done()
        easel.gate.set()
        await draining
        assert await drawn == 1


async def test_after_its_patience_what_is_drawn_is_stopped():
    easel = Easel()
    async with Scheduler(1, 8) as scheduler:
        drawn = asyncio.create_task(pictures(scheduler, easel))
        await asyncio.to_thread(easel.begun.wait, 5)
        began = time.monotonic()
        await scheduler.drain(timedelta(seconds=0.05))
        assert time.monotonic() - began < 5
        with pytest.raises(Stopped):
            await drawn


async def test_who_was_handed_back_may_go_elsewhere():
    options = Options(grpc_port=0, http_port=0, workers=1, drain=timedelta(minutes=2))
    stack = serve(options)
    running = await stack.__aenter__()
    async with grpc.aio.insecure_channel(running.grpc_address) as channel:
        stub = GenerationServiceStub(channel)
        request = encode_request(order("sea", width=256, height=256), "r")
        first = stub.Generate(request)
        answered = asyncio.create_task(_whole(first))
        # It has its place once the server has answered with its headers.
        await first.initial_metadata()
        others = [
            asyncio.create_task(_whole(stub.Generate(encode_request(order("sea"), f"r{number}"))))
            for number in range(3)
        ]
        await asyncio.sleep(0.05)
        await stack.__aexit__(None, None, None)
        assert await answered
        for other in others:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await other
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def _whole(call: Any) -> list[object]:
    return [answer async for answer in call]
