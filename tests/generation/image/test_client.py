"""The client against an engine on loopback: pictures, engines and the balance."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest

from generation.adapters import NO_ADAPTERS, Adapters
from generation.errors import GarbledAnswer, Unauthorized, Unreachable
from generation.image.client import Endpoint, EngineInfo, ImageClient
from generation.image.pictures import check_picture
from generation.wire import dashboard_pb2, engines_pb2
from generation.wire import generation_pb2 as pb
from generation.wire.dashboard_pb2_grpc import (
    DashboardServiceServicer,
    add_DashboardServiceServicer_to_server,
)
from generation.wire.engines_pb2_grpc import (
    EnginesServiceServicer,
    add_EnginesServiceServicer_to_server,
)
from media.pool import MediaPool
from tests.generation.image.scripted import (
    KEY,
    REQUEST,
    ScriptedEngine,
    answer,
    answers,
    client,
    draw,
    fails,
    image,
    png,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from tests.generation.image.scripted import Context


async def test_one_picture() -> None:
    engine = ScriptedEngine(answers(answer(image(seed=99), engine_id=f"sd {KEY}")))
    (picture,) = await draw(engine)
    assert (picture.index, picture.seed, picture.finish) == (0, 99, "ok")
    assert (picture.png, picture.mime) == (png(), "image/png")
    assert (picture.width, picture.height) == (REQUEST.width, REQUEST.height)
    assert KEY not in repr(picture)


async def test_what_the_engine_is_sent() -> None:
    engine = ScriptedEngine()
    async with serving(engine) as host, client(host, key=KEY) as asking:
        assert [picture.seed async for picture in asking.generate(REQUEST, "job-1")] == [7]
    (request,), (metadata,) = engine.requests, engine.metadata
    assert (request.engine_id, request.request_id) == ("sd", "job-1")
    assert request.prompt[0].text == "a lighthouse in the fog"
    assert metadata["authorization"] == f"Bearer {KEY}"
    assert str(metadata["user-agent"]).startswith("atelier/")


async def test_without_a_key_none_is_sent() -> None:
    engine = ScriptedEngine()
    await draw(engine)
    assert "authorization" not in engine.metadata[0]


async def test_pictures_come_as_they_are_ready() -> None:
    seen = asyncio.Event()

    async def script(request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        yield answer(image(0, 7))
        await seen.wait()
        yield answer(image(1, 8))

    async with serving(ScriptedEngine(script)) as host, client(host) as asking:
        indexes: list[int] = []
        async for picture in asking.generate(replace(REQUEST, samples=2), "job-1"):
            indexes.append(picture.index)
            seen.set()
    assert indexes == [0, 1]


async def test_many_at_once() -> None:
    engine = ScriptedEngine()
    async with serving(engine) as host, client(host) as asking:

        async def one(number: int) -> int:
            return len([p async for p in asking.generate(REQUEST, f"job-{number}")])

        assert await asyncio.gather(*(one(number) for number in range(30))) == [1] * 30
    assert len({request.request_id for request in engine.requests}) == 30


async def test_nothing_that_a_member_typed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    engine = ScriptedEngine(fails(grpc.StatusCode.UNAVAILABLE), answers(answer(image())))
    async with serving(engine) as host, client(host, key=KEY) as asking:
        assert [p async for p in asking.generate(REQUEST, "job-1")]
    assert "lighthouse" not in caplog.text
    assert KEY not in caplog.text
    assert KEY not in repr(asking.endpoint)


async def test_a_jpeg_is_handed_on_as_png() -> None:
    (picture,) = await draw(ScriptedEngine(answers(answer(image(data=png(kind="JPEG"))))))
    assert picture.png.startswith(b"\x89PNG")
    assert picture.mime == "image/png"


@pytest.mark.parametrize(
    "data", [b"no picture", png()[:-30], png(size=(64, 128)), png(kind="GIF")],
    ids=["text", "truncated", "wrong size", "gif"],
)  # fmt: skip
async def test_what_is_no_picture_of_that_size_is_refused(data: bytes) -> None:
    with pytest.raises(GarbledAnswer):
        await draw(ScriptedEngine(answers(answer(image(data=data)))))


async def test_pictures_can_be_checked_in_another_process() -> None:
    good, bad = answers(answer(image())), answers(answer(image(data=png()[:-20])))
    async with (
        serving(ScriptedEngine(good, bad)) as host,
        MediaPool() as pool,
        ImageClient(Endpoint(host), check=partial(pool.run, check_picture)) as asking,
    ):
        assert [p.png async for p in asking.generate(REQUEST, "job-1")] == [png()]
        with pytest.raises(GarbledAnswer, match="breaks off"):
            await anext(asking.generate(REQUEST, "job-2"))


async def test_a_check_that_dies_has_not_verified() -> None:
    async def check(data: bytes, width: int, height: int) -> bytes:
        raise BrokenPipeError

    async with (
        serving(ScriptedEngine()) as host,
        ImageClient(Endpoint(host), check=check) as asking,
    ):
        with pytest.raises(GarbledAnswer, match="BrokenPipeError"):
            await anext(asking.generate(REQUEST, "job-1"))


LISTED = (
    engines_pb2.EngineInfo(
        id="sd", name="SD", description="Draws.", ready=True, type=engines_pb2.PICTURE
    ),
    engines_pb2.EngineInfo(id="svd", type=engines_pb2.VIDEO),
    engines_pb2.EngineInfo(id="new", type=99),  # pyright: ignore[reportArgumentType]
)


class Office(EnginesServiceServicer, DashboardServiceServicer):
    """Lists engines and keeps one account; None for an answer means that it is refused."""

    def __init__(
        self,
        user: dashboard_pb2.User | None = None,
        organization: dashboard_pb2.Organization | None = None,
        code: grpc.StatusCode = grpc.StatusCode.NOT_FOUND,
        listed: Sequence[engines_pb2.EngineInfo] = LISTED,
        controls: str = "",
        adapters: str = "",
    ) -> None:
        self.user = user
        self.organization = organization
        self.code = code
        self.asked: list[str] = []
        self.listed = listed
        self.controls = controls
        self.adapters = adapters

    async def ListEngines(
        self,
        request: engines_pb2.ListEnginesRequest,
        context: grpc.aio.ServicerContext[engines_pb2.ListEnginesRequest, engines_pb2.Engines],
    ) -> engines_pb2.Engines:
        await context.send_initial_metadata(
            (("atelier-controls", self.controls), ("atelier-adapters", self.adapters))
        )
        return engines_pb2.Engines(engine=self.listed)

    async def GetMe(
        self,
        request: dashboard_pb2.EmptyRequest,
        context: grpc.aio.ServicerContext[dashboard_pb2.EmptyRequest, dashboard_pb2.User],
    ) -> dashboard_pb2.User:
        if self.user is None:
            await context.abort(self.code)
        return self.user

    async def GetOrganization(
        self,
        request: dashboard_pb2.GetOrganizationRequest,
        context: grpc.aio.ServicerContext[
            dashboard_pb2.GetOrganizationRequest, dashboard_pb2.Organization
        ],
    ) -> dashboard_pb2.Organization:
        self.asked.append(request.id)
        if self.organization is None:
            await context.abort(self.code)
        return self.organization


@asynccontextmanager
async def visiting(office: Office, key: str = "") -> AsyncGenerator[ImageClient]:
    server = grpc.aio.server()
    add_EnginesServiceServicer_to_server(office, server)
    add_DashboardServiceServicer_to_server(office, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with client(f"127.0.0.1:{port}", key=key) as asking:
        yield asking
    await server.stop(None)


def member(name: str, *, is_default: bool = False) -> dashboard_pb2.OrganizationMember:
    return dashboard_pb2.OrganizationMember(
        organization=dashboard_pb2.Organization(id=name), is_default=is_default
    )


def owns(balance: float) -> dashboard_pb2.Organization:
    return dashboard_pb2.Organization(
        payment_info=dashboard_pb2.OrganizationPaymentInfo(balance=balance)
    )


ME = dashboard_pb2.User(organizations=[member("one"), member("two", is_default=True)])


async def test_engines() -> None:
    async with visiting(Office()) as asking:
        assert await asking.engines() == (
            EngineInfo("sd", "SD", "Draws.", ready=True, kind="image"),
            EngineInfo("svd", "svd", "", ready=False, kind="video"),
            EngineInfo("new", "new", "", ready=False, kind="unknown"),
        )


@pytest.mark.parametrize(
    ("told", "kinds"),
    [
        ('{"sd": ["canny", "depth"], "svd": []}', ("canny", "depth")),
        ("", ()),
        ("canny", ()),
        ('["canny"]', ()),
        ('{"sd": "canny"}', ()),
        ("[" * 4000, ()),
        ('{"sd": %s}' % (["x"] * 500), ()),
    ],
)
async def test_kinds_of_control_pictures(told: str, kinds: tuple[str, ...]) -> None:
    async with visiting(Office(controls=told)) as asking:
        first, *others = await asking.engines()
    assert first.controls == kinds
    assert all(not engine.controls for engine in others)


async def test_adapters_are_told_beside_the_engines() -> None:
    told = {"sd": {"loras": ["ink", "gra\u202ein"], "embeddings": ["zebra"], "more": True}}
    async with visiting(Office(adapters=json.dumps(told))) as asking:
        first, *others = await asking.engines()
    # A name that could not be shown as it is could not be asked for either.
    assert first.adapters == Adapters(("ink",), ("zebra",), has_more=True)
    assert all(engine.adapters == NO_ADAPTERS for engine in others)


async def test_an_engine_that_echoes_the_key_is_not_quoted() -> None:
    def told(text: str) -> engines_pb2.EngineInfo:
        return engines_pb2.EngineInfo(id=text, name=text, description=text)

    key = "the operator's own token"
    listed = [told(key), told("\u200b".join(f"an {key}")), told("x" * 5000)]
    async with visiting(Office(listed=listed), key) as asking:
        found = await asking.engines()
    assert key not in repr(found)
    assert {len(text) for one in found for text in (one.id, one.name, one.description)} <= {
        *range(201)
    }


async def test_engines_of_a_host_that_is_gone() -> None:
    async with visiting(Office()) as asking:
        pass
    async with client(asking.endpoint.host) as again:
        with pytest.raises(Unreachable):
            await again.engines()


@pytest.mark.parametrize(
    ("dollars", "expected_mc"),
    [(12.34, 1_234_000), (0.1, 10_000), (0.0000199, 1), (0, 0), (-0.5, -50_000)],
)
async def test_balance(dollars: float, expected_mc: int) -> None:
    office = Office(ME, owns(dollars))
    async with visiting(office) as asking:
        assert await asking.balance_mc() == expected_mc
    assert office.asked == ["two"]


@pytest.mark.parametrize(
    "office",
    [
        Office(code=grpc.StatusCode.UNIMPLEMENTED),
        Office(dashboard_pb2.User()),
        Office(ME),
        Office(ME, dashboard_pb2.Organization()),
        Office(ME, owns(math.nan)),
        Office(ME, owns(math.inf)),
    ],
    ids=["no accounts", "no organization", "gone", "no payment info", "nan", "inf"],
)
async def test_a_balance_that_is_not_kept(office: Office) -> None:
    async with visiting(office) as asking:
        assert await asking.balance_mc() is None


async def test_a_balance_needs_the_right_key() -> None:
    async with visiting(Office(code=grpc.StatusCode.UNAUTHENTICATED)) as asking:
        with pytest.raises(Unauthorized):
            await asking.balance_mc()
