"""Strangers attack an inference server that has a token: what it takes, and whether it answers.

Each attack has a server of its own. Its memory, how long `/healthz` takes, the connections that it
holds and what it writes are told for the time before, during and after the attack.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from benchmarks.harness.process import rss_mb
from tests.chaos import attacks
from tests.chaos.attacks import Ports

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from tests.chaos.attacks import Attack

CALM_S, PROBE_EVERY_S, PROBE_WITHIN_S = 1.0, 0.1, 30.0
MORE_MB, HEALTH_MS, LOG_KB = 60.0, 3000.0, 20.0
"""What the server may take more than before, the slowest answer of `/healthz` (containers
wait 4 s for it, and the attackers share this machine), and its log."""

READY = re.compile(r"grpc 127\.0\.0\.1:(\d+), http 127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Trial:
    """An attack, how long it lasts, and how many files the server may open (0: as many as we).

    `held` is how many of the attack's connections may still be there at its end.
    """

    name: str
    attack: Attack
    seconds: float = 8.0
    files: int = 0
    held: int = 0


TRIALS = (
    Trial(
        "6 messages of 60 MB",
        partial(attacks.send_messages, method=attacks.GENERATE, count=6, size=60_000_000),
        held=6,
    ),
    Trial(
        "6 health checks of 60 MB",
        partial(attacks.send_messages, method=attacks.CHECK, count=6, size=60_000_000),
        held=6,
    ),
    Trial(
        "3,000 silent calls",
        partial(attacks.open_calls, method=attacks.GENERATE, channels=30, each=100),
        held=30,
    ),
    Trial(
        "3,000 silent watches of health",
        partial(attacks.open_calls, method=attacks.WATCH, channels=30, each=100),
        held=30,
    ),
    Trial(
        "60 idle HTTP connections",
        lambda ports: attacks.hold_connections(ports.http, 60),
        seconds=24.0,
    ),
    Trial(
        "60 half heads of HTTP requests",
        lambda ports: attacks.hold_connections(ports.http, 60, attacks.HEAD),
        seconds=24.0,
    ),
    Trial(
        "60 trickled heads",
        lambda ports: attacks.trickle(ports.http, 60, attacks.HEAD, b"a", 0.5),
        seconds=24.0,
        held=60,
    ),
    Trial(
        "60 trickled bodies",
        lambda ports: attacks.trickle(ports.http, 60, attacks.HEAD + attacks.BODY, b"a", 0.5),
        seconds=24.0,
        held=60,
    ),
    Trial(
        "60 connections of garbage",
        lambda ports: attacks.trickle(ports.http, 60, b"no HTTP\r\n\r\n", b"a", 0.1),
        held=60,
    ),
    Trial(
        "60 silent connections to gRPC",
        lambda ports: attacks.hold_connections(ports.grpc, 60),
        seconds=24.0,
    ),
    Trial(
        "2 × 400 connections at 256 files",
        partial(attacks.take_files, count=400),
        files=256,
        held=256,
    ),
    Trial(
        "2 × 1,000 connections",
        partial(attacks.take_files, count=1000),
        seconds=24.0,
        held=1030,
    ),
)


@dataclass
class Seen:
    """What the probe saw: memory in MB, and milliseconds until `/healthz` answered."""

    memory_mb: list[float] = field(default_factory=list[float])
    health_ms: list[float] = field(default_factory=list[float])


@dataclass
class Outcome:
    """A trial as it went; memory in MB, `held` connections of the attack at its end."""

    name: str
    before: Seen = field(default_factory=Seen)
    during: Seen = field(default_factory=Seen)
    after: Seen = field(default_factory=Seen)
    held: int = 0
    log_kb: float = 0.0

    def __str__(self) -> str:
        memory = [max(seen.memory_mb) for seen in (self.before, self.during)]
        return (
            f"{self.name:<34} memory {memory[0]:4.0f} → {memory[1]:4.0f} →"
            f" {self.after.memory_mb[-1]:4.0f} MB, /healthz {max(self.before.health_ms):4.0f} →"
            f" {max(self.during.health_ms):5.0f} ms at most, {self.held:4} connections held,"
            f" {self.log_kb:.1f} kB of log"
        )

    def faults(self, trial: Trial, health_ms: float = HEALTH_MS) -> list[str]:
        """What was wrong; `health_ms` is the slowest answer that is right."""
        more = max(self.during.memory_mb) - max(self.before.memory_mb)
        found = {
            f"it took {more:.0f} MB": more > MORE_MB,
            "/healthz was too slow": max(self.during.health_ms) > health_ms,
            f"{self.held} connections were held": self.held > trial.held,
            f"{self.log_kb:.0f} kB of log": self.log_kb > LOG_KB,
        }
        return [f"{self.name}: {what}" for what, is_wrong in found.items() if is_wrong]


async def run(trial: Trial) -> Outcome:
    """One attack on a server of its own."""
    outcome = Outcome(trial.name)
    with tempfile.TemporaryFile() as log:
        async with _server(trial.files, log.fileno()) as (pid, ports):
            await _watch(pid, ports, CALM_S, outcome.before)
            sockets = _sockets(pid)
            attacking = asyncio.create_task(_attack(trial, ports))
            await _watch(pid, ports, trial.seconds, outcome.during)
            outcome.held = _sockets(pid) - sockets
            attacking.cancel()
            await asyncio.gather(attacking, return_exceptions=True)
            await _watch(pid, ports, CALM_S, outcome.after)
        outcome.log_kb = log.tell() / 1e3
    return outcome


async def _attack(trial: Trial, ports: Ports) -> None:
    await trial.attack(ports)


@asynccontextmanager
async def _server(files: int, log: int) -> AsyncGenerator[tuple[int, Ports]]:
    command = (sys.executable, "-m", "inference", "--grpc-port", "0", "--http-port", "0")
    process = await asyncio.create_subprocess_exec(
        *(limited(command, files) if files else command),
        stdout=PIPE,
        stderr=log,
        env={**os.environ, "ATELIER_INFERENCE_TOKEN": "nobody knows it"},
    )
    try:
        assert process.stdout
        found = READY.search((await process.stdout.readline()).decode())
        assert found, "the server did not start"
        yield process.pid, Ports(int(found[1]), int(found[2]))
    finally:
        process.terminate()
        await process.wait()


def limited(command: Sequence[str], files: int) -> list[str]:
    """The command for a process that may have so many files open.

    A shell sets the limit: code of ours between fork and exec breaks where gRPC has threads.
    """
    return ["sh", "-c", f'ulimit -n {files} && exec "$0" "$@"', *command]


async def _watch(pid: int, ports: Ports, seconds: float, seen: Seen) -> None:
    """Look at its memory and ask for its health, each time over a new connection."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        health = asyncio.create_task(_health_ms(ports))
        while not health.done():
            seen.memory_mb.append(rss_mb(pid))
            await asyncio.wait({health}, timeout=PROBE_EVERY_S / 4)
        seen.health_ms.append(health.result())
        await asyncio.sleep(PROBE_EVERY_S)


async def _health_ms(ports: Ports) -> float:
    began, limit = time.perf_counter(), aiohttp.ClientTimeout(PROBE_WITHIN_S)
    url = f"http://127.0.0.1:{ports.http}/healthz"
    with suppress(OSError, aiohttp.ClientError, TimeoutError):
        async with aiohttp.request("GET", url, timeout=limit) as answer:
            if answer.status == 200:
                return (time.perf_counter() - began) * 1e3
    return PROBE_WITHIN_S * 1e3


def _sockets(pid: int) -> int:
    """How many sockets a process has open."""
    count = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            count += entry.readlink().as_posix().startswith("socket:")
    return count
