"""Work in worker processes, which break, hang and end without hurting anything else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from quarantine.errors import Ending, WorkFailed
from quarantine.pool import Confinement, WorkerPool
from quarantine.worker import LENGTH
from tests.quarantine import chores

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

BRIEF = timedelta(seconds=0.3)


@pytest.fixture
async def pool() -> AsyncGenerator[WorkerPool]:
    async with WorkerPool() as pool:
        yield pool


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def has_ended(pid: int, within_s: float = 5) -> bool:
    until = time.monotonic() + within_s
    while is_running(pid) and time.monotonic() < until:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.02)
    return not is_running(pid)


async def test_results_and_processes(pool: WorkerPool) -> None:
    assert pool.pids == ()
    assert await pool.run(chores.add, 2, 3) == 5
    (worker,) = pool.pids
    assert worker != os.getpid()
    assert await pool.run(chores.pid) == worker


async def test_large_arguments_and_results(pool: WorkerPool) -> None:
    data = os.urandom(20 << 20)
    assert await pool.run(chores.echo, data) == data


async def test_exceptions_come_through(pool: WorkerPool) -> None:
    with pytest.raises(LookupError, match="nowhere"):
        await pool.run(chores.fail, "nowhere")
    with pytest.raises(RuntimeError, match="Awkward: odd one"):
        await pool.run(chores.fail_awkwardly)
    with pytest.raises(Exception, match="lambda"):
        await pool.run(chores.give_a_lambda)
    assert len(pool.pids) == 1


async def test_work_that_takes_too_long_is_ended(pool: WorkerPool) -> None:
    await pool.run(chores.add, 1, 1)
    (worker,) = pool.pids
    with pytest.raises(WorkFailed) as caught:
        await pool.run(chores.spin, limit=BRIEF)
    assert caught.value.ending is Ending.TOO_SLOW
    assert await has_ended(worker)
    assert await pool.run(chores.add, 2, 2) == 4


async def test_work_that_kills_its_worker_twice_is_at_fault(pool: WorkerPool) -> None:
    with pytest.raises(WorkFailed) as caught:
        await pool.run(chores.crash)
    assert caught.value.ending is Ending.CRASHED
    assert await pool.run(chores.add, 2, 2) == 4


async def test_work_whose_worker_was_killed_is_done_again(pool: WorkerPool, tmp_path: Path) -> None:
    assert await pool.run(chores.crash_once, tmp_path / "mark") == "done"


async def test_a_worker_that_died_while_idle_is_replaced(pool: WorkerPool) -> None:
    await pool.run(chores.add, 1, 1)
    (worker,) = pool.pids
    os.kill(worker, signal.SIGKILL)
    assert await has_ended(worker)
    assert await pool.run(chores.add, 2, 2) == 4


async def test_others_are_not_hurt(tmp_path: Path) -> None:
    async with WorkerPool(workers=2) as pool:
        slow = asyncio.create_task(pool.run(chores.sleep, 0.5))
        with pytest.raises(WorkFailed):
            await pool.run(chores.crash)
        assert await slow == "awake"


async def test_workers_work_side_by_side(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    async with WorkerPool(workers=2) as pool:
        met = await asyncio.gather(
            pool.run(chores.meet, first, second), pool.run(chores.meet, second, first)
        )
        assert met == [True, True]
        assert len(pool.pids) == 2


async def test_no_more_workers_than_allowed() -> None:
    async with WorkerPool(workers=2) as pool:
        numbers = await asyncio.gather(*(pool.run(chores.add, n, 1) for n in range(20)))
        assert numbers == list(range(1, 21))
        assert len(pool.pids) <= 2


async def test_hunger_for_memory_fails_alone(pool: WorkerPool) -> None:
    with pytest.raises(MemoryError):
        await pool.run(chores.hoard)
    assert await pool.run(chores.add, 2, 2) == 4


async def test_processor_time_is_limited_and_not_tried_again(tmp_path: Path) -> None:
    may_use = Confinement(cpu_limit=BRIEF)
    async with WorkerPool(confinement=may_use) as pool:
        began = time.monotonic()
        for work in (chores.spin_once, chores.spin_in_c_once):
            with pytest.raises(WorkFailed, match="of processor time") as caught:
                await pool.run(work, tmp_path / work.__name__)
            assert caught.value.ending is Ending.TOO_SLOW
        assert time.monotonic() - began < 10
        assert await pool.run(chores.add, 2, 2) == 4


async def test_waiting_is_no_processor_time() -> None:
    async with WorkerPool(confinement=Confinement(cpu_limit=BRIEF)) as pool:
        assert await pool.run(chores.sleep, 0.6) == "awake"


async def test_each_call_has_processor_time_of_its_own() -> None:
    async with WorkerPool(confinement=Confinement(cpu_limit=BRIEF)) as pool:
        pids = {await pool.run(chores.work, 0.15) for _ in range(5)}
        assert len(pids) == 1


async def test_memory_is_limited() -> None:
    async with WorkerPool(confinement=Confinement(memory_bytes=512 << 20)) as pool:
        assert await pool.run(chores.take, 64 << 20) == 64 << 20
        with pytest.raises(MemoryError):
            await pool.run(chores.take, 600 << 20)


async def test_a_worker_that_is_not_free_in_time(pool: WorkerPool) -> None:
    slow = asyncio.create_task(pool.run(chores.sleep, 0.5))
    await asyncio.sleep(0)
    with pytest.raises(WorkFailed) as caught:
        await pool.run(chores.add, 2, 2, patience=timedelta(seconds=0.05))
    assert caught.value.ending is Ending.BUSY
    assert await slow == "awake"
    assert await pool.run(chores.add, 2, 2, patience=BRIEF) == 4


async def test_large_arguments_are_not_copied(pool: WorkerPool) -> None:
    data = bytes(20 << 20)
    await pool.run(chores.size, b"")
    tracemalloc.start()
    try:
        assert await pool.run(chores.size, data) == len(data)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


async def test_a_cancelled_task_ends_its_work(pool: WorkerPool) -> None:
    await pool.run(chores.add, 1, 1)
    (worker,) = pool.pids
    task = asyncio.create_task(pool.run(chores.spin))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await has_ended(worker)
    assert await pool.run(chores.add, 2, 2) == 4


async def test_closing_is_quick_whatever_is_under_way() -> None:
    pool = WorkerPool()
    task = asyncio.create_task(pool.run(chores.spin))
    while not pool.pids:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.01)
    (worker,) = pool.pids
    started = time.monotonic()
    await pool.close()
    assert time.monotonic() - started < 2
    assert not is_running(worker)
    with pytest.raises(RuntimeError, match="closed"):
        await task
    with pytest.raises(RuntimeError, match="closed"):
        await pool.run(chores.add, 1, 1)
    await pool.close()


async def test_closing_waits_for_no_answer_that_nobody_takes(pool: WorkerPool) -> None:
    await pool.run(chores.add, 1, 1)
    tracemalloc.start()
    try:
        task = asyncio.create_task(pool.run(bytes, 1 << 28))
        while tracemalloc.get_traced_memory()[0] < 1 << 20:  # noqa: ASYNC110 - a part has come
            await asyncio.sleep(0)
    finally:
        tracemalloc.stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(20):
        await pool.close()


async def test_secrets_stay_outside(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STABILITY_KEY", "sk-secret")
    assert await pool.run(chores.environment, "STABILITY_KEY") is None
    assert await pool.run(chores.environment, "PATH")


async def test_what_a_library_prints_does_no_harm(pool: WorkerPool) -> None:
    assert await pool.run(chores.chatter) == "quiet"


async def test_interrupts_are_for_the_parent(pool: WorkerPool) -> None:
    assert await pool.run(chores.interrupt) == "still here"


PARENT = """
import asyncio, sys
from quarantine.pool import Confinement, WorkerPool
from quarantine.worker import LENGTH
from tests.quarantine import chores

async def main():
    pool = WorkerPool()
    print(await pool.run(chores.pid), flush=True)
    await pool.run(chores.spin)

asyncio.run(main())
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes in /proc")
async def test_workers_end_with_a_parent_that_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    worker = int(await parent.stdout.readline())
    assert is_running(worker)
    parent.kill()
    await parent.wait()
    assert await has_ended(worker)


@pytest.mark.parametrize(
    "sent", [b"", b"\0", LENGTH.pack(2), LENGTH.pack(1) + LENGTH.pack(9) + b"x"]
)
async def test_a_worker_ends_where_its_input_breaks_off(sent: bytes) -> None:
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "quarantine.worker", str(1 << 30), "0", "0"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    await asyncio.wait_for(worker.communicate(sent), 10)
    assert worker.returncode == 0


IMPORTS = """
import sys
import generation.image.client, inference.input_images
import media.errors, media.metadata, media.pool, media.reencode, media.verify
import quarantine.structure
print(sorted(name for name in sys.modules if name.split(".")[0] in ("PIL", "numpy")))
"""


async def test_whoever_asks_does_not_import_pillow() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", IMPORTS, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert output.strip() == b"[]"
