"""The bodies that the ingress reads: whose, how many at once, how large and for how long."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from inference.access.limits import Limits
from inference.options import Options
from inference.ray.bodies import Bodies
from inference.refusals import Refusal
from inference.video.upload import MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

OPTIONS = Options(token="secret", limits=Limits(uploads_each=1, uploads_waiting=1))


class Post:
    """A request as Starlette gives it, whose body arrives in chunks; without an end it stalls."""

    def __init__(
        self, *chunks: bytes, ends: bool = True, token: str = "secret", client: str = "127.0.0.1"
    ) -> None:
        self.method = "POST"
        self.headers = {"authorization": f"Bearer {token}"}
        self.client = SimpleNamespace(host=client)
        self.begun = asyncio.Event()
        self._chunks, self._ends = chunks, ends

    async def stream(self) -> AsyncGenerator[bytes]:
        self.begun.set()
        for chunk in self._chunks:
            yield chunk
        if not self._ends:
            await asyncio.Event().wait()


async def read(bodies: Bodies, post: Post) -> bytes:
    return await bodies.read(post)  # type: ignore[arg-type]


async def refused(bodies: Bodies, post: Post) -> HTTPStatus:
    with pytest.raises(Refusal) as caught:
        await read(bodies, post)
    return caught.value.status


async def test_a_body_is_read_for_who_has_the_token():
    bodies = Bodies(OPTIONS)
    assert await read(bodies, Post(b"a ", b"body")) == b"a body"
    assert await read(bodies, Post(b"a body", token="wrong")) == b""


async def test_a_body_that_is_too_large_is_refused():
    half = bytes(MAX_BODY_BYTES // 2)
    assert len(await read(Bodies(OPTIONS), Post(half, half))) == MAX_BODY_BYTES
    assert await refused(Bodies(OPTIONS), Post(half, half, b"1")) == 413


async def test_a_body_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("inference.ray.bodies.PATIENCE_S", 0.01)
    bodies = Bodies(OPTIONS)
    async with asyncio.timeout(5):
        assert await refused(bodies, Post(b"the beginning", ends=False)) == 408
    assert await read(bodies, Post(b"the next")) == b"the next"


async def test_each_client_has_a_share():
    bodies, stalled = Bodies(OPTIONS), Post(ends=False)
    reading = asyncio.create_task(read(bodies, stalled))
    await stalled.begun.wait()
    assert await refused(bodies, Post(b"one more")) == 429
    assert await read(bodies, Post(b"another's", client="127.0.0.2")) == b"another's"
    reading.cancel()
