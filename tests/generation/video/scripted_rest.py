"""An image-to-video API on loopback that answers byte for byte as a test tells it to."""

from __future__ import annotations

import asyncio
import json
import struct
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    Script = Callable[["Seen", asyncio.StreamWriter], Awaitable[None]]

KEY = "sk-abcdefghijklmnop"
ID = "a6dc6c6e20acda010fe14d71f180658f2896ed9b4ec25aa99a6ff06c796987c4"


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = field(repr=False, default=b"")

    @property
    def form(self) -> dict[str, bytes]:
        """The fields of a multipart body."""
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        parts: Any = BytesParser(policy=HTTP).parsebytes(head + self.body).iter_parts()
        return {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in parts
        }


class ScriptedRest:
    """Plays one script for each request, the last one for all further requests."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.requests: list[Seen] = []
        self.came = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while seen := await _read(reader):
                    await self._play(seen, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _play(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        self.requests.append(seen)
        self.came.set()
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        await script(seen, writer)
        await writer.drain()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def serving(backend: ScriptedRest) -> AsyncGenerator[str]:
    """The base address of a server that plays the scripts."""
    server = await asyncio.start_server(backend, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await backend.stop()


def replies(status: int, body: bytes = b"", **headers: str) -> Script:
    """A script that answers with a whole body; underscores in headers' names are hyphens."""
    return cut(status, body, len(body), **headers)


def cut(status: int, body: bytes, announced: int, **headers: str) -> Script:
    """A script that announces a length in bytes, whatever the body's is, then hangs up if short."""

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(_head(status, {"content-length": str(announced), **headers}) + body)
        if len(body) < announced:
            await writer.drain()
            writer.close()

    return script


def replies_json(status: int, told: object, **headers: str) -> Script:
    kind = {"content_type": "application/json", **headers}
    return replies(status, json.dumps(told).encode(), **kind)


def refuses(status: int, name: str, *errors: str, **headers: str) -> Script:
    """A script that refuses in the form of the API's documentation."""
    told = {"id": "ff54b236835ec9ad7f5bd2e2a1f0a1b2", "name": name, "errors": errors}
    return replies_json(status, told, **headers)


def gives_video(data: bytes, **headers: str) -> Script:
    told = {"content_type": "video/mp4", "finish_reason": "SUCCESS", "seed": "343940597"}
    return replies(200, data, **{**told, **headers})


async def hangs(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """A script that never answers."""
    await asyncio.Event().wait()


async def hangs_up(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """A script that closes the connection without a word."""
    writer.close()


def says(raw: bytes, then_hang: bool = False) -> Script:
    """A script that sends those very bytes."""

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        if then_hang:
            await asyncio.Event().wait()
        writer.close()

    return script


def pours(status: int, **headers: str) -> Script:
    """A script that sends a body without end and without an announced length."""

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(_head(status, {"transfer-encoding": "chunked", **headers}))
        piece = box(b"ftyp", b"x" * 0xFFF8)
        while True:
            writer.write(b"10000\r\n" + piece + b"\r\n")
            await writer.drain()

    return script


def box(kind: bytes, content: bytes) -> bytes:
    """One box of an MP4."""
    return struct.pack(">I4s", 8 + len(content), kind) + content


def mp4(frames: bytes = b"frames" * 1000) -> bytes:
    """The outermost boxes of a film, which no decoder would take."""
    return box(b"ftyp", b"isom\0\0\2\0") + box(b"moov", b"index") + box(b"mdat", frames)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{_name(k)}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _name(name: str) -> str:
    return name.replace("_", "-")


async def _read(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode().strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, path, headers, body)
