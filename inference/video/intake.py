"""Uploads in turn: so many are read at once, in all and from one client."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from generation.errors import Busy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from inference.access.limits import Limits

_RETRY_AFTER = timedelta(seconds=1)


class _Client:
    def __init__(self, at_once: int) -> None:
        self.turn = asyncio.Semaphore(at_once)
        self.uploads = 0


class Intake:
    """The uploads that are read and those that wait for it; a client is told by its address."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._turn = asyncio.Semaphore(limits.uploads)
        self._clients: dict[str, _Client] = {}

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncGenerator[None]:
        """Wait until an upload of the client may be read; the block reads it.

        Raises:
            Busy: too many wait already, or it waited too long; says when to come back.
        """
        limits = self._limits
        known = self._clients.setdefault(client, _Client(limits.uploads_each))
        if known.uploads >= limits.uploads_waiting:
            raise Busy("too many uploads are on their way", _RETRY_AFTER)
        known.uploads += 1
        waiting = asyncio.timeout(limits.message.total_seconds())
        try:
            async with waiting, known.turn, self._turn:
                waiting.reschedule(None)
                yield
        except TimeoutError:
            if not waiting.expired():
                raise
            raise Busy("other uploads took too long", _RETRY_AFTER) from None
        finally:
            known.uploads -= 1
            if not known.uploads:
                self._clients.pop(client, None)
