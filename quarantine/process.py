"""One worker process, as its parent sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process, SubprocessStreamProtocol
from typing import TYPE_CHECKING, Any

from quarantine import answers
from quarantine.answers import LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a worker sees of the environment, which holds keys that hostile bytes must not meet."""

CLOSING_S = 1.0
"""How long a worker may take to leave before it is killed."""

STREAM_LIMIT_BYTES = 1 << 16
"""Twice as much of an answer waits here, unread, before the pipe has to."""

PIECE_BYTES = 1 << 18
"""So much is given to the pipe at once: what it does not take is copied until it does."""


class WorkerDied(Exception):
    """The worker's process ended before it answered; `status` as the subprocess module has it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Worker:
    """One process that does one thing at a time."""

    def __init__(self, transport: asyncio.SubprocessTransport, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._transport = transport
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout

    @classmethod
    async def start(cls, memory_bytes: int, cpu_s: float, niceness: int) -> Worker:
        """Start a process with our own import path and without our environment's secrets."""
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        # As `create_subprocess_exec` does it, which keeps the transport to itself; see `kill`.
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.subprocess_exec(
            lambda: SubprocessStreamProtocol(limit=STREAM_LIMIT_BYTES, loop=loop),
            sys.executable,
            *("-m", "quarantine.worker"),
            *(str(memory_bytes), str(cpu_s), str(niceness)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=None,
            env=environment,
        )
        return cls(transport, Process(transport, protocol, loop))

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def ask(self, frame: Sequence[memoryview]) -> tuple[bool, Any]:
        """Whether the call succeeded, and its result or exception.

        Raises:
            WorkerDied: no answer came, or something that is none.
        """
        try:
            self._stdin.write(LENGTH.pack(len(frame)))
            for part in frame:
                await self._send(part)
            header = await self._stdout.readexactly(LENGTH.size)
            return answers.decode(await self._stdout.readexactly(answers.size_of(header)))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise WorkerDied(await self._process.wait()) from error
        except answers.BadAnswer as error:
            # The bytes that it decodes have taken it over.
            self.kill()
            raise WorkerDied(-signal.SIGKILL) from error

    async def _send(self, part: memoryview) -> None:
        self._stdin.write(LENGTH.pack(len(part)))
        for begins in range(0, len(part), PIECE_BYTES):
            self._stdin.write(part[begins : begins + PIECE_BYTES])
            await self._stdin.drain()

    def kill(self) -> None:
        """End the process at once, and read nothing more of what it says.

        asyncio counts a process as ended when its pipes are read to their ends too, and reads no
        further where much of an answer waits for somebody to take it.
        """
        self._transport.close()

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
