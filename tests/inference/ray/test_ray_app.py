"""Ray Serve before two servers, as its clients see it; one is killed, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client.parser import text_string_to_metric_families

from generation.codec import encode_request
from generation.wire import engines_pb2
from generation.wire.dashboard_pb2 import EmptyRequest
from generation.wire.dashboard_pb2_grpc import DashboardServiceStub
from generation.wire.engines_pb2_grpc import EnginesServiceStub
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.options import Options
from inference.server import serve
from tests.inference.orders import order
from tests.inference.ray.clients import (
    METADATA,
    WITHIN_S,
    browser_of,
    channel_to,
    film,
    picture,
    result,
    start,
)
from tests.inference.ray.cluster import INGRESS, PYTHON, TOKEN, Cluster, cluster
from tests.inference.video.videos import BETA, form

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    import aiohttp

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not PYTHON.exists(), reason="Ray is missing: `make ray`"),
]

PICTURES, FILMS, KILLS = 24, 6, 2


@pytest.fixture(scope="module")
def ray(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cluster]:
    with cluster(tmp_path_factory.mktemp("films")) as running:
        yield running


@pytest.fixture
async def channel(ray: Cluster) -> AsyncGenerator[grpc.aio.Channel]:
    async with channel_to(ray.address) as opened:
        yield opened


@pytest.fixture
async def session(ray: Cluster) -> AsyncGenerator[aiohttp.ClientSession]:
    async with browser_of(ray) as opened:
        await until_well(opened)
        yield opened


async def test_a_picture_is_that_of_a_plain_server(channel: grpc.aio.Channel):
    async with (
        serve(Options(grpc_port=0, http_port=0, workers=1, token=TOKEN)) as plain,
        channel_to(plain.grpc_address) as alone,
    ):
        assert await picture(alone, 7) == await picture(channel, 7)


async def test_engines_account_and_health_are_told(channel: grpc.aio.Channel):
    engines = EnginesServiceStub(channel)
    listed = await engines.ListEngines(engines_pb2.ListEnginesRequest(), metadata=METADATA)
    assert "atelier-painter" in [engine.id for engine in listed.engine]
    account = DashboardServiceStub(channel)
    user = await account.GetMe(EmptyRequest(), metadata=METADATA)
    assert user.organizations[0].organization.payment_info.balance == 10_000
    health: Any = health_pb2_grpc.HealthStub(channel)
    for name in ("", "atelier-painter"):
        asked = health_pb2.HealthCheckRequest(service=name)
        told = await health.Check(asked, metadata=METADATA)
        assert told.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize(
    ("engine", "token", "code", "says"),
    [
        ("atelier-painter", "wrong", grpc.StatusCode.UNAUTHENTICATED, "the token is missing"),
        ("no-such-engine", TOKEN, grpc.StatusCode.NOT_FOUND, "no-such-engine"),
    ],
)
async def test_a_refusal_keeps_its_code_and_sentence(
    channel: grpc.aio.Channel, engine: str, token: str, code: grpc.StatusCode, says: str
):
    request = encode_request(order("a fox", engine_id=engine), "refused")
    metadata = (("authorization", f"Bearer {token}"),)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in GenerationServiceStub(channel).Generate(request, metadata=metadata):
            pass
    assert caught.value.code() is code
    assert says in (caught.value.details() or "")
    assert "Traceback" not in (caught.value.details() or "")


@pytest.mark.parametrize("ending", ["cancelled", "too late"])
async def test_what_a_client_waits_for_no_more_is_not_drawn(
    channel: grpc.aio.Channel, session: aiohttp.ClientSession, ending: str
):
    before = await finished(session)
    request = encode_request(
        order("sea", width=1024, height=1024, samples=10), f"given-up-{ending}"
    )
    within_s = 3.0 if ending == "too late" else None
    call = GenerationServiceStub(channel).Generate(request, metadata=METADATA, timeout=within_s)
    if ending == "cancelled":
        assert await call.read()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call.read()
    else:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            assert [answer async for answer in call]
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    async with asyncio.timeout(10):
        while await metric(session, "atelier_queue_running", "atelier_queue_waiting"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert await finished(session) - before < 10


async def test_the_health_and_the_metrics_are_those_of_both(
    session: aiohttp.ClientSession, channel: grpc.aio.Channel
):
    await picture(channel, 1)
    async with session.get("/metrics", headers={"Authorization": ""}) as answer:
        assert answer.status == 401
    assert await metric(session, "atelier_server_up") == 2
    assert await finished(session) >= 1


async def test_films_are_refused_in_the_servers_words(session: aiohttp.ClientSession):
    async with session.post(BETA, data=form(b"no picture")) as answer:
        assert answer.status == 400
        assert "image" in (await answer.json())["errors"][0]
    async with session.post(BETA, data=BytesIO(bytes(11 << 20))) as answer:
        assert answer.status == 413
        assert "10 MiB" in (await answer.json())["errors"][0]


async def test_killed_servers_lose_nothing(
    ray: Cluster, channel: grpc.aio.Channel, session: aiohttp.ClientSession
):
    expected = await picture(channel, 1, 512), await film(session, 1)
    drawing = [asyncio.create_task(picture(channel, seed, 512)) for seed in range(PICTURES)]
    filming = [asyncio.create_task(film(session, seed + 1)) for seed in range(FILMS)]
    for number in range(KILLS):
        await until_done(drawing, 2 + 6 * number)
        with suppress(ProcessLookupError):
            os.kill((await until_two(ray))[0], signal.SIGKILL)
    pictures, films = await asyncio.gather(*drawing), await asyncio.gather(*filming)
    assert (pictures[1], films[0]) == expected
    assert (len(set(pictures)), len(set(films))) == (PICTURES, FILMS)


async def until_well(session: aiohttp.ClientSession) -> None:
    """Both servers answer; one that was killed before is back."""
    wanted = {"status": "ok", "servers": {"1": "ok", "2": "ok"}}
    async with asyncio.timeout(WITHIN_S):
        while True:
            async with session.get("/healthz", headers={"Authorization": ""}) as answer:
                if answer.status == 200 and await answer.json() == wanted:
                    return
            await asyncio.sleep(0.1)


async def test_an_ingress_that_was_killed_finds_the_films_again(
    ray: Cluster, session: aiohttp.ClientSession
):
    videos = [await start(session, seed) for seed in (101, 102)]
    (process,) = ray.processes(INGRESS)
    os.kill(process, signal.SIGKILL)
    async with asyncio.timeout(WITHIN_S):
        for video_id in videos:
            while not (found := await result(session, video_id)):
                assert found is None
                await asyncio.sleep(0.2)


async def metric(session: aiohttp.ClientSession, *names: str, **labels: str) -> float:
    """The sum of the samples of those names and labels over both servers."""
    async with session.get("/metrics") as answer:
        text = await answer.text()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in names and labels.items() <= sample.labels.items()
    )


async def finished(session: aiohttp.ClientSession) -> float:
    """How many pictures and films have been finished."""
    return await metric(session, "atelier_results_total", outcome="finished")


async def until_done(drawing: list[asyncio.Task[bytes]], count: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while sum(task.done() for task in drawing) < count:  # noqa: ASYNC110 - any of many
            await asyncio.sleep(0.01)


async def until_two(ray: Cluster) -> list[int]:
    """The servers' processes, once there are two: one that was killed is started anew."""
    async with asyncio.timeout(WITHIN_S):
        while len(found := ray.processes()) < 2:  # noqa: ASYNC110 - of other processes
            await asyncio.sleep(0.1)
    return found
