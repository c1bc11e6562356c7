"""The gRPC calls at work: bounded, and each with its message in time.

gRPC's library takes the message of a unary call in before any code of ours sees it, and waits for
it as long as the client likes. As a stream it is only read when somebody asks for it; until then no
more than HTTP/2's window of 64 KiB is taken in.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from inference.metrics.measurements import Measurements

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from datetime import timedelta

    # gRPC's types describe handlers that are no coroutines.
    Handler = Any
    Context = grpc.aio.ServicerContext[Any, Any]


class Calls:
    """Stands between gRPC and the services; so many calls of each are at work at once."""

    def __init__(
        self, most: int, patience: timedelta, measurements: Measurements | None = None
    ) -> None:
        self._most = most
        self._patience_s = patience.total_seconds()
        self._at_work: Counter[str] = Counter()
        self._measurements = measurements or Measurements()

    def bound(self, service: str, handler: Handler) -> Handler:
        """The handler, reading its message by itself, as one of the service's calls."""
        if handler.request_streaming:
            return self._conversing(service, handler)
        if not handler.response_streaming:
            return self._answering(service, handler)
        if inspect.iscoroutinefunction(handler.unary_stream):
            return self._writing(service, handler)
        return self._streaming(service, handler)

    def _answering(self, service: str, handler: Handler) -> Handler:
        async def act(requests: AsyncIterator[Any], context: Context) -> Any:
            async with self._place(service, context):
                return await handler.unary_unary(await self._message(requests, context), context)

        return grpc.stream_unary_rpc_method_handler(
            act, handler.request_deserializer, handler.response_serializer
        )

    def _streaming(self, service: str, handler: Handler) -> Handler:
        async def act(requests: AsyncIterator[Any], context: Context) -> AsyncGenerator[Any]:
            async with self._place(service, context):
                message = await self._message(requests, context)
                async with aclosing(handler.unary_stream(message, context)) as answers:
                    async for answer in answers:
                        yield answer

        return _stream_stream(act, handler)

    def _writing(self, service: str, handler: Handler) -> Handler:
        async def act(requests: AsyncIterator[Any], context: Context) -> None:
            async with self._place(service, context):
                await handler.unary_stream(await self._message(requests, context), context)

        return _stream_stream(act, handler)

    def _conversing(self, service: str, handler: Handler) -> Handler:
        async def act(requests: AsyncIterator[Any], context: Context) -> AsyncGenerator[Any]:
            async with self._place(service, context):
                timely = self._messages(requests, context)
                async with aclosing(handler.stream_stream(timely, context)) as answers:
                    async for answer in answers:
                        yield answer

        return _stream_stream(act, handler)

    def refuse(self, code: grpc.StatusCode, details: str) -> grpc.RpcMethodHandler[Any, Any]:
        """A handler for any kind of call that only ends it; the bytes sent are not read."""

        async def act(_requests: object, context: Context) -> None:
            self._measurements.note_refusal("grpc", code.name)
            await context.abort(code, details)

        return grpc.stream_stream_rpc_method_handler(act)

    @asynccontextmanager
    async def _place(self, service: str, context: Context) -> AsyncGenerator[None]:
        try:
            async with self._counted_place(service, context):
                yield
        except grpc.aio.AbortError:
            self._measurements.note_refusal("grpc", _name_of(context.code()))
            raise

    @asynccontextmanager
    async def _counted_place(self, service: str, context: Context) -> AsyncGenerator[None]:
        if self._at_work[service] >= self._most:
            await context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"{self._most} calls are at work already; try again in a second",
            )
        self._at_work[service] += 1
        try:
            yield
        finally:
            self._at_work[service] -= 1

    async def _message(self, requests: AsyncIterator[Any], context: Context) -> Any:
        message = await self._next(requests, context)
        if message is None:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the call came without a message")
        return message

    async def _messages(
        self, requests: AsyncIterator[Any], context: Context
    ) -> AsyncGenerator[Any]:
        while (message := await self._next(requests, context)) is not None:
            yield message

    async def _next(self, requests: AsyncIterator[Any], context: Context) -> Any:
        """The next message, or None when there is none."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await anext(requests, None)
        except TimeoutError:
            await context.abort(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"the message took more than {self._patience_s:g} s to arrive",
            )
        except DecodeError:
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, "the message is no valid protocol buffer"
            )


def _name_of(code: Any) -> str:
    """The name of a status, which the library tells as a number."""
    names = {status.value[0]: status.name for status in grpc.StatusCode}
    return code.name if isinstance(code, grpc.StatusCode) else names.get(code, "UNKNOWN")


def _stream_stream(act: Any, handler: Handler) -> Handler:
    return grpc.stream_stream_rpc_method_handler(
        act, handler.request_deserializer, handler.response_serializer
    )
