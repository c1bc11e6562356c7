"""`python -m benchmarks.harness.lag_probe …`: the bot, on a loop that notes how late it is.

At its end the process writes pairs of doubles into the file that BENCH_LAGS names: the time on the
machine's monotonic clock, and by how many seconds a timer that was due then came too late.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import time
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

EVERY_S = 0.005
FILE = "BENCH_LAGS"


class _ProbedLoop(asyncio.SelectorEventLoop):
    """The usual loop, with a timer of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.lags = array("d")
        self._due = self.time() + EVERY_S
        self.call_at(self._due, self._note)

    def close(self) -> None:
        """Write what was noted."""
        if not self.is_closed() and self.lags:
            Path(os.environ[FILE]).write_bytes(self.lags.tobytes())
        super().close()

    def _note(self) -> None:
        now = self.time()
        self.lags.extend((time.monotonic(), now - self._due))
        self._due = now + EVERY_S
        self.call_at(self._due, self._note)


def _run(main: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=_ProbedLoop) as runner:
        return runner.run(main)


def lags_ms(path: Path, begins: float, ends: float) -> list[float]:
    """What the probe noted between two times on the monotonic clock, in milliseconds."""
    pairs = array("d")
    pairs.frombytes(path.read_bytes())
    times, lags = pairs[::2], pairs[1::2]
    return [1000 * lag for at, lag in zip(times, lags, strict=True) if begins <= at <= ends]


if __name__ == "__main__":
    asyncio.run = _run
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
