"""The process ends in time, whatever does not, and the log names what did not."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.shutdown import LATE, ClosingStack, end_step, end_tasks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

BRIEF_S = 0.05


async def stubborn(is_over: asyncio.Event) -> None:
    """Go on when cancelled, as a library may that takes it for an error of its own."""
    while not is_over.is_set():
        try:
            await is_over.wait()
        except asyncio.CancelledError:
            continue


@pytest.fixture
async def is_over() -> AsyncGenerator[asyncio.Event]:
    """Lets go of what a test leaves behind."""
    event = asyncio.Event()
    yield event
    event.set()
    await asyncio.sleep(0)


async def test_a_task_that_goes_on_is_named_and_left(
    is_over: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    good = asyncio.create_task(asyncio.sleep(60))
    bad = asyncio.create_task(stubborn(is_over))
    await asyncio.sleep(0)
    await end_tasks([good, bad], BRIEF_S)
    assert good.cancelled()
    assert not bad.done()
    assert caplog.messages == [f"task stubborn {LATE} 0.05 s"]


async def test_a_step_that_hangs_is_named_and_left(
    is_over: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    await end_step("the kitchen", stubborn(is_over), BRIEF_S)
    assert caplog.messages == [f"the kitchen {LATE} 0.05 s"]


async def test_what_a_step_raises_is_not_lost() -> None:
    async def fail() -> None:
        raise LookupError("nowhere")

    with pytest.raises(LookupError, match="nowhere"):
        await end_step("the kitchen", fail())


async def test_others_close_beside_a_resource_that_does_not(
    is_over: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    closed: list[str] = []

    @asynccontextmanager
    async def opened_well() -> AsyncGenerator[str]:
        yield "well"
        closed.append("well")

    @asynccontextmanager
    async def opened_badly() -> AsyncGenerator[str]:
        yield "badly"
        await stubborn(is_over)

    async with ClosingStack(BRIEF_S) as stack:
        assert await stack.enter_async_context(opened_well()) == "well"
        assert await stack.enter_async_context(opened_badly()) == "badly"
    assert closed == ["well"]
    (line,) = caplog.messages
    assert line.startswith("closing ")
    assert line.endswith(f"opened_badly {LATE} 0.05 s")


async def test_resources_see_what_went_wrong() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def opened() -> AsyncGenerator[None]:
        try:
            yield
        except LookupError as error:
            seen.append(str(error))
            raise

    async def fail() -> None:
        async with ClosingStack() as stack:
            await stack.enter_async_context(opened())
            raise LookupError("nowhere")

    with pytest.raises(LookupError, match="nowhere"):
        await fail()
    assert seen == ["nowhere"]


PROGRAM = """
import asyncio, sys, threading, time
from bot.__main__ import run_until_signal
from bot.log import set_up

def wait_for_ever():
    while True:
        time.sleep(60)

async def work():
    threading.Thread(target=wait_for_ever, name="sleeper").start()
    print("ready", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        print("closing", flush=True)
        await asyncio.sleep(0.3)
        print("closed", flush=True)

set_up("INFO")
asyncio.run(run_until_signal(work(), end_within_s=2))
"""


async def test_a_thread_that_never_ends_is_named_and_does_not_hold_up_the_end() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", PROGRAM),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert await process.stdout.readline() == b"closing\n"
    # As when the terminal ends too: what is being closed is closed to its end.
    process.send_signal(signal.SIGINT)
    said, log = await process.communicate()
    assert said == b"closed\n"
    assert process.returncode == 1
    assert time.monotonic() - began >= 2
    (line,) = [line for line in log.decode().splitlines() if LATE in line]
    assert f"the process {LATE} 2 s" in line
    assert "thread sleeper in __main__.wait_for_ever" in line
