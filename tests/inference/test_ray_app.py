"""Ray Serve before two servers: one is killed in the middle, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest

from generation.codec import encode_request
from generation.wire import engines_pb2, generation_pb2
from generation.wire.dashboard_pb2 import EmptyRequest
from generation.wire.dashboard_pb2_grpc import DashboardServiceStub
from generation.wire.engines_pb2_grpc import EnginesServiceStub
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.options import Options
from inference.server import serve
from tests.inference.orders import order
from tests.inference.ray_cluster import PYTHON, TOKEN, Cluster, cluster

if TYPE_CHECKING:
    from collections.abc import Generator

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not PYTHON.exists(), reason="Ray is missing: `make ray`"),
]

CALLS, KILLS = 24, 2
WITHIN_S = 120
LARGE = 64 << 20


@pytest.fixture(scope="module")
def ray() -> Generator[Cluster]:
    with cluster() as running:
        yield running


def channel_to(address: str) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(address, [("grpc.max_receive_message_length", LARGE)])


async def picture(channel: grpc.aio.Channel, seed: int, side: int = 256) -> bytes:
    """The picture of a request, repeated by its id where a replica died under it."""
    request = encode_request(order("a fox", width=side, height=side, seed=seed), f"request-{seed}")
    metadata = (("authorization", f"Bearer {TOKEN}"),)
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                call = GenerationServiceStub(channel).Generate(request, metadata=metadata)
                answers = [answer async for answer in call]
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                await asyncio.sleep(0.2)
                continue
            found = [
                artifact.binary
                for answer in answers
                for artifact in answer.artifacts
                if artifact.type == generation_pb2.ARTIFACT_IMAGE
            ]
            (only,) = found
            return only


async def test_a_picture_is_that_of_a_plain_server(ray: Cluster):
    async with (
        serve(Options(grpc_port=0, http_port=0, workers=1, token=TOKEN)) as plain,
        channel_to(plain.grpc_address) as one,
        channel_to(ray.address) as other,
    ):
        assert await picture(one, 7) == await picture(other, 7)


async def test_engines_and_account_are_told(ray: Cluster):
    metadata = (("authorization", f"Bearer {TOKEN}"),)
    async with channel_to(ray.address) as channel:
        engines = EnginesServiceStub(channel)
        listed = await engines.ListEngines(engines_pb2.ListEnginesRequest(), metadata=metadata)
        assert "atelier-painter" in [engine.id for engine in listed.engine]
        account = DashboardServiceStub(channel)
        user = await account.GetMe(EmptyRequest(), metadata=metadata)
        assert user.organizations[0].organization.payment_info.balance == 10_000


@pytest.mark.parametrize(
    ("engine", "token", "code", "says"),
    [
        ("atelier-painter", "wrong", grpc.StatusCode.UNAUTHENTICATED, "the token is missing"),
        ("no-such-engine", TOKEN, grpc.StatusCode.NOT_FOUND, "no-such-engine"),
    ],
)
async def test_a_refusal_keeps_its_code_and_sentence(
    ray: Cluster, engine: str, token: str, code: grpc.StatusCode, says: str
):
    request = encode_request(order("a fox", engine_id=engine), "refused")
    metadata = (("authorization", f"Bearer {token}"),)
    async with channel_to(ray.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in GenerationServiceStub(channel).Generate(request, metadata=metadata):
                pass
    assert caught.value.code() is code
    assert says in (caught.value.details() or "")
    assert "Traceback" not in (caught.value.details() or "")


async def test_killed_replicas_lose_nothing(ray: Cluster):
    async with channel_to(ray.address) as channel:
        expected = await picture(channel, 1, 512)
        drawing = [asyncio.create_task(picture(channel, seed, 512)) for seed in range(1, CALLS + 1)]
        for number in range(KILLS):
            await until_done(drawing, 2 + 6 * number)
            with suppress(ProcessLookupError):
                os.kill((await until_two(ray))[0], signal.SIGKILL)
        pictures = await asyncio.gather(*drawing)
    assert pictures[0] == expected
    assert len(set(pictures)) == CALLS


async def until_done(drawing: list[asyncio.Task[bytes]], count: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while sum(task.done() for task in drawing) < count:  # noqa: ASYNC110 - any of many
            await asyncio.sleep(0.01)


async def until_two(ray: Cluster) -> list[int]:
    """The replicas, once there are two: the one that was killed is started anew."""
    async with asyncio.timeout(WITHIN_S):
        while len(found := ray.replicas()) < 2:  # noqa: ASYNC110 - of other processes
            await asyncio.sleep(0.1)
    return found
