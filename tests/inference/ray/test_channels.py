"""The connections of a replica to its server, of which only unused ones are closed."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import grpc
import pytest

from inference.ray.channels import MAX_CLIENTS, Channels

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import grpc.aio

SHUTDOWN = grpc.ChannelConnectivity.SHUTDOWN


@pytest.fixture
async def channels() -> AsyncGenerator[Channels]:
    # Nobody listens there: a channel connects with its first call.
    opened = Channels("127.0.0.1:1")
    yield opened
    await opened.close()


def is_open(channel: grpc.aio.Channel) -> bool:
    return channel.get_state() is not SHUTDOWN


async def call(channels: Channels, client: str) -> grpc.aio.Channel:
    async with channels.of(client) as channel:
        return channel


async def test_a_client_keeps_its_connection(channels: Channels):
    assert await call(channels, "one") is await call(channels, "one")
    assert await call(channels, "one") is not await call(channels, "other")


async def test_a_connection_with_a_call_in_progress_stays_open(channels: Channels):
    async with channels.of("drawing") as drawing:
        others = [await call(channels, str(number)) for number in range(MAX_CLIENTS + 1)]
        assert is_open(drawing)
        assert len(channels) == MAX_CLIENTS
        assert list(map(is_open, others)) == [False] * 2 + [True] * (MAX_CLIENTS - 1)
    await call(channels, "next")
    assert not is_open(drawing)


async def test_more_are_open_while_all_have_calls(channels: Channels):
    async with AsyncExitStack() as calls:
        for number in range(MAX_CLIENTS + 3):
            channel = await calls.enter_async_context(channels.of(str(number)))
            assert is_open(channel)
        assert len(channels) == MAX_CLIENTS + 3
    await call(channels, "next")
    assert len(channels) == MAX_CLIENTS
