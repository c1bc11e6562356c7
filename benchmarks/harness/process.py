"""Programs as children: started, timed until they say that they are ready, and accounted for."""

from __future__ import annotations

import asyncio
import os
import re
import time
from asyncio.subprocess import PIPE, STDOUT
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping, Sequence

READY_WITHIN_S = 60
STOP_WITHIN_S = 10
KEPT_LINES = 200
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
PROC = Path("/proc")


class BenchmarkError(Exception):
    """The benchmark cannot go on; the text says why."""


class Program:
    """A running program; `async with` starts it and ends it.

    `ready_s` is the time from its start to the line that matches `ready`, `told` what the
    pattern's first group caught.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], ready: str = ""
    ) -> None:
        self._command = command
        self._environment = environment
        self._ready = re.compile(ready)
        self._process: Process
        self._reading: asyncio.Task[None]
        self._said: list[str] = []
        self._told: asyncio.Future[str]
        self.told = ""
        self.ready_s = 0.0

    async def __aenter__(self) -> Self:
        self._told = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=STDOUT, env=self._environment
        )
        self._reading = asyncio.create_task(self._read())
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                self.told = await self._told
        except (TimeoutError, EOFError):
            await self.stop()
            raise BenchmarkError("\n".join(["It did not get ready:", *self._said])) from None
        self.ready_s = time.perf_counter() - began
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    async def stop(self) -> None:
        """End it in good order, or else without."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout
        async for raw in self._process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self._said = [*self._said, line][-KEPT_LINES:]
            found = self._ready.search(line)
            if found and not self._told.done():
                self._told.set_result(found[1] if found.groups() else found[0])
        if not self._told.done():
            self._told.set_exception(EOFError())


def cpu_s(pid: int) -> float:
    """Processor seconds that a process has used so far, without its children's."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def rss_mb(pid: int) -> float:
    """Resident memory of a process in megabytes (10⁶ bytes)."""
    pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    return pages * PAGE_BYTES / 1e6


def children(pid: int) -> dict[str, list[int]]:
    """The processes below one, by the module that each of them runs."""
    found: dict[str, list[int]] = {}
    for child, command in _below(pid):
        words = command.split()
        module = words[words.index("-m") + 1] if "-m" in words else "other"
        found.setdefault(module, []).append(child)
    return found


def _below(pid: int) -> list[tuple[int, str]]:
    """The children of a process and theirs, each with the words of its command."""
    found: list[tuple[int, str]] = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if int(_stat(int(entry.name))[1]) == pid:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found.append((int(entry.name), command))
    return found + [below for child, _ in found for below in _below(child)]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on: the name before may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
