"""Films over real sockets: a server in this process whose queue can be held up, and its client."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import av
import numpy as np
from aiohttp.test_utils import TestServer

from generation.catalogue.catalogue import OWN_SERVER
from inference.http import Site
from inference.registry import open_registry
from inference.scheduler import Scheduler
from inference.video.engines import FilmEngines
from inference.video.service import VideoService
from inference.video.store import VideoStore
from tests.inference.orders import png

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from inference.backends.backend import Backend, DrawContext

BETA = "/v2beta/image-to-video"
ALPHA = "/v2alpha/generation/image-to-video"
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


def scenery(width: int = 768, height: int = 768) -> NDArray[np.uint8]:
    """A picture with soft and hard edges, by which a movement can be told."""
    x, y = np.arange(width) / width, np.arange(height).reshape(-1, 1) / height
    planes = [
        255 * x + 0 * y,
        255 * y + 0 * x,
        160 * ((x * 8).astype(int) + (y * 6).astype(int) & 1),
    ]
    return np.stack(planes, axis=2).astype(np.uint8)


def scenery_png(width: int = 768, height: int = 768) -> bytes:
    """The same, encoded."""
    return png(scenery(width, height))


def form(image: bytes | None = None, **fields: object) -> aiohttp.FormData:
    """The body of a start; an image of None is left out."""
    body = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        body.add_field(name, str(value))
    if image is not None:
        body.add_field("image", BytesIO(image), filename="picture", content_type="image/png")
    return body


def frames_of(video: bytes) -> list[NDArray[np.uint8]]:
    """The frames of a film as PyAV decodes them."""
    with av.open(BytesIO(video), "r") as container:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in container.decode(video=0)
        ]


async def until_over(client: aiohttp.ClientSession, path: str) -> tuple[int, bytes]:
    """What is answered when it is no longer "in-progress"."""
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline:
        async with client.get(path) as response:
            body = await response.read()
            if response.status != 202:
                return response.status, body
        await asyncio.sleep(0.05)
    raise AssertionError("the film was not over in time")


@dataclass
class House:
    """A server, a client of it, and the queue between the requests and the painters."""

    client: aiohttp.ClientSession
    scheduler: Scheduler
    store: VideoStore
    backend: Backend
    gate: threading.Event
    port: int

    async def start(self, path: str = BETA, **fields: Any) -> str:
        """Start a film that must be accepted; its id."""
        fields.setdefault("image", scenery_png())
        async with self.client.post(path, data=form(**fields)) as response:
            assert response.status == 200, await response.text()
            assert response.content_type == "application/json"
            video_id = (await response.json())["id"]
        assert len(video_id) == 64
        return video_id

    async def until_finished(self, path: str) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a result, as soon as it is there."""
        status, body = await until_over(self.client, path)
        assert status == 200, body
        async with self.client.get(path) as response:
            return dict(response.headers), await response.read()

    async def finished(self, video_id: str, key: str) -> dict[str, str]:
        """The headers of a film of that key, as soon as it is there."""
        path, headers = f"{BETA}/result/{video_id}", {"Authorization": f"Bearer {key}"}
        while True:
            async with self.client.get(path, headers=headers) as response:
                if response.status != 202:
                    assert response.status == 200, await response.text()
                    return dict(response.headers)
            await asyncio.sleep(0.05)

    def hold_up(self) -> None:
        """Keep every worker busy until `let_go`."""

        def wait(_index: int, context: DrawContext) -> bytes:
            while not self.gate.wait(0.005) and not context.is_stopped():
                pass
            return b""

        self.scheduler.enlist("elsewhere", 1, wait, self.backend, is_film=True)

    def let_go(self) -> None:
        """Let the queue move on."""
        self.gate.set()


@asynccontextmanager
async def open_house(
    folder: Path,
    *,
    token: str = "",
    max_calls: int = 4,
    keep: timedelta = DAY,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncGenerator[House]:
    """A server on a free port with one worker, whose films lie in the folder."""
    async with AsyncExitStack() as stack:
        registry = stack.enter_context(closing(open_registry(OWN_SERVER)))
        scheduler = await stack.enter_async_context(Scheduler(1, max_calls))
        store = VideoStore(folder, keep, now)
        video_service = await stack.enter_async_context(
            VideoService(FilmEngines(registry.filming), scheduler, store, SECOND)
        )
        server = TestServer(Site(registry, scheduler, video_service, token).application)
        stack.push_async_callback(server.close)
        await server.start_server()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = await stack.enter_async_context(
            aiohttp.ClientSession(server.make_url("/"), headers=headers)
        )
        assert server.port is not None
        backend = registry.filming[0].backend
        yield House(client, scheduler, store, backend, threading.Event(), server.port)
