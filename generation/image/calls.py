"""Calls to one endpoint: deadlines, retries and the translation of what goes wrong."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import grpc
import grpc.aio
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential_jitter,
)

from generation.errors import Busy, GarbledAnswer, TooSlow, Unreachable
from generation.headers import JOURNAL, PREVIEWS, PROGRESS
from generation.image.endpoint import open_channel
from generation.image.status import translate
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from datetime import timedelta

    from generation.image.endpoint import Endpoint, RetryPolicy, Timeouts

    Stream = grpc.aio.UnaryStreamCall[pb.Request, pb.Answer]

T = TypeVar("T")


class Pace(Protocol):
    """Keeps an account's rate limit, together with all others that use the account."""

    async def wait(self) -> None:
        """Wait for a turn.

        Raises:
            Busy: it would take too long.
        """
        ...

    async def hold_off(self, pause: timedelta) -> None:
        """The API asked for a pause."""
        ...


class Calls:
    """Makes calls over one channel, which `open` opens and `close` closes.

    A call is repeated only before any byte of an answer has come, and only where the server was
    not there or had no room: whatever else went wrong would go wrong again.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        timeouts: Timeouts,
        retries: RetryPolicy,
        sleep: Callable[[float], Awaitable[None]],
        pace: Pace | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._retries = retries
        self._sleep = sleep
        self._pace = pace
        self._metadata = [("authorization", f"Bearer {endpoint.key}")] if endpoint.key else []
        self._backoff = wait_exponential_jitter(
            multiplier=retries.first.total_seconds(),
            max=retries.longest.total_seconds(),
            jitter=retries.first.total_seconds(),
        )
        self._channel: grpc.aio.Channel | None = None

    def open(self, user_agent: str) -> None:
        """Open the channel; it connects with the first call."""
        self._channel = open_channel(self._endpoint, user_agent)

    async def close(self) -> None:
        """Break off the calls under way and close the channel."""
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close()

    @property
    def channel(self) -> grpc.aio.Channel:
        """The open channel, to build stubs on."""
        if self._channel is None:
            raise RuntimeError("the client is used outside its `async with`")
        return self._channel

    async def unary(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Any, T],
        message: object,
        told: dict[str, str] | None = None,
    ) -> T:
        """The answer to a small call; `told` takes what the server says beside it.

        Raises:
            GenerationError: Unavailable, Misconfigured or GarbledAnswer.
        """
        deadline = self._deadline(self._timeouts.unary.total_seconds())

        async def attempt() -> T:
            with self._translated():
                call = method(message, timeout=self._left(deadline), metadata=self._metadata)
                answer = await call
                if told is not None:
                    # A server behind Ray Serve can only say it at the end.
                    for beside in (await call.initial_metadata(), await call.trailing_metadata()):
                        told.update((key, str(value)) for key, value in beside or ())
                return answer

        answer = await self._retrying(attempt)
        if answer is None:
            raise GarbledAnswer("the answer is not of the protocol")
        return answer

    async def answers(
        self,
        message: pb.Request,
        note_journal: Callable[[str], None],
        *,
        wants_progress: bool = False,
    ) -> AsyncGenerator[pb.Answer]:
        """The stream of answers, keepalives included; closing it cancels the call at the server.

        What the server says of its journal, if it keeps one, is noted before the first answer.
        With `wants_progress` our own server also tells how far pictures are, with previews.

        Raises:
            GenerationError: any of its kinds.
        """
        deadline = self._deadline(self._timeouts.generate.total_seconds())
        metadata = [*self._metadata, *([(PROGRESS, PREVIEWS)] if wants_progress else [])]

        async def attempt() -> tuple[Stream, pb.Answer | None]:
            return await self._begin(message, deadline, metadata)

        call, answer = await self._retrying(attempt)
        try:
            with self._translated(message.engine_id):
                told = dict(await call.initial_metadata() or ())
            note_journal(str(told.get(JOURNAL, "")))
            while answer is not None:
                yield answer
                answer = await self._next(call, message.engine_id)
        finally:
            # Without effect on a call that has ended; otherwise the server stops drawing.
            call.cancel()

    async def _begin(
        self, message: pb.Request, deadline: float, metadata: list[tuple[str, str]]
    ) -> tuple[Stream, pb.Answer | None]:
        stub = GenerationServiceStub(self.channel)
        call = stub.Generate(message, timeout=self._left(deadline), metadata=metadata)
        try:
            return call, await self._next(call, message.engine_id)
        except BaseException:
            call.cancel()
            raise

    async def _next(self, call: Stream, engine_id: str) -> pb.Answer | None:
        """The next answer, or None at the end."""
        idle = self._timeouts.idle.total_seconds()
        with self._translated(engine_id):
            try:
                async with asyncio.timeout(idle):
                    answer = await call.read()
            except TimeoutError:
                raise TooSlow(f"the engine said nothing for {idle:g} s") from None
        if answer is None:
            # That is how gRPC hands on bytes that do not parse.
            raise GarbledAnswer("the answer is not of the protocol")
        return answer if isinstance(answer, pb.Answer) else None

    @contextmanager
    def _translated(self, engine_id: str = "") -> Generator[None]:
        try:
            yield
        except grpc.aio.AioRpcError as error:
            key = self._endpoint.key
            # A server that echoes the key must not bring it into a traceback.
            cause = None if key and key in str(error) else error
            raise translate(error, engine_id, key) from cause
        except grpc.aio.UsageError as error:
            raise Unreachable("the client was closed") from error
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise Unreachable("the client was closed") from None

    async def _retrying(self, attempt: Callable[[], Awaitable[T]]) -> T:
        async def paced() -> T:
            if self._pace is None:
                return await attempt()
            await self._pace.wait()
            try:
                return await attempt()
            except Busy as error:
                if error.retry_after is not None:
                    await self._pace.hold_off(error.retry_after)
                raise

        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._retries.attempts),
            retry=retry_if_exception(self._is_worth_another),
            wait=self._pause_s,
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(paced)

    def _is_worth_another(self, error: BaseException) -> bool:
        if not isinstance(error, Busy | Unreachable) or self._channel is None:
            return False
        return error.retry_after is None or error.retry_after <= self._retries.longest

    def _pause_s(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Busy | Unreachable) and error.retry_after is not None:
            return error.retry_after.total_seconds()
        return self._backoff(state)

    def _deadline(self, seconds: float) -> float:
        return asyncio.get_running_loop().time() + seconds

    def _left(self, deadline: float) -> float:
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise TooSlow("there was no time left for another try")
        return left
