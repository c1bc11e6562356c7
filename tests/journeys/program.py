"""A process of the bot, as an operator would start it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from tests.journeys.fork_server import IS_POSSIBLE, ForkedProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

START_WITHIN_S = 30
STOP_WITHIN_S = 30
LAST_LINES = 30


OPTIONS = ("--env-file", "")

Process = asyncio.subprocess.Process | ForkedProcess


async def launch(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    python: str,
    code: Path | None,
    module: str = "bot",
) -> Process:
    """`python -m bot` with these arguments, its output in one stream; forked where possible.

    `code` is the folder of another version's code, which that `python` runs.
    """
    if IS_POSSIBLE and code is None and module == "bot":
        return await ForkedProcess.start((*OPTIONS, *arguments), environment)
    return await asyncio.create_subprocess_exec(
        *(python, "-m", module, *OPTIONS, *arguments),
        cwd=code,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )


class BotProgram:
    """`python -m bot` with some arguments; it can be stopped, killed and started again."""

    def __init__(
        self, environment: Callable[[], Mapping[str, str]], *arguments: str, ready: str
    ) -> None:
        self._environment = environment
        self._arguments = arguments
        self._ready = ready
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self.process: Process | None = None
        self.python = sys.executable
        self.module = "bot"
        self.code: Path | None = None
        """The folder of another version's code; without it, the working directory's is run."""
        self.said: list[str] = []
        self._earlier: list[str] = []

    @property
    def ever_said(self) -> list[str]:
        """What it has said, also before it was started again."""
        return [*self._earlier, *self.said]

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        arguments = ("--until-stdin-closes", *self._arguments)
        self.process = await launch(
            arguments, self._environment(), self.python, self.code, self.module
        )
        self._earlier += self.said
        self.said.clear()
        self._reader = asyncio.create_task(self._read(self.process))
        await self.wait_until_said(self._ready)

    async def wait_until_said(self, text: str, within: float = START_WITHIN_S) -> str:
        """The first line of its output with that text."""
        try:
            async with asyncio.timeout(within), self._news:
                while True:
                    for line in self.said:
                        if text in line:
                            return line
                    if self.process and self.process.returncode is not None:
                        break
                    await self._news.wait()
        except TimeoutError:
            pass
        raise AssertionError(f"the bot did not say “{text}”:\n" + "\n".join(self.said))

    async def stop(self) -> int:
        """End it in good order; its exit status."""
        process = self.process
        if process is None:
            return 0
        if process.returncode is None:
            process.terminate()
        return await self._ended(process)

    async def kill(self) -> None:
        """kill -9."""
        assert self.process
        self.process.kill()
        await self._ended(self.process)

    async def restart(self) -> None:
        """Stop and start."""
        await self.stop()
        await self.start()

    async def _read(self, process: Process) -> None:
        assert process.stdout
        async for line in process.stdout:
            async with self._news:
                self.said.append(line.decode(errors="replace").rstrip())
                self._news.notify_all()
        await process.wait()
        async with self._news:
            self._news.notify_all()

    async def _ended(self, process: Process) -> int:
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                status = await process.wait()
        except TimeoutError:
            process.kill()
            last = "\n".join(self.said[-LAST_LINES:])
            raise AssertionError(f"the bot did not end in {STOP_WITHIN_S} s:\n{last}") from None
        if self._reader:
            await self._reader
        self.process = None
        return status
