"""Slots of engines that bear few jobs at once, for all processes together."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Mapping

    from storage.executor_leases import ExecutorLeases

T = TypeVar("T")

LOOK_EVERY_S = 0.25


class EngineSlots:
    """Lets no more jobs of an engine run at once than its cap says.

    Each running job holds a numbered slot of its engine; beyond this process by `leases`, where
    there are others, so that a slot is free again when its process dies.
    """

    def __init__(self, caps: Mapping[str, int], leases: ExecutorLeases | None = None) -> None:
        self._caps = caps
        self._leases = leases
        self._held: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def of(self, engine_id: str) -> AsyncGenerator[None]:
        """Wait for a slot of that engine and keep it for the block."""
        if engine_id not in self._caps:
            yield
            return
        slot = None
        while slot is None:
            slot = await self._whole(self._take(engine_id))
            if slot is None:
                await asyncio.sleep(LOOK_EVERY_S)
        try:
            yield
        finally:
            await self._whole(self._give_back(slot))

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it to its end also when a job is cancelled: half of it would lose the connection."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._give_back_if_taken)
            raise

    def _give_back_if_taken(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and task.exception() is None and task.result() is not None:
            undo = asyncio.ensure_future(self._give_back(task.result()))
            self._tasks.add(undo)
            undo.add_done_callback(self._tasks.discard)

    async def _take(self, engine_id: str) -> str | None:
        for number in range(self._caps[engine_id]):
            slot = f"{engine_id} {number}"
            if slot in self._held:
                continue
            # Taken here before others are asked: this process would get its own lock again.
            self._held.add(slot)
            try:
                is_ours = self._leases is None or await self._leases.claim(slot)
            except BaseException:
                self._held.discard(slot)
                raise
            if is_ours:
                return slot
            self._held.discard(slot)
        return None

    async def _give_back(self, slot: str) -> None:
        try:
            if self._leases is not None:
                await self._leases.release(slot)
        finally:
            self._held.discard(slot)
