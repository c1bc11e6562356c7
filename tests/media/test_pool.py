"""Work in worker processes, which break, hang and end without hurting anything else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from media.errors import BadPicture, Reason
from media.pool import MediaPool
from tests.media import chores

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

BRIEF = timedelta(seconds=0.3)


@pytest.fixture
async def pool() -> AsyncGenerator[MediaPool]:
    async with MediaPool() as pool:
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


async def test_results_and_processes(pool: MediaPool) -> None:
    assert pool.pids == ()
    assert await pool.run(chores.add, 2, 3) == 5
    (worker,) = pool.pids
    assert worker != os.getpid()
    assert await pool.run(chores.pid) == worker


async def test_large_arguments_and_results(pool: MediaPool) -> None:
    data = os.urandom(20 << 20)
    assert await pool.run(chores.echo, data) == data


async def test_exceptions_come_through(pool: MediaPool) -> None:
    with pytest.raises(LookupError, match="nowhere"):
        await pool.run(chores.fail, "nowhere")
    with pytest.raises(RuntimeError, match="Awkward: odd one"):
        await pool.run(chores.fail_awkwardly)
    with pytest.raises(Exception, match="lambda"):
        await pool.run(chores.give_a_lambda)
    assert len(pool.pids) == 1


async def test_work_that_takes_too_long_is_ended(pool: MediaPool) -> None:
    await pool.run(chores.add, 1, 1)
    (worker,) = pool.pids
    with pytest.raises(BadPicture) as caught:
        await pool.run(chores.spin, limit=BRIEF)
    assert caught.value.reason is Reason.TOO_SLOW
    assert await has_ended(worker)
    assert await pool.run(chores.add, 2, 2) == 4


async def test_work_that_kills_its_worker_twice_is_at_fault(pool: MediaPool) -> None:
    with pytest.raises(BadPicture) as caught:
        await pool.run(chores.crash)
    assert caught.value.reason is Reason.CRASHED
    assert await pool.run(chores.add, 2, 2) == 4


async def test_work_whose_worker_was_killed_is_done_again(pool: MediaPool, tmp_path: Path) -> None:
    assert await pool.run(chores.crash_once, tmp_path / "mark") == "done"


async def test_a_worker_that_died_while_idle_is_replaced(pool: MediaPool) -> None:
    await pool.run(chores.add, 1, 1)
    (worker,) = pool.pids
    os.kill(worker, signal.SIGKILL)
    assert await has_ended(worker)
    assert await pool.run(chores.add, 2, 2) == 4


async def test_others_are_not_hurt(tmp_path: Path) -> None:
    async with MediaPool(workers=2) as pool:
        slow = asyncio.create_task(pool.run(chores.sleep, 0.5))
        with pytest.raises(BadPicture):
            await pool.run(chores.crash)
        assert await slow == "awake"


async def test_workers_work_side_by_side(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    async with MediaPool(workers=2) as pool:
        met = await asyncio.gather(
            pool.run(chores.meet, first, second), pool.run(chores.meet, second, first)
        )
        assert met == [True, True]
        assert len(pool.pids) == 2


async def test_no_more_workers_than_allowed() -> None:
    async with MediaPool(workers=2) as pool:
        numbers = await asyncio.gather(*(pool.run(chores.add, n, 1) for n in range(20)))
        assert numbers == list(range(1, 21))
        assert len(pool.pids) <= 2


async def test_hunger_for_memory_fails_alone(pool: MediaPool) -> None:
    with pytest.raises(MemoryError):
        await pool.run(chores.hoard)
    assert await pool.run(chores.add, 2, 2) == 4


async def test_a_cancelled_task_ends_its_work(pool: MediaPool) -> None:
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
    pool = MediaPool()
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


async def test_secrets_stay_outside(pool: MediaPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STABILITY_KEY", "sk-secret")
    assert await pool.run(chores.environment, "STABILITY_KEY") is None
    assert await pool.run(chores.environment, "PATH")


async def test_what_a_library_prints_does_no_harm(pool: MediaPool) -> None:
    assert await pool.run(chores.chatter) == "quiet"


async def test_interrupts_are_for_the_parent(pool: MediaPool) -> None:
    assert await pool.run(chores.interrupt) == "still here"


PARENT = """
import asyncio, sys
from media.pool import MediaPool
from tests.media import chores

async def main():
    pool = MediaPool()
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


IMPORTS = """
import sys
import generation.image
import media.errors, media.metadata, media.montage, media.pool, media.reencode, media.verify
print(sorted(name for name in sys.modules if name.split(".")[0] in ("PIL", "numpy")))
"""


async def test_whoever_asks_does_not_import_pillow() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", IMPORTS, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert output.strip() == b"[]"
