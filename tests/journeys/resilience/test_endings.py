"""How the programs end: in time, with nothing lost, and with nothing that outlives them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from playground.__main__ import DEFAULT_PORT
from tests.driver.driver import Driver
from tests.journeys.backend import Backend, serving_backend
from tests.journeys.studio import REMOVED, Studio, attachments, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDS_WITHIN_S = 5
RETIRED = "stable-diffusion-512-v2-1"
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    """A studio whose bot draws with the scripted engine."""
    folder = tmp_path_factory.mktemp("studio")
    async with Studio(folder, STABILITY_HOST=f"127.0.0.1:{backend.port}") as opened:
        yield opened


async def test_the_bot_ends_in_time_and_resumes_its_job(studio: Studio, backend: Backend):
    released = backend.hold_back()
    outcome = await studio.imagine("a patient heron")
    await backend.engine.called.wait()
    began = asyncio.get_running_loop().time()
    assert await studio.stop() == 0
    assert asyncio.get_running_loop().time() - began < ENDS_WITHIN_S
    assert not [line for line in studio.said if "Traceback" in line], studio.said
    released.set()
    await studio.start()
    assert "a patient heron" in text_of(await studio.result(outcome))
    assert "spent **0.21**" in await studio.settled()


async def test_an_engine_that_is_offered_no_more_still_ends_its_jobs(
    studio: Studio, backend: Backend
):
    offered, backend.engine_ids = backend.engine_ids, [*backend.engine_ids, RETIRED]
    released = backend.hold_back()
    try:
        await studio.stop()
        await studio.start()
        backend.engine.called.clear()
        outcome = await studio.imagine(f"a lasting heron --engine {RETIRED}")
        await backend.engine.called.wait()
        assert await studio.stop() == 0
        backend.engine_ids = offered
        released.set()
        await studio.start()
        assert f"-# {RETIRED} · " in text_of(await studio.result(outcome))
        assert not [line for line in studio.said if "Traceback" in line], studio.said
        await studio.settled()
    finally:
        backend.engine_ids = offered
        released.set()


async def test_a_signal_while_it_starts_ends_it_quietly(studio: Studio, tmp_path: Path):
    environment = studio.environment | {"ATELIER_STATE": str(tmp_path), "STABILITY_HOST": ""}
    for pause_s in (0.5, 1.0):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "--env-file", ""),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
        )
        await asyncio.sleep(pause_s)
        process.terminate()
        async with asyncio.timeout(ENDS_WITHIN_S):
            said, _ = await process.communicate()
        assert b"Traceback" not in said, said.decode()


def descendants(pid: int) -> set[int]:
    """The processes that this one started, and those that they started."""
    found: set[int] = set()
    for task in Path("/proc").glob(f"{pid}/task/*"):
        for child in (task / "children").read_text().split():
            found |= {int(child), *descendants(int(child))}
    return found


def is_running(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def until_ended(pids: set[int]) -> None:
    async with asyncio.timeout(ENDS_WITHIN_S):
        while any(map(is_running, pids)):  # noqa: ASYNC110 - strangers send no event
            await asyncio.sleep(0.05)


@asynccontextmanager
async def embedded_studio(folder: Path) -> AsyncGenerator[tuple[Studio, set[int]]]:
    """A studio with the embedded server, and all processes of its bot, workers too."""
    async with Studio(folder) as studio:
        await studio.result(await studio.imagine("a fox", size="64x64"))
        assert studio.process
        children = descendants(studio.process.pid)
        assert len(children) >= 2
        yield studio, children


@needs_proc
async def test_nothing_outlives_the_bot(tmp_path: Path):
    async with embedded_studio(tmp_path) as (studio, children):
        await studio.kill()
        await until_ended(children)
        await studio.start()
        assert studio.process
        assert studio.process.stdin
        process, children = studio.process, descendants(studio.process.pid)
        assert children
        studio.process.stdin.close()
        await until_ended({process.pid, *children})
        assert await studio.stop() == 0


@needs_proc
async def test_the_embedded_server_is_started_again(tmp_path: Path):
    async with embedded_studio(tmp_path) as (studio, children):
        (server,) = [pid for pid in children if b"inference\0" in command_line(pid)]
        os.kill(server, signal.SIGKILL)
        card = await studio.result(await studio.imagine("a hare", size="64x64"))
        assert len(attachments(card)) == 1
        await studio.wait_until_said("runs again")


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_make_run_plays_whatever_is_set_outside(tmp_path: Path):
    with socket.socket() as taken:
        # Whoever has the port: it is taken.
        with suppress(OSError):
            taken.bind(("127.0.0.1", DEFAULT_PORT))
            taken.listen()
        await _plays(tmp_path)


async def _plays(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in REMOVED}
    outside = {"DISCORD_TOKEN": "a real one", "ATELIER_STATE": str(tmp_path), "STABILITY_KEY": ""}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "playground"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=kept | outside,
    )
    assert process.stdout
    address = re.search(rb"http://127\.0\.0\.1:(\d+)/", await process.stdout.readline())
    assert address
    assert int(address[1]) != DEFAULT_PORT
    async with Driver(address[0].decode()) as driver:
        await driver.wait_for_bot()
        outcome = await driver.invoke("credits")
        assert "25.00" in text_of(shown(outcome))
        await driver.top_up(5)
        outcome = await driver.invoke("credits")
        assert "30.00" in text_of(shown(outcome))
    children = descendants(process.pid)
    process.terminate()
    async with asyncio.timeout(ENDS_WITHIN_S):
        await process.wait()
    await until_ended(children)
