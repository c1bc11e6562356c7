"""The scheduler: a bounded queue that is fair to every client and every call."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from generation.errors import Busy
from inference.input_images import PictureChecks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from typing import Self

Draw = Callable[[int, Callable[[], bool]], bytes]
"""Draws the picture of that index, unless the second argument says that it is not wanted."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One finished picture of a call."""

    index: int
    data: bytes


@dataclass(slots=True, eq=False)
class Call:
    """What of one call is still to be drawn, and what has not been handed out."""

    client: str
    draw: Draw
    todo: deque[int]
    left: int
    finished: asyncio.Queue[Drawn | BaseException] = field(default_factory=asyncio.Queue)
    stopped: threading.Event = field(default_factory=threading.Event)


class Scheduler:
    """Hands pictures to backends, so many at once: one for each client in turn, then the next.

    Each is waited for in a thread; the work itself is done in the backend's processes. The
    pictures that requests start from are checked in others, beside the queue.
    """

    def __init__(self, workers: int, max_calls: int) -> None:
        self._max_calls = max_calls
        self._workers = workers
        self._busy = 0
        self._calls: set[Call] = set()
        self._waiting: dict[str, deque[Call]] = {}
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="picture")
        self._seconds_each = 0.2
        self.pictures = PictureChecks()

    async def __aenter__(self) -> Self:
        """Nothing is started before the first call."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop what is being drawn, and wait the moment that this takes."""
        for call in self._calls:
            call.stopped.set()
        self._waiting.clear()
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        await self.pictures.close()

    @property
    def running(self) -> int:
        """How many pictures are being drawn."""
        return self._busy

    @property
    def waiting(self) -> int:
        """How many pictures wait for a worker."""
        return sum(len(call.todo) for calls in self._waiting.values() for call in calls)

    async def draw(
        self, client: str, count: int, draw: Draw, heartbeat: timedelta
    ) -> AsyncGenerator[Drawn | None, None]:
        """The pictures of a call as they get ready, and None whenever a heartbeat passes without.

        Leaving the loop stops those to come; close the generator.

        Raises:
            Busy: too many calls wait already; says when to come back.
        """
        call = self.enlist(client, count, draw)
        async with aclosing(self.results(call, heartbeat)) as results:
            async for result in results:
                yield result

    def check_room(self) -> None:
        """Look whether another call would be taken.

        Raises:
            Busy: too many calls wait already; says when to come back.
        """
        if len(self._calls) >= self._max_calls:
            raise Busy(f"{len(self._calls)} requests are waiting already", self._patience())

    def enlist(self, client: str, count: int, draw: Draw, *, is_bounded: bool = True) -> Call:
        """A call that has its place in the queue; its results have to be waited for.

        Raises:
            Busy: as `check_room`, unless a call is let in that was promised before.
        """
        if is_bounded:
            self.check_room()
        call = Call(client, draw, deque(range(count)), count)
        self._calls.add(call)
        self._waiting.setdefault(client, deque()).append(call)
        self._fill()
        return call

    async def results(self, call: Call, heartbeat: timedelta) -> AsyncGenerator[Drawn | None, None]:
        """The pictures of an enlisted call; like `draw`."""
        try:
            while call.left:
                result = await _next_within(call.finished, heartbeat)
                if isinstance(result, BaseException):
                    raise result
                call.left -= result is not None
                yield result
        finally:
            call.stopped.set()
            call.todo.clear()
            self._calls.discard(call)

    def _patience(self) -> timedelta:
        pictures = self.waiting + self._busy
        return timedelta(seconds=max(math.ceil(pictures * self._seconds_each / self._workers), 1))

    def _fill(self) -> None:
        """Give every idle worker a picture."""
        while self._busy < self._workers:
            call = self._next()
            if call is None:
                return
            self._busy += 1
            index = call.todo.popleft()
            if call.todo:
                self._waiting.setdefault(call.client, deque()).append(call)
            self._start(call, index)

    def _next(self) -> Call | None:
        """The call whose turn it is; its client goes to the end of the line."""
        while self._waiting:
            client = next(iter(self._waiting))
            calls = self._waiting.pop(client)
            call = calls.popleft()
            if calls:
                self._waiting[client] = calls
            if call.todo:
                return call
        return None

    def _start(self, call: Call, index: int) -> None:
        began = time.monotonic()
        work = asyncio.get_running_loop().run_in_executor(
            self._pool, call.draw, index, call.stopped.is_set
        )

        def done(future: asyncio.Future[bytes]) -> None:
            self._busy -= 1
            error = None if future.cancelled() else future.exception()
            if future.cancelled():
                call.finished.put_nowait(asyncio.CancelledError())
            elif error is not None:
                call.finished.put_nowait(error)
            else:
                self._seconds_each += 0.1 * (time.monotonic() - began - self._seconds_each)
                call.finished.put_nowait(Drawn(index, future.result()))
            self._fill()

        work.add_done_callback(done)


async def _next_within(
    finished: asyncio.Queue[Drawn | BaseException], heartbeat: timedelta
) -> Drawn | BaseException | None:
    try:
        return await asyncio.wait_for(finished.get(), heartbeat.total_seconds())
    except TimeoutError:
        return None
