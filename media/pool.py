"""Worker processes for work on pictures, so that hostile bytes and long work hurt nobody else.

Not a ProcessPoolExecutor: there a worker that dies takes the work of all others with it, and one
that hangs cannot be ended alone. Here a picture is blamed for its own worker only.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar, TypeVarTuple

from media import answers
from media.answers import LENGTH
from media.errors import BadPicture, Reason

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable
    from types import TracebackType

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

DEFAULT_LIMIT = timedelta(seconds=20)
ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a worker sees of the environment, which holds keys that hostile bytes must not meet."""

CLOSING_S = 1.0
"""How long a worker may take to leave before it is killed."""


class WorkerDied(Exception):
    """The worker's process ended before it answered."""


class MediaPool:
    """Runs functions in spawned processes, at most `workers` at once; an async context manager.

    Processes start with the first work, are replaced when they break or hang, and end with the
    process that started them, however that ends.
    """

    def __init__(self, workers: int = 1, limit: timedelta = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._free = asyncio.Semaphore(workers)
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def run(
        self, function: Callable[[*Ts], T], *args: *Ts, limit: timedelta | None = None
    ) -> T:
        """What the function returns or raises, as `media.answers` describes it.

        It and its arguments have to survive pickling.

        The function has to be repeatable: it is tried once more if its worker dies.

        Raises:
            BadPicture: TOO_SLOW beyond the time limit, CRASHED if the worker died twice.
            RuntimeError: the pool is closed.
        """
        frame = pickle.dumps((function, args))
        time_s = (limit or self._limit).total_seconds()
        async with self._free:
            try:
                async with asyncio.timeout(time_s):
                    return await self._twice(frame)
            except TimeoutError:
                raise BadPicture(Reason.TOO_SLOW, f"longer than {time_s:g} s") from None

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

    async def _twice(self, frame: bytes) -> Any:
        with contextlib.suppress(WorkerDied):
            return await self._once(frame)
        try:
            return await self._once(frame)
        except WorkerDied as error:
            raise BadPicture(Reason.CRASHED) from error

    async def _once(self, frame: bytes) -> Any:
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
        worker = await Worker.start()
        self._all.add(worker)
        return worker


class Worker:
    """One process that does one thing at a time."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout

    @classmethod
    async def start(cls) -> Worker:
        """Start a process with our own import path and without our environment's secrets."""
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "media.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def ask(self, frame: bytes) -> tuple[bool, Any]:
        """Whether the call succeeded, and its result or exception.

        Raises:
            WorkerDied: no answer came, or something that is none.
        """
        try:
            self._stdin.write(LENGTH.pack(len(frame)))
            self._stdin.write(frame)
            await self._stdin.drain()
            header = await self._stdout.readexactly(LENGTH.size)
            return answers.decode(await self._stdout.readexactly(answers.size_of(header)))
        except (asyncio.IncompleteReadError, ConnectionError, answers.BadAnswer) as error:
            raise WorkerDied from error

    def kill(self) -> None:
        """End the process at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._stdin.close()

    async def wait(self) -> None:
        """Wait until the process has ended."""
        await self._process.wait()

    async def close(self) -> None:
        """Let the process leave, and make it if it does not."""
        self._stdin.close()
        try:
            async with asyncio.timeout(CLOSING_S):
                await self.wait()
        except TimeoutError:
            self.kill()
            await self.wait()
