"""A server of our own on free ports, and a channel to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc.aio
import pytest
import pytest_asyncio

from inference.options import Options
from inference.server import MESSAGE_LIMIT, serve

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from inference.server import Running

LIMITS = (
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
)


@pytest.fixture
def options() -> Options:
    """Override in a module for another server."""
    return Options(grpc_port=0, http_port=0, workers=2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_server() -> AsyncGenerator[Running, None]:
    """One server for all tests of a module: painters' processes take a while to start."""
    async with serve(Options(grpc_port=0, http_port=0, workers=2)) as running:
        yield running


@pytest.fixture
async def server(options: Options) -> AsyncGenerator[Running, None]:
    async with serve(options) as running:
        yield running


@pytest.fixture
async def channel(server: Running) -> AsyncGenerator[grpc.aio.Channel, None]:
    async with grpc.aio.insecure_channel(server.grpc_address, LIMITS) as opened:
        yield opened
