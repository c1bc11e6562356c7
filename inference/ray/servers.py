"""The servers as the ingress sees them: which are there, how busy they are, what they keep."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from inference.ray.messages import NoServer, ServerDied

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence

    from inference.ray.messages import Call, End, HttpAnswer, HttpRequest

LOOK_S = 1.0
"""How often a server is asked how busy it is."""
PATIENCE_S = 5.0
"""How long it may take to answer that."""
RETURNS_WITHIN_S = 120.0
"""For so long a server that has gone is expected back, with the films that it keeps."""
MOST_PLACES = 1 << 14


class Link(Protocol):
    """The way to a server; each method raises `ServerDied` where the server ends meanwhile."""

    def answers(self, call: Call) -> AsyncGenerator[bytes | End]:
        """The answers of a gRPC call, as they come, and then its end."""
        ...

    async def ask(self, request: HttpRequest) -> HttpAnswer:
        """The answer to an HTTP request."""
        ...

    async def queue(self) -> int:
        """How many pictures and films are being made there or wait."""
        ...


class Server:
    """One server: whether it is there, and how much it has to do."""

    def __init__(self, name: str, link: Link, now: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._link = link
        self._now = now
        self._gone_since: float | None = None
        self._queue = 0
        self._begun = 0

    @property
    def is_there(self) -> bool:
        """Whether it answered when it was last asked something."""
        return self._gone_since is None

    @property
    def is_expected(self) -> bool:
        """Whether it has gone, but so shortly ago that it is likely to be started again."""
        gone_since = self._gone_since
        return gone_since is not None and self._now() - gone_since < RETURNS_WITHIN_S

    @property
    def load(self) -> int:
        """What it had to do when it was last looked at, and what was passed on to it since."""
        return self._queue + self._begun

    @contextmanager
    def called(self) -> Generator[Link]:
        """The link to it, for one call.

        Raises:
            ServerDied: the block did; the server counts as gone until it answers again.
        """
        self._begun += 1
        try:
            yield self._link
        except ServerDied:
            self._note_gone()
            raise

    async def watch(self) -> None:
        """Look at it again and again."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Ask how much it has to do; one that is being started answers as soon as it can."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                self._queue = await self._link.queue()
        except (ServerDied, TimeoutError):
            self._note_gone()
        else:
            self._begun = 0
            self._gone_since = None

    def _note_gone(self) -> None:
        if self._gone_since is None:
            self._gone_since = self._now()


class Servers:
    """All servers, and which of them has taken what: a repeat goes where the first one went."""

    def __init__(
        self, links: Mapping[str, Link], now: Callable[[], float] = time.monotonic
    ) -> None:
        self.all: Sequence[Server] = [Server(name, link, now) for name, link in links.items()]
        self._places: OrderedDict[str, Server] = OrderedDict()

    @property
    def there(self) -> Sequence[Server]:
        """Those that answer."""
        return [server for server in self.all if server.is_there]

    def choose(self, key: str = "") -> Server:
        """The server that has taken the key before, or else the one that has the least to do.

        Raises:
            NoServer: none is there.
        """
        known = self.place(key)
        if known is not None and known.is_there:
            return known
        there = self.there
        if not there:
            raise NoServer
        chosen = min(there, key=lambda server: server.load)
        self.remember(key, chosen)
        return chosen

    def place(self, key: str) -> Server | None:
        """The server that has taken the key, as far as is remembered."""
        return self._places.get(key)

    def remember(self, key: str, server: Server) -> None:
        """Note that the server has taken the key; an empty one is nobody's."""
        if not key:
            return
        self._places[key] = server
        self._places.move_to_end(key)
        if len(self._places) > MOST_PLACES:
            self._places.popitem(last=False)

    def forget(self, key: str) -> None:
        """Note that no server has taken the key."""
        self._places.pop(key, None)
