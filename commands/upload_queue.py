"""Whose upload is read when: one at a time for each member, and few bytes of all in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable

TOTAL_BYTES = 64 << 20
"""Of all uploads that are fetched or read at a time."""

PATIENCE_S = 45.0
"""How long an upload waits for its turn: the member sees the card of an order meanwhile."""


class UploadsBusy(Exception):
    """An upload's turn did not come in time; whether the member's own other one was in its way."""

    def __init__(self, *, is_own: bool) -> None:
        super().__init__(is_own)
        self.is_own = is_own


class UploadQueue:
    """Gives each upload its turn, in the order in which they come."""

    def __init__(self, total_bytes: int = TOTAL_BYTES, patience_s: float = PATIENCE_S) -> None:
        self.budget = ByteBudget(total_bytes)
        self._patience_s = patience_s
        self._of_member: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, member_id: int, size_bytes: int) -> AsyncGenerator[Reservation]:
        """Wait until the member has no other upload and there is room for so many bytes.

        Raises:
            UploadsBusy
        """
        lock = self._of_member.setdefault(member_id, asyncio.Lock())
        until = asyncio.get_running_loop().time() + self._patience_s
        await _in_time(lock.acquire(), until, is_own=True)
        try:
            await _in_time(self.budget.take(size_bytes), until, is_own=False)
            reservation = Reservation(self.budget, size_bytes)
            try:
                yield reservation
            finally:
                reservation.release()
        finally:
            lock.release()


async def _in_time(waiting: Awaitable[object], until: float, *, is_own: bool) -> None:
    try:
        async with asyncio.timeout_at(until):
            await waiting
    except TimeoutError:
        raise UploadsBusy(is_own=is_own) from None


class Reservation:
    """Bytes that an upload may have in memory until they are released."""

    def __init__(self, budget: ByteBudget, size_bytes: int) -> None:
        self._budget = budget
        self._size_bytes = size_bytes

    def grow_to(self, size_bytes: int) -> None:
        """Reserve more for an upload that is larger than it was said to be.

        It does not wait: several that wait for one another would do so for ever.

        Raises:
            UploadsBusy: there is no room.
        """
        more = size_bytes - self._size_bytes
        if more > 0:
            if not self._budget.take_now(more):
                raise UploadsBusy(is_own=False)
            self._size_bytes = size_bytes

    def release(self) -> None:
        """Give all of it back."""
        self._budget.give(self._size_bytes)
        self._size_bytes = 0


class ByteBudget:
    """A number of bytes that is shared; who waits for some is served in order."""

    def __init__(self, total_bytes: int) -> None:
        self.total_bytes = total_bytes
        self.free_bytes = total_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size_bytes: int) -> None:
        """Wait for so many bytes; more than there are in all are never there."""
        if self.take_now(size_bytes):
            return
        entry = size_bytes, asyncio.get_running_loop().create_future()
        self._waiting.append(entry)
        try:
            await entry[1]
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
                self._serve()
            else:
                # They were given in the moment in which nobody wanted them any more.
                self.give(size_bytes)
            raise

    def take_now(self, size_bytes: int) -> bool:
        """Take so many bytes if they are free and nobody waits; whether they were."""
        if self._waiting or size_bytes > self.free_bytes:
            return False
        self.free_bytes -= size_bytes
        return True

    def give(self, size_bytes: int) -> None:
        """Give bytes back."""
        self.free_bytes += size_bytes
        self._serve()

    def _serve(self) -> None:
        while self._waiting and self._waiting[0][0] <= self.free_bytes:
            size_bytes, granted = self._waiting.popleft()
            self.free_bytes -= size_bytes
            # One whose task was cancelled, but has not run since, gives them back.
            if not granted.cancelled():
                granted.set_result(None)
