"""Reads the film out of an answer: streamed to disk under a cap, or as base64 within JSON."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from generation.errors import Filtered, GarbledAnswer
from generation.headers import LAST_FRAME_HEADER
from generation.rest.body import (
    CHUNK,
    CONTENT_FILTERED,
    MAX_ENVELOPE,
    SUCCESS,
    finish_of,
    read_at_most,
    seed_of,
    too_large,
)
from generation.video.mp4 import check_mp4

if TYPE_CHECKING:
    from aiohttp import ClientResponse


@dataclass(frozen=True, slots=True)
class Video:
    """A whole MP4 on disk, with the seed that the API used if it told.

    `has_last_frame` says that the server hands out its last frame without loss.
    """

    path: Path
    size_bytes: int
    seed: int | None = None
    has_last_frame: bool = False


async def keep_video(answer: ClientResponse, into: Path, max_bytes: int) -> Video:
    """Write the film of a 200 to disk; the file appears only when it is whole and an MP4.

    Raises:
        Filtered: the API withheld the film.
        GarbledAnswer: it is empty, too large, broken off or no MP4.
    """
    part = await asyncio.to_thread(_part, into)
    try:
        if answer.content_type.partition(";")[0] == "application/json":
            seed = await _from_json(answer, part, max_bytes)
        else:
            _check_finish(finish_of(answer.headers))
            seed = seed_of(answer.headers.get("seed"))
            await _stream(answer, part, max_bytes)
        size_bytes = await asyncio.to_thread(_settle, part, into)
        return Video(into, size_bytes, seed, LAST_FRAME_HEADER in answer.headers)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


async def _stream(answer: ClientResponse, part: Path, max_bytes: int) -> None:
    # What the header announces need not be read to be refused.
    if (answer.content_length or 0) > max_bytes:
        raise too_large(max_bytes)
    written = 0
    async for chunk in answer.content.iter_chunked(CHUNK):
        written += len(chunk)
        if written > max_bytes:
            raise too_large(max_bytes)
        await asyncio.to_thread(_append, part, chunk)


async def _from_json(answer: ClientResponse, part: Path, max_bytes: int) -> int | None:
    limit = max_bytes * 4 // 3 + MAX_ENVELOPE
    if (answer.content_length or 0) > limit:
        raise too_large(max_bytes)
    body = await read_at_most(answer, limit)
    return await asyncio.to_thread(_unwrap, body, part, max_bytes)


def _unwrap(body: bytes, part: Path, max_bytes: int) -> int | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise GarbledAnswer("the answer is no whole JSON") from error
    if not isinstance(told, dict):
        raise GarbledAnswer("the answer is no JSON object")
    fields = cast("dict[str, Any]", told)
    _check_finish(finish_of(fields))
    video = fields.get("video")
    if not isinstance(video, str):
        raise GarbledAnswer("the answer holds no film")
    try:
        data = base64.b64decode(video, validate=True)
    except (binascii.Error, ValueError) as error:
        raise GarbledAnswer("the film is no whole base64") from error
    if len(data) > max_bytes:
        raise too_large(max_bytes)
    _append(part, data)
    return seed_of(fields.get("seed"))


def _check_finish(reason: Any) -> None:
    if reason == CONTENT_FILTERED:
        raise Filtered("film")
    if reason != SUCCESS:
        raise GarbledAnswer("the film did not finish well")


def _part(into: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=into.parent, prefix=f".{into.name}.", suffix=".part")
    os.close(handle)
    return Path(name)


def _append(part: Path, data: bytes) -> None:
    with part.open("ab") as file:
        file.write(data)


def _settle(part: Path, into: Path) -> int:
    """Check the whole file, then let it appear; its size in bytes."""
    size = part.stat().st_size
    with part.open("rb") as file:
        check_mp4(file, size)
    part.replace(into)
    return size
