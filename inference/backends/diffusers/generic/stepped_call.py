"""A call that pauses in the middle, although it was not written to.

It runs in a thread of its own, but only while the one that advances it waits: the device is used
by one of them at a time, in an order that does not depend on chance.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

import torch

from inference.backends.cancellation import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class SteppedCall(Generic[T]):
    """Runs a function that calls `pause` of this object now and then."""

    def __init__(self, work: Callable[[], T]) -> None:
        """Nothing runs before the first `advance`."""
        self._work: Callable[[], T] | None = work
        self._thread: threading.Thread | None = None
        self._may_run = threading.Semaphore(0)
        self._has_paused = threading.Semaphore(0)
        self._is_closed = False
        self._results: list[T] = []
        self._error: BaseException | None = None

    def advance(self) -> bool:
        """Run on to the next pause or to the end; whether it has ended."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="drawing", daemon=True)
            self._thread.start()
        else:
            self._may_run.release()
        self._has_paused.acquire()
        return self._work is None

    def pause(self) -> None:
        """Let the other thread run; returns with the next `advance`. Called by the function.

        Raises:
            Stopped: there will be none.
        """
        if not self._is_closed:
            self._has_paused.release()
            self._may_run.acquire()
        if self._is_closed:
            raise Stopped

    def result(self) -> T:
        """What the function gave, once it has ended; or the error that it raised."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._results.pop()

    def close(self) -> None:
        """Let a function that has begun end at its pause."""
        if self._thread is None:
            return
        if self._work is not None:
            self._is_closed = True
            self._may_run.release()
        self._thread.join()

    def _run(self) -> None:
        assert self._work is not None
        try:
            with torch.no_grad():
                self._results.append(self._work())
        except BaseException as error:
            self._error = error
        finally:
            self._work = None
            self._has_paused.release()
