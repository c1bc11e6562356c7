"""Worker processes for bytes that nobody vouches for and for long work.

Not a ProcessPoolExecutor: there a worker that dies takes the work of all others with it, and one
that hangs cannot be ended alone. Here a call is blamed for its own worker only.
"""

from __future__ import annotations

import asyncio
import pickle
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar, TypeVarTuple

from quarantine.errors import Ending, WorkFailed
from quarantine.process import Worker, WorkerDied

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

DEFAULT_LIMIT = timedelta(seconds=20)

LARGE_BYTES = 1 << 16
"""An argument of so many bytes travels beside the pickle, not in it: that would be a copy."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a worker may use: bytes of address space, and processor time for each call."""

    memory_bytes: int = 2 << 30
    cpu_limit: timedelta | None = None
    niceness: int = 0
    """How readily it gives way to other processes, as `nice` counts it."""


class WorkerPool:
    """Runs functions in spawned processes, at most `workers` at once; an async context manager.

    Processes start with the first work, are replaced when they break or hang, and end with the
    process that started them, however that ends.
    """

    def __init__(
        self,
        workers: int = 1,
        limit: timedelta = DEFAULT_LIMIT,
        confinement: Confinement | None = None,
    ) -> None:
        self._limit = limit
        self._confinement = confinement or Confinement()
        self._free = asyncio.Semaphore(workers)
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.close()

    async def run(
        self,
        function: Callable[[*Ts], T],
        *args: *Ts,
        limit: timedelta | None = None,
        patience: timedelta | None = None,
    ) -> T:
        """What the function returns or raises; it and its arguments have to survive pickling.

        The function has to be repeatable: it is tried once more if its worker dies, unless it used
        up its processor time. `limit` counts from when a worker is free, `patience` until then.

        Raises:
            WorkFailed: TOO_SLOW, CRASHED if the worker died twice, BUSY if none was free in time.
            RuntimeError: the pool is closed.
        """
        time_s = (limit or self._limit).total_seconds()
        async with self._turn(patience):
            try:
                async with asyncio.timeout(time_s):
                    return await self._twice(_framed(function, args))
            except TimeoutError:
                raise WorkFailed(Ending.TOO_SLOW, f"longer than {time_s:g} s") from None

    async def close(self) -> None:
        """End the workers, whatever they do; takes at most about a second."""
        self._is_closed = True
        self._idle.clear()
        await asyncio.gather(*(worker.close() for worker in self._all), *self._leaving)
        self._all.clear()

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the worker processes, to measure them."""
        return tuple(worker.pid for worker in self._all)

    @asynccontextmanager
    async def _turn(self, patience: timedelta | None) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(patience.total_seconds() if patience else None):
                await self._free.acquire()
        except TimeoutError:
            raise WorkFailed(Ending.BUSY) from None
        try:
            yield
        finally:
            self._free.release()

    async def _twice(self, frame: list[memoryview]) -> Any:
        try:
            return await self._once(frame)
        except WorkerDied as death:
            self._check_time(death)
        try:
            return await self._once(frame)
        except WorkerDied as death:
            self._check_time(death)
            raise WorkFailed(Ending.CRASHED) from death

    def _check_time(self, death: WorkerDied) -> None:
        """A call that used up its processor time would do so again."""
        limit = self._confinement.cpu_limit
        if limit and death.status == -signal.SIGPROF:
            detail = f"more than {limit.total_seconds():g} s of processor time"
            raise WorkFailed(Ending.TOO_SLOW, detail) from death

    async def _once(self, frame: list[memoryview]) -> Any:
        worker = await self._take()
        try:
            is_result, value = await worker.ask(frame)
        except BaseException:
            # It is dead, or still at work on what nobody wants any more.
            self._dismiss(worker)
            raise
        self._idle.append(worker)
        if is_result:
            return value
        raise value

    def _dismiss(self, worker: Worker) -> None:
        self._all.discard(worker)
        worker.kill()
        leaving = asyncio.create_task(worker.wait())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _take(self) -> Worker:
        if self._is_closed:
            raise RuntimeError("the pool is closed")
        if self._idle:
            return self._idle.pop()
        may_use = self._confinement
        cpu_s = may_use.cpu_limit.total_seconds() if may_use.cpu_limit else 0.0
        worker = await Worker.start(may_use.memory_bytes, cpu_s, may_use.niceness)
        self._all.add(worker)
        return worker


def _framed(function: Callable[..., Any], args: tuple[Any, ...]) -> list[memoryview]:
    """A pickle of the call, and its large arguments as they are."""
    beside: list[pickle.PickleBuffer] = []
    shared = tuple(
        pickle.PickleBuffer(arg) if isinstance(arg, bytes) and len(arg) >= LARGE_BYTES else arg
        for arg in args
    )
    call = pickle.dumps((function, shared), protocol=5, buffer_callback=beside.append)
    return [memoryview(call), *(buffer.raw() for buffer in beside)]
