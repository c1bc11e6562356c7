"""A server as its replica reaches it: a call's time, and a call that is given up."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import grpc
import pytest

from generation.codec import encode_request
from inference.options import Options
from inference.ray.messages import Call, End
from inference.ray.replica import LocalServer
from tests.inference.orders import order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

GENERATE = "/gooseai.GenerationService/Generate"
CHECK = "/grpc.health.v1.Health/Check"


@pytest.fixture
async def server() -> AsyncGenerator[LocalServer]:
    async with LocalServer(Options(grpc_port=0, http_port=0, workers=1)) as opened:
        yield opened


def call(samples: int, within_s: float | None = None) -> Call:
    side = 1024 if samples > 1 else 64
    request = encode_request(order("sea", width=side, height=side, samples=samples), "request")
    return Call(GENERATE, request.SerializeToString(), (), "client", within_s)


def check(client: str) -> Call:
    return Call(CHECK, b"", (), client)


async def until_idle(server: LocalServer) -> None:
    async with asyncio.timeout(10):
        while await server.queue():  # noqa: ASYNC110 - of a server
            await asyncio.sleep(0.01)


async def test_a_call_ends_with_what_the_server_says_beside_its_answers(server: LocalServer):
    *answers, end = [part async for part in server.answers(call(1))]
    assert answers
    assert end == End(0, "", (("atelier-journal", "miss"),))


async def test_a_call_takes_no_longer_than_its_client_waits(server: LocalServer):
    *_, end = [part async for part in server.answers(call(10, within_s=0.5))]
    assert isinstance(end, End)
    assert end.code == grpc.StatusCode.DEADLINE_EXCEEDED.value[0]
    await until_idle(server)


async def test_a_call_that_is_given_up_is_not_drawn(server: LocalServer):
    async with aclosing(server.answers(call(10))) as answers:
        await anext(answers)
        assert await server.queue()
    await until_idle(server)


async def test_calls_of_many_others_do_not_end_one_in_progress(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("inference.ray.channels.MAX_CLIENTS", 2)
    async with aclosing(server.answers(call(2))) as answers:
        await anext(answers)
        for number in range(3):
            *_, checked = [part async for part in server.answers(check(f"client {number}"))]
            assert checked == End(0, "", ())
        *_, end = [part async for part in answers]
    assert end == End(0, "", (("atelier-journal", "miss"),))
