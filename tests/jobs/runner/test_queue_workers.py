"""The loops over queues wait until they are woken, and do not lose a reason to look."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Generator

import pytest
from dbos._queue import queue_worker_thread

from jobs.runner.queue_workers import LEAST_PAUSE_S, LONGEST_PAUSE_S, WakeableStop, pause_s

WITHIN_S = 10


class Loop:
    """A loop like the library's: it waits, looks, and begins again."""

    def __init__(self) -> None:
        self.stop = WakeableStop()
        self.looks = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.go_on.set()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        self.go_on.set()
        self.stop.set()
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self.stop.wait(timeout=0.001):
            self.looks.release()
            self.go_on.wait()


@pytest.fixture
def loop() -> Generator[Loop]:
    loop = Loop()
    yield loop
    loop.end()


def test_nobody_looks_by_the_clock(loop: Loop):
    assert not loop.looks.acquire(timeout=0.05)


def test_each_wake_is_followed_by_a_look(loop: Loop):
    for _ in range(3):
        loop.stop.wake()
        assert loop.looks.acquire(timeout=WITHIN_S)
    assert not loop.looks.acquire(timeout=0.05)


def test_a_wake_during_a_look_is_not_lost(loop: Loop):
    loop.go_on.clear()
    loop.stop.wake()
    assert loop.looks.acquire(timeout=WITHIN_S)
    loop.stop.wake()
    loop.go_on.set()
    assert loop.looks.acquire(timeout=WITHIN_S)


def test_wakes_that_come_together_share_a_look(loop: Loop):
    for _ in range(100):
        loop.stop.wake()
    assert loop.looks.acquire(timeout=WITHIN_S)
    # One more may have begun before the last of them.
    loop.looks.acquire(timeout=0.1)
    assert not loop.looks.acquire(timeout=0.1)


def test_a_look_that_the_database_held_up_costs_no_longer_pause():
    assert pause_s(0) == LEAST_PAUSE_S
    assert pause_s(0.1) == pytest.approx(0.4)
    assert pause_s(30) == LONGEST_PAUSE_S


def test_the_library_gives_its_loop_nothing_but_these():
    """It is not public: `DBOS_VERSION` tells whose sources were read."""
    assert list(inspect.signature(queue_worker_thread).parameters) == [
        "stop_event",
        "dbos",
        "queue",
    ]
    source = inspect.getsource(queue_worker_thread)
    assert source.count("stop_event.wait(") == 1
    assert "if stop_event.wait(timeout=polling_interval" in source
