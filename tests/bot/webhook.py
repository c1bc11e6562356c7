"""A webhook that keeps what it is sent, on loopback."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Webhook:
    """What an operator would read."""

    def __init__(self) -> None:
        self.url = ""
        self.read: list[str] = []
        self._news = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        """Keep a message."""
        body = await request.json()
        assert body["allowed_mentions"] == {"parse": []}
        async with self._news:
            self.read.append(body["content"])
            self._news.notify_all()
        return web.Response(status=204)

    async def wait_for(self, text: str, within_s: float = 20) -> str:
        """The first message with that text."""
        async with asyncio.timeout(within_s), self._news:
            while True:
                for message in self.read:
                    if text in message:
                        return message
                await self._news.wait()


@asynccontextmanager
async def listening() -> AsyncGenerator[Webhook]:
    """A webhook that answers."""
    webhook = Webhook()
    app = web.Application()
    app.router.add_post("/webhook", webhook.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    webhook.url = f"http://127.0.0.1:{port}/webhook"
    try:
        yield webhook
    finally:
        await runner.cleanup()
