"""The jobs at work in this process, and how their work is stopped when somebody cancels them."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from jobs.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator

T = TypeVar("T")


class CancellationScope:
    """Knows the jobs at work, and stops their work when they are cancelled."""

    def __init__(self) -> None:
        self._cancelled: dict[str, asyncio.Event] = {}

    @property
    def ids(self) -> list[str]:
        """The jobs that are being worked on, and can still be cancelled."""
        return list(self._cancelled)

    def interrupt(self, job_id: str) -> None:
        """Wake a running job that was marked as cancelled."""
        if job_id in self._cancelled:
            self._cancelled[job_id].set()

    @contextmanager
    def track(self, job_id: str) -> Generator[None]:
        """A block in which the job is worked on."""
        cancelled = self._cancelled[job_id] = asyncio.Event()
        try:
            yield
        finally:
            # The engine may have begun the job again beside this, after it was taken for lost.
            if self._cancelled.get(job_id) is cancelled:
                del self._cancelled[job_id]

    async def run_or_cancel(self, job_id: str, work: Awaitable[T]) -> T:
        """What the work gives; it is stopped when the member cancels the job meanwhile.

        Raises:
            Cancelled
        """
        is_cancelled = self._cancelled[job_id]
        working = asyncio.ensure_future(work)
        cancelled = asyncio.ensure_future(is_cancelled.wait())
        try:
            # Work that comes after the press is not even begun: its first act may cost money.
            if not is_cancelled.is_set():
                await asyncio.wait((working, cancelled), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Cancelled
            return await working
        finally:
            for task in (working, cancelled):
                task.cancel()
            await asyncio.gather(working, cancelled, return_exceptions=True)
