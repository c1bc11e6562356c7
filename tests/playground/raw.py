"""A bot without a library: raw gateway frames and raw REST requests, to break rules with."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.server import Playground
    from playground.wire import Json


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop go round until something is true."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the server has no event for everything
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Answer:
    """One REST answer."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> int | None:
        """Discord's error code."""
        return self.body.get("code") if isinstance(self.body, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    def fault_at(self, path: str) -> str:
        """The error code that the form error tree has at a dotted path."""
        node: Any = self.body["errors"]
        for key in path.split(".") if path else []:
            node = node[key]
        return node["_errors"][0]["code"]


class RawBot:
    """Speaks to the playground as a bot would, one frame and one request at a time."""

    def __init__(self, playground: Playground, session: aiohttp.ClientSession) -> None:
        self._playground = playground
        self._session = session
        self.socket: aiohttp.ClientWebSocketResponse
        self.session_id = ""
        self.sequence = 0

    async def open(self, **query: str) -> None:
        """Connect to the gateway without identifying."""
        self.socket = await self._session.ws_connect(self._playground.gateway_url, params=query)

    async def close(self) -> None:
        """Hang up."""
        if hasattr(self, "socket"):
            await self.socket.close()

    async def receive(self) -> Json:
        """The next frame; a closed connection gives {"close": code}."""
        message = await self.socket.receive(timeout=5)
        if message.type is not aiohttp.WSMsgType.TEXT:
            return {"close": self.socket.close_code}
        frame: Json = json.loads(message.data)
        if frame.get("s") is not None:
            self.sequence = frame["s"]
        return frame

    async def send(self, op: int, data: Any = None) -> None:
        """Send one frame."""
        await self.socket.send_json({"op": op, "d": data})

    async def identify(
        self, *, shard: tuple[int, int] = (0, 1), intents: int = 1, token: str | None = None
    ) -> Json:
        """HELLO, IDENTIFY, and whatever comes next (READY when all is well)."""
        await self.open(v="10", encoding="json")
        assert (await self.receive())["op"] == 10
        identity = {"token": token or self._playground.token, "intents": intents, "shard": shard}
        await self.send(2, identity | {"properties": {}})
        frame = await self.receive()
        if frame.get("t") == "READY":
            self.session_id = frame["d"]["session_id"]
            for _ in frame["d"]["guilds"]:
                assert (await self.receive())["t"] == "GUILD_CREATE"
        return frame

    async def next(self, event: str = "INTERACTION_CREATE") -> Json:
        """The data of the next dispatch of one kind."""
        async with asyncio.timeout(5):
            while True:
                frame = await self.receive()
                assert "close" not in frame, frame
                if frame["t"] == event:
                    return frame["d"]

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        files: dict[str, bytes] | None = None,
        *,
        token: str | None = None,
    ) -> Answer:
        """One REST request under /api/v10; files make it a form."""
        headers = {"Authorization": f"Bot {token or self._playground.token}"}
        data: Any = None
        if files is not None:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body))
            for number, (name, content) in enumerate(files.items()):
                data.add_field(f"files[{number}]", io.BytesIO(content), filename=name)
        elif body is not None:
            data = json.dumps(body)
            headers["Content-Type"] = "application/json"
        url = self._playground.api_base + path
        async with self._session.request(method, url, data=data, headers=headers) as response:
            text = await response.text()
            kind = response.headers.get("Content-Type")
            parsed = json.loads(text) if kind == "application/json" else text
            return Answer(response.status, parsed, response.headers)

    async def acknowledge(self, interaction: Json, ack_type: int, data: Any = None) -> Answer:
        """Answer an interaction with a callback of a type."""
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        body = {"type": ack_type} | ({} if data is None else {"data": data})
        return await self.call("POST", path + "?with_response=1", body)
