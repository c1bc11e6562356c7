"""Tokens, and calls that are not offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import grpc
import grpc.aio
import pytest

from generation.wire import dashboard_pb2, engines_pb2, generation_pb2
from generation.wire.dashboard_pb2_grpc import DashboardServiceStub
from generation.wire.engines_pb2_grpc import EnginesServiceStub
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.access.auth import is_authorized
from inference.options import Options
from tests.inference.installed import SERVED

if TYPE_CHECKING:
    from inference.server import Running

TOKEN = "open-sesame"


@pytest.fixture
def options() -> Options:
    return Options(grpc_port=0, http_port=0, workers=1, token=TOKEN)


@pytest.mark.parametrize("header", ["Bearer open-sesame", "bearer open-sesame", "open-sesame"])
async def test_the_token_opens_the_gate(channel: grpc.aio.Channel, header: str):
    engines = await EnginesServiceStub(channel).ListEngines(
        engines_pb2.ListEnginesRequest(), metadata=(("authorization", header),)
    )
    assert [engine.id for engine in engines.engine] == [*SERVED]


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer other", "Basic open-sesame", "ö"])
async def test_without_the_token_nothing_is_said(channel: grpc.aio.Channel, header: str):
    metadata = (("authorization", header),) if header.isascii() and header else ()
    for call in (
        EnginesServiceStub(channel).ListEngines(
            engines_pb2.ListEnginesRequest(), metadata=metadata
        ),
        DashboardServiceStub(channel).GetMe(dashboard_pb2.EmptyRequest(), metadata=metadata),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert TOKEN not in (caught.value.details() or "")
    with pytest.raises(grpc.aio.AioRpcError) as streaming:
        async for _ in GenerationServiceStub(channel).Generate(generation_pb2.Request()):
            pass
    assert streaming.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_headers_of_any_bytes_are_only_wrong():
    assert not is_authorized("ö", TOKEN)
    assert not is_authorized(b"\xff\xfe", TOKEN)
    assert not is_authorized(None, TOKEN)
    assert is_authorized(None, "")


async def test_health_is_told_to_anyone(server: Running, channel: grpc.aio.Channel):
    check = channel.unary_unary("/grpc.health.v1.Health/Check")
    for service in ("", "gooseai.GenerationService"):
        name = service.encode()
        request = b"\x0a" + bytes([len(name)]) + name if name else b""
        assert await check(request) == b"\x08\x01"
    site = aiohttp.ClientSession(f"http://{server.http_address}")
    async with site as session, session.get("/healthz") as response:
        assert await response.json() == {"status": "ok"}


async def test_http_asks_for_the_token_as_well(server: Running):
    async with aiohttp.ClientSession(f"http://{server.http_address}") as session:
        async with session.get("/") as response:
            assert response.status == 401
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with session.get("/", headers=headers) as response:
            about = await response.json()
    backends = {engine["id"]: engine["backend"] for engine in about["engines"]}
    assert [*backends] == [*SERVED]
    assert backends["atelier-painter"] == "a painter without a model"


async def test_calls_that_are_not_offered_say_what_is(channel: grpc.aio.Channel):
    metadata = (("authorization", TOKEN),)
    unknown = channel.unary_unary("/gooseai.ProjectService/Create")
    charge = channel.unary_unary("/gooseai.DashboardService/CreateCharge")
    for call in (unknown(b"", metadata=metadata), charge(b"", metadata=metadata)):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
        assert "it offers Generate" in (caught.value.details() or "")
