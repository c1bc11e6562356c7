"""A process of the studio's that can be killed at any moment and started again."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

READY = re.compile(r"^Atelier (worker )?ready")
STAMP = re.compile(r"^[\d-]+ [\d:]+ |\d{6,}")
"""What differs in lines of the log that say the same: the time, and ids of interactions."""

READY_WITHIN_S = 40
STOP_WITHIN_S = 30
STARTS = 5
KEPT_LINES = 60
MAX_ERROR = 150


class Prey:
    """`python -m bot` with some arguments; its last lines are kept for whoever asks."""

    def __init__(self, name: str, environment: Mapping[str, str], *arguments: str) -> None:
        self.name = name
        self._environment = environment
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._is_ready = asyncio.Event()
        self.said: deque[str] = deque(maxlen=KEPT_LINES)
        self.errors: Counter[str] = Counter()

    async def start(self) -> None:
        """Start it until it is ready; an engine that is away just then may cost a try."""
        for _ in range(STARTS):
            if await self._start_once():
                return
        raise AssertionError(f"{self.name} does not start:\n" + "\n".join(self.said))

    async def kill(self) -> None:
        """kill -9."""
        if self._process and self._process.returncode is None:
            self._process.kill()
        await self._ended()

    async def stop(self) -> int:
        """End it in good order; its exit status."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
        return await self._ended()

    async def _start_once(self) -> bool:
        self._is_ready.clear()
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "--env-file", "", "--until-stdin-closes"),
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**self._environment},
        )
        self._reader = asyncio.create_task(self._read(process))
        ready = asyncio.create_task(self._is_ready.wait())
        waited = {ready, self._reader}
        await asyncio.wait(waited, timeout=READY_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._is_ready.is_set():
            return True
        await self.kill()
        return False

    async def _ended(self) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                status = await process.wait()
        except TimeoutError:
            process.kill()
            status = await process.wait()
        if self._reader:
            await self._reader
        return status

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        in_traceback, before, said = False, "", ""
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.said.append(line)
            if READY.match(line):
                self._is_ready.set()
            if in_traceback and line and not line.startswith(" "):
                self.errors[f"{said} {line[:MAX_ERROR]}"] += 1
                in_traceback = False
            elif line.startswith("Traceback") and not in_traceback:
                said = STAMP.sub("", before)
            before = line
            in_traceback = in_traceback or line.startswith("Traceback")
