"""What the page hears about: server-sent events, each to the members who may know."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playground.wire import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from playground.wire import Json


class Events:
    """Listeners of the drive API, one queue each."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Queue[str | None], str | None] = {}

    @contextmanager
    def listen(self, member: str | None) -> Generator[asyncio.Queue[str | None]]:
        """Hear what a member may hear (everything public when None) while the context lasts."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners[queue] = member
        try:
            yield queue
        finally:
            del self._listeners[queue]

    def publish(self, event: str, data: Callable[[], Json], only_for: str | None = None) -> None:
        """Tell the listeners; `data` is only built when somebody listens."""
        queues = [q for q, who in self._listeners.items() if only_for is None or who == only_for]
        if not queues:
            return
        text = f"event: {event}\ndata: {dumps(data())}\n\n"
        for queue in queues:
            queue.put_nowait(text)

    def close(self) -> None:
        """End every listener's stream."""
        for queue in self._listeners:
            queue.put_nowait(None)
