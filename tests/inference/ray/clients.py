"""Clients of a server that may die: they repeat what was not answered, by its request's id."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import grpc
import grpc.aio

from generation.codec import encode_request
from generation.wire import generation_pb2
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from tests.inference.orders import order
from tests.inference.ray.cluster import TOKEN
from tests.inference.video.videos import BETA, form, scenery_png

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.inference.ray.cluster import Cluster

METADATA = (("authorization", f"Bearer {TOKEN}"),)
WITHIN_S = 120
LARGE = 64 << 20
_PAUSE_S = 0.2
_AWAY = (502, 503)


def channel_to(address: str) -> grpc.aio.Channel:
    """A channel that takes large pictures."""
    return grpc.aio.insecure_channel(address, [("grpc.max_receive_message_length", LARGE)])


@asynccontextmanager
async def browser_of(ray: Cluster) -> AsyncGenerator[aiohttp.ClientSession]:
    """A session with the HTTP side, with its token."""
    async with aiohttp.ClientSession(ray.http, headers=dict((METADATA[0],))) as session:
        yield session


async def picture(channel: grpc.aio.Channel, seed: int, side: int = 256) -> bytes:
    """The picture of a request, repeated by its id where a server died under it."""
    request = encode_request(order("a fox", width=side, height=side, seed=seed), f"request-{seed}")
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                call = GenerationServiceStub(channel).Generate(request, metadata=METADATA)
                answers = [answer async for answer in call]
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                await asyncio.sleep(_PAUSE_S)
                continue
            found = [
                artifact.binary
                for answer in answers
                for artifact in answer.artifacts
                if artifact.type == generation_pb2.ARTIFACT_IMAGE
            ]
            (only,) = found
            return only


async def film(session: aiohttp.ClientSession, seed: int) -> bytes:
    """The film of a start, repeated by its id where its server died under it."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            video_id = await start(session, seed)
            while (found := await result(session, video_id)) is None:  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE_S)
            if found:
                return found


async def start(session: aiohttp.ClientSession, seed: int) -> str:
    """The id of a film that is started."""
    headers = {"atelier-request-id": f"film-{seed}"}
    while True:
        body = form(scenery_png(), seed=seed)
        async with session.post(BETA, data=body, headers=headers) as answer:
            if answer.status not in _AWAY:
                assert answer.status == 200, await answer.text()
                return str((await answer.json())["id"])
        await asyncio.sleep(_PAUSE_S)


async def result(session: aiohttp.ClientSession, video_id: str) -> bytes | None:
    """The film; None while it is not there yet, empty if it has been lost."""
    async with session.get(f"{BETA}/result/{video_id}") as answer:
        if answer.status == 202 or answer.status in _AWAY:
            return None
        if answer.status == 404:
            return b""
        assert answer.status == 200, await answer.text()
        return await answer.read()
