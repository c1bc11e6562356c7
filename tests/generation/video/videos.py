"""What the tests of the video client share: a picture, a client, and a pace that notes."""

from __future__ import annotations

import struct
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from generation.video.client import VideoClient, VideoEndpoint, VideoRequest, VideoTimeouts
from tests.generation.video.scripted_rest import KEY, ScriptedRest, serving

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.generation.video.scripted_rest import Script

SHORT = timedelta(seconds=0.2)
IMPATIENT = VideoTimeouts(answer=SHORT, idle=SHORT)


def png(width: int = 1024, height: int = 576) -> bytes:
    """A PNG's header: the client reads no further."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"rest"


REQUEST = VideoRequest(png(), seed=7, cfg_scale=2.5, motion_bucket_id=40)


class NotingPace:
    """Stands in for the account's bucket: notes who waits, and what pauses are asked for."""

    def __init__(self) -> None:
        self.slots = 0
        self.pauses: list[timedelta] = []

    async def wait(self) -> None:
        self.slots += 1

    async def hold_off(self, pause: timedelta) -> None:
        self.pauses.append(pause)


@asynccontextmanager
async def asking(
    *scripts: Script, version: Any = "v2beta", **settings: Any
) -> AsyncGenerator[tuple[VideoClient, ScriptedRest]]:
    """A client and the backend that it asks."""
    backend = ScriptedRest(*scripts)
    async with serving(backend) as base:
        endpoint = VideoEndpoint(base, KEY, version)
        async with VideoClient(endpoint, **settings) as client:
            yield client, backend
