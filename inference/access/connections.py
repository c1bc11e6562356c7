"""The HTTP connections: bounded in number, and closed when they keep the server waiting.

asyncio's own server accepts without a bound, waits for a request as long as the client likes, and
writes a traceback for each connection that it cannot accept when the process has no file left.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable, Generator

    from inference.access.limits import Limits

logger = logging.getLogger(__name__)

_BACKLOG = 1024
_PAUSE_S = 0.05
_COMPLAIN_EVERY_S = 60.0


@dataclass(slots=True, eq=False)
class _Connection:
    socket: socket.socket
    since: float
    """When it was last without a request that was let in."""
    transport: asyncio.Transport | None = None
    opening: asyncio.Task[None] | None = None
    requests: int = 0

    @property
    def is_gone(self) -> bool:
        return self.socket.fileno() < 0

    @property
    def is_sending(self) -> bool:
        return self.transport is not None and self.transport.get_write_buffer_size() > 0

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
        elif self.opening is not None:
            self.opening.cancel()


class Connections:
    """Accepts connections and keeps account of them."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._now = now
        self._open: set[_Connection] = set()
        self._by_transport: dict[asyncio.BaseTransport, _Connection] = {}
        self._complained_at = -_COMPLAIN_EVERY_S

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def at_work(self, transport: asyncio.BaseTransport | None) -> Generator[None]:
        """Leave the connection alone while a request on it is at work."""
        connection = self._by_transport.get(transport) if transport else None
        if connection is None:
            yield
            return
        connection.requests += 1
        try:
            yield
        finally:
            connection.requests -= 1
            connection.since = self._now()

    @asynccontextmanager
    async def serve(
        self,
        protocol: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
    ) -> AsyncGenerator[int]:
        """Accept connections until the block is left; the port.

        Raises:
            OSError: the port cannot be opened.
        """
        listening = await _listen(protocol, host, port)
        tasks = [asyncio.create_task(self._accept(one, protocol, tls)) for one in listening]
        tasks.append(asyncio.create_task(self._sweep()))
        try:
            yield listening[0].getsockname()[1]
        finally:
            opening = [one.opening for one in self._open if one.opening is not None]
            for task in (*tasks, *opening):
                task.cancel()
            await asyncio.gather(*tasks, *opening, return_exceptions=True)
            for one in listening:
                one.close()

    async def _accept(
        self,
        listening: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(listening)
            except OSError as error:
                # Mostly there is no file left: one that is closed makes room for the next.
                self._complain(error)
                self._close_one()
                await asyncio.sleep(_PAUSE_S)
                continue
            if self._has_room():
                connection = _Connection(accepted, self._now())
                self._open.add(connection)
                work = self._welcome(connection, protocol, tls)
                connection.opening = asyncio.create_task(work)
            else:
                accepted.close()
            # Who connects without end must not keep the others from being served.
            await asyncio.sleep(0)

    async def _welcome(
        self,
        connection: _Connection,
        protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        patience = self._limits.idle.total_seconds() if tls else None
        try:
            connection.transport, _ = await loop.connect_accepted_socket(
                protocol, connection.socket, ssl=tls, ssl_handshake_timeout=patience
            )
            self._by_transport[connection.transport] = connection
        except OSError:
            # Of a handshake that failed there is nothing to tell.
            connection.socket.close()
        finally:
            connection.opening = None

    def _has_room(self) -> bool:
        if len(self._open) < self._limits.http_connections:
            return True
        self._forget_gone()
        return len(self._open) < self._limits.http_connections or self._close_one()

    def _close_one(self) -> bool:
        """Close the connection that has been idle the longest, if there is an idle one."""
        idle = [one for one in self._open if not one.requests]
        if not idle:
            return False
        longest = min(idle, key=lambda one: (one.is_sending, one.since))
        self._close(longest)
        return True

    async def _sweep(self) -> None:
        """Close every connection that keeps the server waiting for too long."""
        idle_s, sending_s = (
            limit.total_seconds() for limit in (self._limits.idle, self._limits.sending)
        )
        while True:
            await asyncio.sleep(min(1.0, idle_s / 4))
            self._forget_gone()
            now = self._now()
            for one in list(self._open):
                if not one.requests and now - one.since > (sending_s if one.is_sending else idle_s):
                    self._close(one)

    def _close(self, connection: _Connection) -> None:
        connection.abort()
        self._forget(connection)

    def _forget_gone(self) -> None:
        for one in [one for one in self._open if one.is_gone]:
            self._forget(one)

    def _forget(self, connection: _Connection) -> None:
        self._open.discard(connection)
        if connection.transport is not None:
            self._by_transport.pop(connection.transport, None)

    def _complain(self, error: OSError) -> None:
        if self._now() - self._complained_at >= _COMPLAIN_EVERY_S:
            self._complained_at = self._now()
            logger.warning("Connections cannot be accepted: %s.", error.strerror or error)


async def _listen(
    protocol: Callable[[], asyncio.Protocol], host: str, port: int
) -> list[socket.socket]:
    """Sockets that listen on every address of the host."""
    loop = asyncio.get_running_loop()
    # asyncio knows how to bind to a host; accepting is done here.
    bound = await loop.create_server(protocol, host, port, reuse_address=True, start_serving=False)
    listening = [socket.socket(fileno=os.dup(one.fileno())) for one in bound.sockets]
    bound.close()
    for one in listening:
        one.setblocking(False)
        one.listen(_BACKLOG)
    return listening
