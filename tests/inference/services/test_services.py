"""The engines, the account, reflection, and how the server stands up to being full."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import grpc
import grpc.aio
import pytest

from generation.catalogue.catalogue import load
from generation.codec import encode_request
from generation.image.client import Endpoint, ImageClient
from generation.wire import dashboard_pb2, engines_pb2
from generation.wire.dashboard_pb2_grpc import DashboardServiceStub
from generation.wire.engines_pb2_grpc import EnginesServiceStub
from generation.wire.generation_pb2_grpc import (
    GenerationServiceStub,
    add_GenerationServiceServicer_to_server,
)
from inference.backends.painter.pool import PainterPool
from inference.journal import Journal
from inference.options import Options, StartError
from inference.registry import EngineRegistry, ServedEngine
from inference.scheduler import Scheduler
from inference.server import serve
from inference.services.generation import DrawingService
from inference.services.transforms import TransformService
from tests.inference.installed import PAINTERS, SERVED
from tests.inference.orders import order
from tests.inference.video.videos import ALPHA, BETA

if TYPE_CHECKING:
    from pathlib import Path

    from generation.request import ImageRequest
    from inference.backends.backend import DrawContext
    from inference.server import Running


async def test_the_engines_are_listed_and_own_up_to_having_no_model(channel: grpc.aio.Channel):
    listed = await EnginesServiceStub(channel).ListEngines(engines_pb2.ListEnginesRequest())
    assert [engine.id for engine in listed.engine] == [*SERVED]
    for engine in listed.engine:
        assert engine.ready
        is_film = engine.id == "atelier-painter-film"
        assert engine.type == (engines_pb2.VIDEO if is_film else engines_pb2.PICTURE)
        assert ("(demo)" in engine.name) is (engine.id in PAINTERS)
        assert ("without a model" in engine.description) is (engine.id in PAINTERS)


async def test_the_kinds_of_control_pictures_are_told(tmp_path: Path):
    file = tmp_path / "engines.toml"
    file.write_text(
        '[[engine]]\nid = "easel"\nbackend = "painter"\ncontrols = ["canny", "depth"]\n'
        '[[engine]]\nid = "plain"\nbackend = "painter"\n'
    )
    async with (
        serve(Options(grpc_port=0, http_port=0, engines=file)) as server,
        ImageClient(Endpoint(server.grpc_address)) as client,
    ):
        found = {engine.id: engine.controls for engine in await client.engines()}
    assert found == {"easel": ("canny", "depth"), "plain": ()}


@pytest.mark.parametrize(
    ("engine_id", "code", "words"),
    [
        ("atelier-painter-film", grpc.StatusCode.INVALID_ARGUMENT, "over REST"),
        ("atelier-painter-fil", grpc.StatusCode.NOT_FOUND, "Did you mean atelier-painter?"),
    ],
)
async def test_pictures_are_not_drawn_by_what_makes_videos(
    channel: grpc.aio.Channel, engine_id: str, code: grpc.StatusCode, words: str
):
    request = encode_request(order("sea", engine_id=engine_id), "r")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in GenerationServiceStub(channel).Generate(request):
            pass
    assert caught.value.code() is code
    assert words in (caught.value.details() or "")


async def test_the_balance_is_found_the_way_the_sdk_looks_for_it(channel: grpc.aio.Channel):
    stub = DashboardServiceStub(channel)
    me = await stub.GetMe(dashboard_pb2.EmptyRequest())
    (member,) = me.organizations
    assert member.is_default
    found = await stub.GetOrganization(
        dashboard_pb2.GetOrganizationRequest(id=member.organization.id)
    )
    assert found.payment_info.balance == Options().balance
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.GetOrganization(dashboard_pb2.GetOrganizationRequest(id="other"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_reflection_names_the_services(channel: grpc.aio.Channel):
    call = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")

    async def questions():
        yield b"\x3a\x00"

    answers = [answer async for answer in call(questions())]
    for service in (b"GenerationService", b"EnginesService", b"DashboardService"):
        assert b"gooseai." + service in answers[0]


async def test_a_full_server_says_when_to_come_back():
    options = Options(grpc_port=0, http_port=0, workers=1, max_calls=1)
    async with serve(options) as server, grpc.aio.insecure_channel(server.grpc_address) as channel:
        stub = GenerationServiceStub(channel)
        large = encode_request(order("city", width=512, height=512, samples=9), "first")
        first = stub.Generate(large)
        await anext(aiter(first))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in stub.Generate(encode_request(order("sea"), "second")):
                pass
        first.cancel()
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert int(dict(caught.value.trailing_metadata() or ())["retry-after"]) >= 1


async def test_a_sign_of_life_comes_before_a_slow_picture():
    options = Options(grpc_port=0, http_port=0, heartbeat=timedelta(milliseconds=10))
    async with serve(options) as server, grpc.aio.insecure_channel(server.grpc_address) as channel:
        request = encode_request(order("city", width=1024, height=1024), "r")
        answers = [answer async for answer in GenerationServiceStub(channel).Generate(request)]
    assert not answers[0].artifacts
    assert len(answers[-1].artifacts) == 1
    assert len({answer.answer_id for answer in answers}) == len(answers) > 2


class TornCanvas(PainterPool):
    """A backend with a fault."""

    def draw(self, request: ImageRequest, seed: int, context: DrawContext) -> bytes:
        raise MemoryError


async def test_a_fault_of_the_backend_is_ours_and_tells_no_secrets(
    caplog: pytest.LogCaptureFixture,
):
    engine = load().get("atelier-painter")
    registry = EngineRegistry([ServedEngine(engine, TornCanvas())])
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    async with Scheduler(workers=1, max_calls=1) as scheduler:
        drawing = DrawingService(
            registry, scheduler, Journal(1), timedelta(seconds=1), TransformService()
        )
        add_GenerationServiceServicer_to_server(drawing, server)
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = GenerationServiceStub(channel).Generate(encode_request(order("sesame"), "r"))
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                async for _ in call:
                    pass
        await server.stop(None)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert caught.value.details() == "the picture failed (MemoryError)"
    assert "A picture failed." in caplog.text
    assert "sesame" not in caplog.text


async def test_an_own_catalogue_is_served(tmp_path: Path):
    file = tmp_path / "engines.toml"
    file.write_text(
        '[[engine]]\nid = "easel"\nbackend = "painter"\naliases = ["old-easel"]\nmax_samples = 2\n'
        '[[engine]]\nid = "hosted"\n'
    )
    async with serve(Options(grpc_port=0, http_port=0, engines=file)) as server:
        assert str(server).endswith("engines easel (a painter without a model)")
        async with grpc.aio.insecure_channel(server.grpc_address) as channel:
            request = encode_request(order("sea", engine_id="old-easel", width=64, height=64), "r")
            answers = [a async for a in GenerationServiceStub(channel).Generate(request)]
        async with aiohttp.ClientSession(f"http://{server.http_address}") as client:
            for method, path in (("POST", BETA), ("GET", f"{ALPHA}/result/{'0' * 64}")):
                async with client.request(method, path) as response:
                    told = await response.json()
                assert (response.status, told["name"]) == (404, "not_found")
                assert "makes no films" in told["errors"][0]
    assert answers[-1].meta.engine_id == "easel"


async def test_a_taken_port_is_named(server: Running):
    for field, address in (("grpc_port", server.grpc_address), ("http_port", server.http_address)):
        options = replace(Options(grpc_port=0, http_port=0), **{field: _port_of(address)})
        with pytest.raises(StartError, match=f"{address} cannot be opened"):
            async with serve(options):
                pass


def _port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "No such file"),
        ("[[engine", "engines.toml"),
        ('[[engine]]\nid = "x"\n', "no engine in it names a backend"),
        ('[[engine]]\nid = "x"\nbackend = "magic"\n', "x wants the backend magic"),
    ],
)
async def test_an_unusable_catalogue_is_named(tmp_path: Path, text: str | None, expected: str):
    file = tmp_path / "engines.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(StartError, match=expected):
        async with serve(Options(grpc_port=0, http_port=0, engines=file)):
            pass


async def test_unusable_tls_files_are_named(tmp_path: Path):
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    for options, expected in (
        (Options(certificate=bad), "both --tls-cert and --tls-key"),
        (Options(grpc_port=0, certificate=bad, private_key=tmp_path / "none"), "cannot be read"),
        (Options(grpc_port=0, http_port=0, certificate=bad, private_key=bad), "TLS files"),
    ):
        with pytest.raises(StartError, match=expected):
            async with serve(options):
                pass
