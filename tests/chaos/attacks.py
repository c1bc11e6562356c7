"""What strangers do to an inference server: each attack lasts until it is cancelled."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import grpc
import grpc.aio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

GENERATE = "/gooseai.GenerationService/Generate"
CHECK = "/grpc.health.v1.Health/Check"
WATCH = "/grpc.health.v1.Health/Watch"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
HEAD = b"POST /v2beta/image-to-video HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n"
UNLIMITED = (
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the server listens on loopback."""

    grpc: int
    http: int


if TYPE_CHECKING:
    Attack = Callable[[Ports], Awaitable[None]]


async def send_messages(ports: Ports, method: str, count: int, size: int) -> None:
    """Messages of so many bytes at once, again and again, each over its own connection."""
    message = bytes(size)

    async def send() -> None:
        async with _channel(ports) as channel:
            while True:
                with suppress(grpc.aio.AioRpcError):
                    async for _ in channel.unary_stream(method)(message):
                        pass

    await _all([send] * count)


async def open_calls(ports: Ports, method: str, channels: int, each: int) -> None:
    """Calls that never send their message."""

    async def open_some() -> None:
        async with AsyncExitStack() as stack:
            channel = await stack.enter_async_context(_channel(ports))
            calls = [channel.stream_stream(method)() for _ in range(each)]
            with suppress(grpc.aio.AioRpcError):
                await asyncio.gather(*(call.wait_for_connection() for call in calls))
            await _forever()

    await _all([open_some] * channels)


async def hold_connections(port: int, count: int, start: bytes = b"") -> None:
    """Connections that begin like this and say nothing more."""

    async def hold() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(start)
            await _forever()
        finally:
            writer.transport.abort()

    await _all([hold] * count)


async def trickle(port: int, count: int, start: bytes, byte: bytes, every_s: float) -> None:
    """Connections that begin like this and go on byte by byte, each anew when it is closed."""

    async def drip() -> None:
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    writer.write(start)
                    while not (reader.at_eof() or writer.transport.is_closing()):
                        writer.write(byte)
                        await asyncio.sleep(every_s)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(every_s)

    await _all([drip] * count)


async def take_files(ports: Ports, count: int) -> None:
    """So many connections to each port, of which each is opened anew when it is closed."""

    async def insist(port: int, start: bytes) -> None:
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    writer.write(start)
                    await reader.read()
                finally:
                    writer.transport.abort()
            await asyncio.sleep(0.5)

    half = [partial(insist, ports.http, HEAD), partial(insist, ports.grpc, PREFACE)]
    await _all(half * count)


def _channel(ports: Ports) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(f"127.0.0.1:{ports.grpc}", UNLIMITED)


async def _all(acts: Sequence[Callable[[], Awaitable[None]]]) -> None:
    await asyncio.gather(*(act() for act in acts))


async def _forever() -> None:
    await asyncio.Event().wait()
