"""Asks for all outstanding films of a process, one poll at a time within the account's rate."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from generation.errors import Busy, GarbledAnswer, TooSlow, Unavailable, Unreachable
from generation.video.poll_queue import SLACK_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from generation.image.calls import Pace
    from generation.video.poll_queue import PollQueue

T = TypeVar("T")

AT_ONCE = 32
"""Films that are fetched at the same time: they take longer than a turn."""

GARBLED_POLLS = 4
"""So many answers in a row may be no film before it is given up."""

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0

logger = logging.getLogger(__name__)


class Poller(Generic[T]):
    """Waits for films on behalf of many tasks; an async context manager, one in a process.

    `ask` asks once for a film: what it gives, or None while it is in progress. `remember` is told
    before every poll when the next may be at the earliest, and should keep it: so the time
    between two polls of a film holds even if the process dies in between.
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[T | None]],
        queue: PollQueue,
        *,
        pace: Pace | None = None,
        remember: Callable[[str, timedelta], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ask = ask
        self._queue = queue
        self._pace = pace
        self._remember = remember
        self._clock = clock
        self._sleep = sleep
        self._waiting: dict[str, asyncio.Future[T]] = {}
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._garbled: dict[str, int] = {}
        self._failures = 0
        self._free = asyncio.Semaphore(AT_ONCE)
        self._changed = asyncio.Event()
        self._running: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *problem: object) -> None:
        tasks = [self._running, *self._polls.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(Unreachable("the poller was closed"))

    async def result(
        self,
        result_id: str,
        engine_id: str,
        age: timedelta = timedelta(0),
        wait: timedelta = timedelta(0),
    ) -> T:
        """The film, as soon as it is there; cancelling it ends the polls.

        `age` is how long ago the film was started, `wait` how long it may not be asked for: what
        `remember` was told last. It waits as long as the API is away; the deadline is the caller's.

        Raises:
            ValueError: somebody waits for that film already.
            GenerationError: whatever ends the film: Refused, Misconfigured, GarbledAnswer.
        """
        if result_id in self._waiting:
            raise ValueError("that film is waited for already")
        future = self._waiting[result_id] = asyncio.get_running_loop().create_future()
        now = self._clock()
        self._queue.add(result_id, engine_id, now, age.total_seconds(), wait.total_seconds())
        self._changed.set()
        try:
            return await future
        finally:
            self._forget(result_id)

    def _forget(self, result_id: str) -> None:
        self._queue.remove(result_id)
        self._garbled.pop(result_id, None)
        del self._waiting[result_id]
        poll = self._polls.get(result_id)
        if poll is not None:
            poll.cancel()

    async def _run(self) -> None:
        while True:
            wait_s = self._queue.due_in(self._clock())
            if wait_s is None or wait_s > 0:
                await self._until_changed(wait_s)
                continue
            await self._free.acquire()
            # Only with a turn in hand is it decided which film needs it most.
            result_id = await self._turn()
            if result_id is None:
                self._free.release()
                continue
            poll = asyncio.create_task(self._poll(result_id))
            self._polls[result_id] = poll

    async def _turn(self) -> str | None:
        try:
            if self._pace is not None:
                await self._pace.wait()
        except Busy as error:
            self._pause(error.retry_after)
            return None
        except Exception as error:
            # A database that is away for a moment must not end all polls for ever.
            logger.warning("No turn for a poll: %s.", type(error).__name__)
            self._pause(None)
            return None
        return self._queue.take(self._clock())

    async def _until_changed(self, wait_s: float | None) -> None:
        """Sleep until a poll is due, or until another film is to be waited for."""
        self._changed.clear()
        tasks: list[asyncio.Task[object]] = [asyncio.create_task(self._changed.wait())]
        if wait_s is not None:
            tasks.append(asyncio.create_task(self._slept(wait_s)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _slept(self, wait_s: float) -> None:
        await self._sleep(wait_s)

    async def _poll(self, result_id: str) -> None:
        try:
            asked_at = await self._remembered(result_id)
            if asked_at is None:
                self._queue.again(result_id, self._clock(), self._queue.spacing_s)
                return
            found = await self._ask(result_id)
        except Exception as error:
            self._failed(result_id, error)
        else:
            self._failures = 0
            self._garbled.pop(result_id, None)
            if found is None:
                self._queue.not_yet(result_id, asked_at, self._clock())
            else:
                self._queue.finished(result_id, asked_at)
                self._settle(result_id, found)
        finally:
            self._polls.pop(result_id, None)
            self._free.release()
            self._changed.set()

    async def _remembered(self, result_id: str) -> float | None:
        """When it is asked for, which is now, after the next poll's instant was kept.

        It counts from a moment before, so where the keeping takes long, it is kept once more with
        as much on top. None if it could not be kept: a database that is away for a moment must
        not end the films, but without it nothing may be asked.
        """
        extra_s = 0.0
        while self._remember is not None:
            began = self._clock()
            next_s = self._queue.wait_after(result_id, began) + extra_s
            try:
                await self._remember(result_id, timedelta(seconds=next_s))
            except Exception as error:
                logger.warning("A poll is put off: %s.", type(error).__name__)
                return None
            took_s = self._clock() - began
            if took_s <= extra_s + SLACK_S:
                break
            extra_s = 2 * took_s
        return self._clock()

    def _failed(self, result_id: str, error: Exception) -> None:
        if isinstance(error, GarbledAnswer) and self._is_worth_another(result_id):
            self._queue.again(result_id, self._clock(), self._queue.spacing_s)
        elif isinstance(error, Unavailable):
            self._queue.again(result_id, self._clock(), self._queue.spacing_s)
            # One slow film says nothing of the others; a host that is away does.
            if not isinstance(error, TooSlow) or error.retry_after is not None:
                self._pause(error.retry_after)
        else:
            self._end(result_id, error)

    def _is_worth_another(self, result_id: str) -> bool:
        self._garbled[result_id] = self._garbled.get(result_id, 0) + 1
        return self._garbled[result_id] < GARBLED_POLLS

    def _pause(self, wait: timedelta | None) -> None:
        """Leave the API alone: for as long as it says, else longer from time to time."""
        if wait is not None:
            pause_s = wait.total_seconds()
        else:
            pause_s = min(FIRST_PAUSE_S * 2.0 ** min(self._failures, 10), LONGEST_PAUSE_S)
            self._failures += 1
        logger.info("No polls for %.0f s: the video API is away or busy.", pause_s)
        self._queue.pause(self._clock(), pause_s)

    def _settle(self, result_id: str, found: T) -> None:
        with suppress(KeyError, asyncio.InvalidStateError):
            self._waiting[result_id].set_result(found)

    def _end(self, result_id: str, error: Exception) -> None:
        self._queue.remove(result_id)
        with suppress(KeyError, asyncio.InvalidStateError):
            self._waiting[result_id].set_exception(error)
