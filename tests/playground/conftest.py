"""A playground on a free port, a driver for it, and bots that speak to it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

import aiohttp
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from playground.server import Playground
from tests.driver.driver import Driver
from tests.playground.raw import RawBot

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from tests.playground.bots import Bot


@pytest.fixture
async def playground() -> AsyncGenerator[Playground]:
    async with Playground() as playing:
        yield playing


@pytest.fixture
async def driver(playground: Playground) -> AsyncGenerator[Driver]:
    async with Driver(playground.url) as driving:
        yield driving


@pytest.fixture
async def new_raw(playground: Playground) -> AsyncGenerator[Callable[[], RawBot]]:
    """Makes bots without a library, all on one client session."""
    made: list[RawBot] = []
    async with aiohttp.ClientSession() as session:

        def make() -> RawBot:
            made.append(RawBot(playground, session))
            return made[-1]

        yield make
        for bot in made:
            await bot.close()


@pytest.fixture
def raw(new_raw: Callable[[], RawBot]) -> RawBot:
    """One bot without a library."""
    return new_raw()


@pytest.fixture
def pointed(playground: Playground, monkeypatch: pytest.MonkeyPatch) -> Playground:
    """The playground, with discord.py's addresses set to it."""
    monkeypatch.setattr(Route, "BASE", playground.api_base)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.gateway_url))
    return playground


@pytest.fixture
async def connect(pointed: Playground) -> AsyncGenerator[Callable[[Bot], Awaitable[None]]]:
    """Starts a client and waits until it is connected; it is closed after the test."""
    async with AsyncExitStack() as stack:

        async def start(bot: Bot) -> None:
            running = asyncio.create_task(bot.start(pointed.token))

            async def stop() -> None:
                await bot.close()
                with suppress(Exception):
                    await running

            stack.push_async_callback(stop)
            connected = asyncio.create_task(bot.connected_once.wait())
            await asyncio.wait({running, connected}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                connected.cancel()
                running.result()

        yield start
