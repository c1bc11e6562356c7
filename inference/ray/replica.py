"""One server of several: the whole server on loopback ports, and the calls passed on to it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from io import BytesIO
from typing import TYPE_CHECKING

import aiohttp
import grpc
import grpc.aio
from grpc_health.v1 import health_pb2
from multidict import CIMultiDict
from yarl import URL

from inference.access.limits import raise_open_files
from inference.logs import open_log
from inference.ray.channels import Channels
from inference.ray.messages import End, HttpAnswer
from inference.server import serve as open_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable
    from typing import Self

    from inference.options import Options
    from inference.ray.messages import Call, HttpRequest, Pairs
    from inference.server import Running

    Check = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
    Method = grpc.aio.UnaryStreamMultiCallable[bytes, bytes]

_OF_CONNECTION = frozenset(
    (
        "connection",
        "content-length",
        "date",
        "expect",
        "keep-alive",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Headers about one connection or one copy of a message, which are not passed on."""


class LocalServer:
    """A whole server, which only this process reaches; an async context manager."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._stack = AsyncExitStack()
        self._running: Running
        self._channels: Channels
        self._http: aiohttp.ClientSession
        self._warming: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._running = await self._stack.enter_async_context(open_server(self._options))
        session = aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )
        self._http = await self._stack.enter_async_context(session)
        self._channels = Channels(self._running.grpc_address)
        self._stack.push_async_callback(self._channels.close)
        self._warming = asyncio.create_task(asyncio.to_thread(self._running.registry.warm_up))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Drain the server."""
        await self._stack.aclose()
        await self._warming

    async def answers(self, call: Call) -> AsyncGenerator[bytes | End]:
        """The answers of a call, as they came, and then its end."""
        async with self._channels.of(call.client) as channel:
            method: Method = channel.unary_stream(call.method)
            asked = method(call.message, metadata=call.metadata, timeout=call.timeout_s)
            try:
                async for answer in asked:
                    yield answer
                yield await _end(asked)
            except grpc.aio.AioRpcError:
                yield await _end(asked)
            finally:
                # Without effect on a call that has ended; otherwise the server stops drawing.
                asked.cancel()

    async def ask(self, request: HttpRequest) -> HttpAnswer:
        """The answer to an HTTP request, as it came."""
        # Not joined: a target like //elsewhere/path would name another host.
        url = URL(f"http://{self._running.http_address}{request.target}", encoded=True)
        async with self._http.request(
            request.method,
            url,
            headers=CIMultiDict(_passed_on(request.headers)),
            data=BytesIO(request.body) if request.body else None,
            allow_redirects=False,
        ) as answer:
            headers = _passed_on(answer.headers.items())
            return HttpAnswer(answer.status, headers, await answer.read())

    async def queue(self) -> int:
        """How many pictures and films are being made or wait."""
        scheduler = self._running.scheduler
        return scheduler.running + scheduler.waiting

    async def check_health(self) -> None:
        """Tell Ray whether the server's own health check answers that it serves."""
        async with self._channels.of("") as channel:
            check: Check = channel.unary_unary("/grpc.health.v1.Health/Check")
            said = await check(b"", timeout=10)
        answer = health_pb2.HealthCheckResponse.FromString(said)
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise RuntimeError("the server does not serve")


class Replica(LocalServer):
    """The same as a replica of Ray Serve, which opens and closes it by these two methods."""

    async def __init__(self, options: Options) -> None:
        open_log(options.log_level, options.log_format)
        raise_open_files()
        super().__init__(options)
        await self.__aenter__()

    async def __del__(self) -> None:
        """Drain the server; Ray calls and awaits this where a replica is stopped in good order."""
        await self.__aexit__()


def _passed_on(headers: Iterable[tuple[str, str]]) -> Pairs:
    return tuple((name, value) for name, value in headers if name.lower() not in _OF_CONNECTION)


async def _end(asked: grpc.aio.UnaryStreamCall[bytes, bytes]) -> End:
    """The status of a call that has ended, and what the server said at its begin and end."""
    code = await asked.code()
    beside = (*(await asked.initial_metadata() or ()), *(await asked.trailing_metadata() or ()))
    told = tuple((key, str(value)) for key, value in beside if key.startswith("atelier-"))
    return End(code.value[0], await asked.details() or "", told)
