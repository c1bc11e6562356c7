"""The connections of a replica to its server: one for each client, so that shares are fair."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc.aio

from inference.server import MESSAGE_LIMIT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

MAX_CLIENTS = 256
"""Connections that are kept open; more only while each of them has a call in progress."""
_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
    # A connection of its own for each client: the server knows clients by their connections.
    ("grpc.use_local_subchannel_pool", 1),
)


@dataclass(slots=True, eq=False)
class _Connection:
    channel: grpc.aio.Channel
    calls: int = 0
    """How many are in progress."""


class Channels:
    """Opens a channel for each client, and closes those that have long been without a call."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connections: OrderedDict[str, _Connection] = OrderedDict()

    def __len__(self) -> int:
        return len(self._connections)

    @asynccontextmanager
    async def of(self, client: str) -> AsyncGenerator[grpc.aio.Channel]:
        """The client's channel for one call, which stays open as long as the block."""
        connection = self._connections.get(client)
        if connection is None:
            channel = grpc.aio.insecure_channel(self._address, _OPTIONS)
            connection = self._connections[client] = _Connection(channel)
        self._connections.move_to_end(client)
        connection.calls += 1
        try:
            await self._close_surplus()
            yield connection.channel
        finally:
            connection.calls -= 1

    async def close(self) -> None:
        """Close all, also those with calls in progress."""
        await self._close(list(self._connections))

    async def _close_surplus(self) -> None:
        """Close what is too much of those without a call, the longest unused ones first."""
        surplus = len(self._connections) - MAX_CLIENTS
        if surplus > 0:
            unused = [client for client, known in self._connections.items() if not known.calls]
            await self._close(unused[:surplus])

    async def _close(self, clients: list[str]) -> None:
        # All are taken out before the first is awaited: none may be given a call meanwhile.
        for connection in [self._connections.pop(client) for client in clients]:
            await connection.channel.close(grace=None)
