"""The end of the process: each step has its time, and what takes longer is named in the log.

What is left behind by then does no harm: everything that lasts is in the database.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Coroutine
    from contextlib import AbstractAsyncContextManager

T = TypeVar("T")

log = logging.getLogger(__name__)

STEP_WITHIN_S = 8.0
"""How long one step may take, such as the closing of the database."""

END_WITHIN_S = 25.0
"""How long all of it may take: systemd and our compose file wait longer before they kill."""

LATE = "did not end within"
"""Stands in every line of the log about what took too long."""


class ClosingStack(AsyncExitStack):
    """A stack whose resources each have a time to close; the next one does not wait for longer."""

    def __init__(self, step_within_s: float = STEP_WITHIN_S) -> None:
        super().__init__()
        self._step_within_s = step_within_s

    async def enter_async_context(self, cm: AbstractAsyncContextManager[T, Any]) -> T:
        """Open a resource, and close it with the stack."""
        return await super().enter_async_context(_closed_in_time(cm, self._step_within_s))


async def end_tasks(tasks: Collection[asyncio.Task[Any]], within_s: float = STEP_WITHIN_S) -> None:
    """Cancel tasks and wait until they have ended; those that go on are named, and left."""
    for task in tasks:
        task.cancel()
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=within_s)
        for task in late:
            log.error("%s %s %g s", _name_of(task), LATE, within_s)


async def end_step(
    name: str, step: Coroutine[Any, Any, Any], within_s: float = STEP_WITHIN_S
) -> None:
    """Wait for a step of the end; one that takes longer is named, cancelled and left."""
    task = asyncio.ensure_future(step)
    await asyncio.wait({task}, timeout=within_s)
    if task.done():
        task.result()
        return
    log.error("%s %s %g s", name, LATE, within_s)
    task.cancel()


class ForcedEnd:
    """Ends the process if it has not ended in time by itself, and says what held it up."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._timer: threading.Timer | None = None

    def start(self) -> None:
        """Count from now, if it does not count yet."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = threading.Timer(self._within_s, self._end, (loop,))
            # The interpreter waits for other threads, which may be what holds it up.
            self._timer.daemon = True
            self._timer.start()

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        what = ", ".join([*_threads(), *(_name_of(task) for task in asyncio.all_tasks(loop))])
        log.critical("the process %s %g s, held up by: %s", LATE, self._within_s, what)
        logging.shutdown()
        os._exit(1)


@asynccontextmanager
async def _closed_in_time(
    resource: AbstractAsyncContextManager[T, Any], within_s: float
) -> AsyncGenerator[T]:
    opened = await resource.__aenter__()
    try:
        yield opened
    finally:
        closing = resource.__aexit__(*sys.exc_info())
        await end_step(f"closing {_kind_of(resource)}", closing, within_s)


def _kind_of(resource: AbstractAsyncContextManager[Any, Any]) -> str:
    """The class of a resource, or the function that opens it."""
    opening = getattr(resource, "gen", None)
    return opening.__qualname__ if opening else type(resource).__qualname__


def _name_of(task: asyncio.Task[Any]) -> str:
    return f"task {getattr(task.get_coro(), '__qualname__', task.get_name())}"


def _threads() -> list[str]:
    """The other threads that are at work, with where they are."""
    frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage]
    found: list[str] = []
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        if frame is None or thread is threading.current_thread():
            continue
        place = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}:{frame.f_lineno}"
        found.append(f"thread {thread.name} in {place}")
    return found
