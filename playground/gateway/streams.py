"""The transport compressions of Discord's gateway: zlib-stream, zstd-stream and none."""

from __future__ import annotations

import zlib
from typing import Protocol

import zstandard


class Stream(Protocol):
    """Turns one gateway message into what goes into one WebSocket frame."""

    def pack(self, text: str) -> str | bytes: ...


class Plain:
    """No compression: text frames."""

    def pack(self, text: str) -> str | bytes:
        return text


class ZlibStream:
    """One zlib context for the whole connection, flushed after each message."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj()

    def pack(self, text: str) -> str | bytes:
        return self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """One zstd context for the whole connection, a block flushed after each message."""

    def __init__(self) -> None:
        self._deflate = zstandard.ZstdCompressor().compressobj()

    def pack(self, text: str) -> str | bytes:
        flushed = self._deflate.flush
        return self._deflate.compress(text.encode()) + flushed(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


def stream_for(name: str | None) -> Stream | None:
    """The stream that a `compress` query asks for; None for a name that Discord does not know."""
    if name is None:
        return Plain()
    known: dict[str, type[Stream]] = {"zlib-stream": ZlibStream, "zstd-stream": ZstdStream}
    chosen = known.get(name)
    return None if chosen is None else chosen()
