"""Servers in this process as the ingress reaches them, without Ray between."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from inference.options import Options
from inference.ray.messages import ServerDied
from inference.ray.replica import LocalServer
from inference.ray.servers import Servers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from inference.ray.messages import Call, End, HttpAnswer, HttpRequest

TOKEN = "open sesame"


class LocalLink:
    """The link to a server that can end and come back."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._server: LocalServer | None = None

    async def open(self) -> None:
        """Start the server."""
        self._server = await LocalServer(self._options).__aenter__()

    async def close(self) -> None:
        """End the server."""
        server, self._server = self._server, None
        if server is not None:
            await server.__aexit__()

    async def answers(self, call: Call) -> AsyncGenerator[bytes | End]:
        """The answers of a call, as they come, and then its end."""
        async for answer in self._there().answers(call):
            yield answer

    async def ask(self, request: HttpRequest) -> HttpAnswer:
        """The answer to an HTTP request."""
        return await self._there().ask(request)

    async def queue(self) -> int:
        """How many pictures and films are being made there or wait."""
        return await self._there().queue()

    def _there(self) -> LocalServer:
        if self._server is None:
            raise ServerDied
        return self._server


@asynccontextmanager
async def two_servers(
    folder: Path,
) -> AsyncGenerator[tuple[Servers, Mapping[str, LocalLink]]]:
    """Two servers that keep their films in the folder, until the block is left."""
    links = {
        name: LocalLink(
            Options(grpc_port=0, http_port=0, workers=1, token=TOKEN, videos=folder / name)
        )
        for name in ("1", "2")
    }
    try:
        for link in links.values():
            await link.open()
        yield Servers(links), links
    finally:
        for link in links.values():
            await link.close()
