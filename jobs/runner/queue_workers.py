"""The engine's loops over its queues, which are asked when a job may start and not by the clock.

DBOS asks each queue at a fixed interval, whether anything waits there or not. Its own loop runs
here in threads of ours, with a stop event whose waits end when the queue is woken instead.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

# Not public: the library starts it itself for every queue that it listens to.
from dbos._queue import queue_worker_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dbos import DBOS, Queue

LEAST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5
PAUSE_SHARE = 4
"""A queue rests for so many times as long as it took to ask it, between the two pauses: jobs that
come or end together share one look, and a database that was away for long is soon asked again."""

STOP_WITHIN_S = 10


def pause_s(looked_for_s: float) -> float:
    """How long a queue rests after a look that took so long."""
    return min(max(LEAST_PAUSE_S, PAUSE_SHARE * looked_for_s), LONGEST_PAUSE_S)


class WakeableStop(threading.Event):
    """The stop event of a queue's loop, whose waits last until `wake` or `set`."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._is_woken = False
        self._woken_at = time.monotonic()

    def set(self) -> None:
        """End the loop."""
        super().set()
        with self._changed:
            self._changed.notify_all()

    def wake(self) -> None:
        """Let the loop look into its queue."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for a reason to look into the queue; whether the loop has to end."""
        looked_for_s = time.monotonic() - self._woken_at
        rested_at = time.monotonic() + pause_s(looked_for_s)
        with self._changed:
            self._changed.wait_for(lambda: self.is_set() or self._is_woken)
            self._changed.wait_for(self.is_set, rested_at - time.monotonic())
            self._is_woken = False
        self._woken_at = time.monotonic()
        return self.is_set()


class QueueWorkers:
    """One thread for each queue, in which the engine takes up the jobs that wait there."""

    def __init__(self, dbos: DBOS, queues: Sequence[Queue]) -> None:
        self._stops = {queue.name: WakeableStop() for queue in queues}
        self.names = frozenset(self._stops)
        self._threads = [
            threading.Thread(
                target=queue_worker_thread,
                args=(self._stops[queue.name], dbos, queue),
                name=f"queue {queue.name}",
                daemon=True,
            )
            for queue in queues
        ]

    def start(self) -> None:
        """Start all threads."""
        for thread in self._threads:
            thread.start()

    def wake(self, name: str) -> None:
        """Take up what waits in a queue and may start."""
        self._stops[name].wake()

    def stop(self) -> None:
        """End all threads; blocks until they took up what they were taking up."""
        for stop in self._stops.values():
            stop.set()
        until = time.monotonic() + STOP_WITHIN_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
