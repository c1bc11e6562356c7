"""A host of attachments for tests, and a small picture."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from PIL import Image

from commands.upload import Upload

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


def png(size: tuple[int, int] = (80, 60), mode: str = "RGB", colour: Any = (10, 90, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, "PNG")
    return buffer.getvalue()


class Host:
    """Stands where Discord's attachment host does, and answers as a test says."""

    def __init__(self) -> None:
        self.netloc = ""
        self.asked: list[str] = []
        self._serve: Serve | None = None

    def answer(self, data: bytes, status: int = 200, **headers: str) -> None:
        """Answer everything with these bytes."""

        async def serve(_: web.Request) -> web.StreamResponse:
            return web.Response(body=data, status=status, headers=headers)

        self._serve = serve

    def play(self, serve: Serve) -> None:
        """Answer everything as the function does."""
        self._serve = serve

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        assert self._serve
        return await self._serve(request)

    def upload(self, **facts: Any) -> Upload:
        known: dict[str, Any] = {
            "url": f"http://{self.netloc}/attachments/1/2/a.png?ex=1&hm=2",
            "filename": "a.png",
            "size": 1000,
            "content_type": "image/png",
            "width": 80,
            "height": 60,
        }
        return Upload(**{**known, **facts})


@asynccontextmanager
async def open_host() -> AsyncGenerator[Host]:
    """A host on a free port."""
    host = Host()
    application = web.Application()
    application.router.add_get("/{tail:.*}", host.serve)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address: Any = runner.addresses[0]
    host.netloc = f"127.0.0.1:{address[1]}"
    try:
        yield host
    finally:
        await runner.cleanup()
