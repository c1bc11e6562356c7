"""Keeps the bot running beside the playground, as a child that ends when we do."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
SOUND_AFTER_S = 60.0
STOP_WITHIN_S = 3.5
STATE_IN_USE = 78
"""The bot's exit status where another process uses its state folder."""


class BotProcess:
    """`python -m bot`, restarted with growing pauses when it dies.

    It is not where another process uses its state folder: the bot itself has said which one.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    def start(self, on_end: Callable[[], object]) -> None:
        """Begin to keep the bot running; `on_end` is called when it is not worth a try any more."""
        self._keeper = asyncio.create_task(self._keep())
        self._keeper.add_done_callback(lambda _: on_end())

    @property
    def is_given_up(self) -> bool:
        """Whether the bot has ended and is not started again."""
        return self._keeper is not None and self._keeper.done()

    async def stop(self) -> None:
        """End the bot: close its pipe, and after 3.5 seconds kill it."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _keep(self) -> None:
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE_S
        while True:
            began = loop.time()
            code = await self._run_once()
            if code == STATE_IN_USE:
                return
            if loop.time() - began > SOUND_AFTER_S:
                pause = FIRST_PAUSE_S
            say(f"The bot ended with status {code}; it starts again in {pause:g} s.")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _run_once(self) -> int:
        # The bot ends when its standard input closes, so it never outlives this process.
        # Settings for the real Discord, in the developer's file, are not for here.
        command = (sys.executable, "-m", "bot", "--env-file", "", "--until-stdin-closes")
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, env=self._environment
        )
        return await self._process.wait()


async def run_bot_command(arguments: list[str], environment: Mapping[str, str]) -> str | None:
    """Run one of the bot's operator commands; the last line it said when it failed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "--env-file", "", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(environment),
    )
    said, _ = await process.communicate()
    if process.returncode == 0:
        return None
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"The command ended with status {process.returncode}."


def say(sentence: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()
