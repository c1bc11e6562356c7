"""The queue of one backend: bounded in what runs at once, fair to every client and every call."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from inference.backends.backend import DrawContext

if TYPE_CHECKING:
    from inference.backends.backend import Progress

Draw = Callable[[int, DrawContext], bytes]
"""Draws the picture of that index, until the context says that it is not wanted."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One finished picture of a call."""

    index: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Sketched:
    """How far the picture of that index is."""

    index: int
    progress: Progress


Result = Drawn | Sketched


@dataclass(frozen=True, slots=True)
class Terms:
    """What a client has said about a whole call."""

    deadline: float = math.inf
    """The instant of `time.monotonic` from which on it does not wait any more."""
    allowed_s: float = math.inf
    """How long it waits, from when it asked until that instant."""
    wants_steps: bool = False
    wants_previews: bool = False

    @property
    def is_over(self) -> bool:
        """Whether it does not wait any more."""
        return time.monotonic() > self.deadline


@dataclass(slots=True, eq=False)
class Call:
    """What of one call is still to be drawn, and what has not been handed out."""

    client: str
    draw: Draw
    todo: deque[int]
    left: int
    terms: Terms = Terms()
    is_film: bool = False
    finished: asyncio.Queue[Result | BaseException] = field(default_factory=asyncio.Queue)
    stopped: threading.Event = field(default_factory=threading.Event)
    _latest: dict[int, Progress] = field(default_factory=dict[int, "Progress"])

    def context(self, index: int, loop: asyncio.AbstractEventLoop) -> DrawContext:
        """The context of one picture, whose reports come here by way of the event loop."""

        def tell(progress: Progress) -> None:
            if not self.stopped.is_set():
                loop.call_soon_threadsafe(self._note, index, progress)

        return DrawContext(
            is_stopped=self.stopped.is_set,
            client=self.client,
            call=id(self),
            deadline=self.terms.deadline,
            report=tell if self.terms.wants_steps else None,
            wants_previews=self.terms.wants_previews,
        )

    def _note(self, index: int, progress: Progress) -> None:
        if progress.preview:
            self.finished.put_nowait(Sketched(index, progress))
            return
        # Of steps only the latest is of interest to a client that is slow to read.
        if index not in self._latest:
            self.finished.put_nowait(Sketched(index, progress))
        self._latest[index] = progress

    def latest(self, result: Result) -> Result:
        """The result, or if it is a step the latest one that has come since."""
        if isinstance(result, Sketched) and not result.progress.preview:
            return Sketched(result.index, self._latest.pop(result.index, result.progress))
        return result


class Lane:
    """Hands pictures to one backend, so many at once: one for each client in turn.

    Each is waited for in a thread; the work itself is done in the backend.
    """

    def __init__(self, workers: int, seconds_each: float) -> None:
        """`seconds_each` is how long one takes, until some have been made."""
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="picture")
        self._line: dict[str, deque[Call]] = {}
        self._seconds_each = seconds_each
        self.busy = 0
        self.works: set[asyncio.Future[bytes]] = set()
        """What is being drawn."""

    def close(self) -> None:
        """Wait until what is drawn has stopped, and begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def clear(self) -> None:
        """Forget what has not begun."""
        self._line.clear()

    @property
    def waiting(self) -> int:
        """How many pictures wait for their turn."""
        return sum(len(call.todo) for calls in self._line.values() for call in calls)

    @property
    def patience(self) -> timedelta:
        """How long it takes until what is here now has been drawn."""
        pictures = self.waiting + self.busy
        return timedelta(seconds=max(math.ceil(pictures * self._seconds_each / self._workers), 1))

    def enlist(self, call: Call) -> None:
        """Put a call in the line."""
        self._line.setdefault(call.client, deque()).append(call)
        self._fill()

    def _fill(self) -> None:
        """Begin as many pictures as may run."""
        while self.busy < self._workers:
            call = self._next()
            if call is None:
                return
            self.busy += 1
            index = call.todo.popleft()
            if call.todo:
                self._line.setdefault(call.client, deque()).append(call)
            self._start(call, index)

    def _next(self) -> Call | None:
        """The call whose turn it is; its client goes to the end of the line."""
        while self._line:
            client = next(iter(self._line))
            calls = self._line.pop(client)
            call = calls.popleft()
            if calls:
                self._line[client] = calls
            if call.todo:
                return call
        return None

    def _start(self, call: Call, index: int) -> None:
        began, loop = time.monotonic(), asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, call.draw, index, call.context(index, loop))

        def done(future: asyncio.Future[bytes]) -> None:
            self.works.discard(future)
            self.busy -= 1
            error = None if future.cancelled() else future.exception()
            if future.cancelled():
                call.finished.put_nowait(asyncio.CancelledError())
            elif error is not None:
                call.finished.put_nowait(error)
            else:
                self._seconds_each += 0.1 * (time.monotonic() - began - self._seconds_each)
                call.finished.put_nowait(Drawn(index, future.result()))
            self._fill()

        self.works.add(work)
        work.add_done_callback(done)
