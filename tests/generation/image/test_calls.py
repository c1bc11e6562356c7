"""Calls to an engine on loopback: retries, deadlines, cancelling, limits and restarts."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest
from PIL import Image

from generation.errors import (
    BadRequest,
    Busy,
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    TooSlow,
    Unreachable,
)
from generation.image.client import Endpoint, ImageClient, RetryPolicy, Timeouts
from generation.wire import generation_pb2 as pb
from tests.generation.image.scripted import (
    NO_BALANCE,
    REQUEST,
    Pauses,
    ScriptedEngine,
    answer,
    answers,
    client,
    draw,
    fails,
    image,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.generation.image.scripted import Context

Code = grpc.StatusCode
BRIEF = Timeouts(
    unary=timedelta(seconds=0.3), generate=timedelta(seconds=0.3), idle=timedelta(seconds=5)
)


async def forever(request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
    yield answer()
    await asyncio.Event().wait()


@pytest.mark.parametrize("code", [Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED])
async def test_retried_until_it_works(code: Code) -> None:
    engine = ScriptedEngine(fails(code), fails(code), answers(answer(image())))
    pauses = Pauses()
    async with serving(engine) as host, client(host, pauses=pauses) as asking:
        assert len([picture async for picture in asking.generate(REQUEST, "job-1")]) == 1
    assert {request.request_id for request in engine.requests} == {"job-1"}
    first, second = pauses.seconds
    assert 0.25 <= first <= 0.5
    assert 0.5 <= second <= 0.75


async def test_retries_end() -> None:
    engine = ScriptedEngine(fails(Code.UNAVAILABLE, "down"))
    retries = RetryPolicy(attempts=6, longest=timedelta(seconds=1))
    pauses = Pauses()
    async with serving(engine) as host, client(host, pauses=pauses, retries=retries) as asking:
        with pytest.raises(Unreachable, match="down"):
            await anext(asking.generate(REQUEST, "job-1"))
    assert len(engine.requests) == 6
    assert len(pauses.seconds) == 5
    assert max(pauses.seconds) <= 1


@pytest.mark.parametrize(
    "code",
    [
        Code.UNKNOWN, Code.INVALID_ARGUMENT, Code.DEADLINE_EXCEEDED, Code.NOT_FOUND,
        Code.PERMISSION_DENIED, Code.UNAUTHENTICATED, Code.FAILED_PRECONDITION, Code.OUT_OF_RANGE,
        Code.UNIMPLEMENTED, Code.INTERNAL, Code.DATA_LOSS, Code.ALREADY_EXISTS,
    ],
)  # fmt: skip
async def test_what_would_fail_again_is_not_retried(code: Code) -> None:
    engine = ScriptedEngine(fails(code))
    with pytest.raises(GenerationError):
        await draw(engine)
    assert len(engine.requests) == 1


@pytest.mark.parametrize(
    "details", [NO_BALANCE, "SERVER: Received message larger than max (2 vs. 1)"]
)
async def test_exhausted_for_good_is_not_retried(details: str) -> None:
    engine = ScriptedEngine(fails(Code.RESOURCE_EXHAUSTED, details))
    with pytest.raises(GenerationError):
        await draw(engine)
    assert len(engine.requests) == 1


@pytest.mark.parametrize("first", [answer(), answer(image(0, 7))], ids=["keepalive", "picture"])
async def test_not_retried_after_the_first_answer(first: pb.Answer) -> None:
    engine = ScriptedEngine(fails(Code.UNAVAILABLE, "broke off", (first,)))
    with pytest.raises(Unreachable, match="broke off"):
        await draw(engine, replace(REQUEST, samples=2))
    assert len(engine.requests) == 1


@pytest.mark.parametrize(
    ("trailer", "seconds"),
    [
        (("retry-after", "1.5"), 1.5),
        (("retry-after-ms", "40"), 0.04),
        (("grpc-retry-pushback-ms", "700"), 0.7),
    ],
)
async def test_the_servers_pause_is_kept(trailer: tuple[str, str], seconds: float) -> None:
    engine = ScriptedEngine(
        fails(Code.RESOURCE_EXHAUSTED, trailers=(trailer,)), answers(answer(image()))
    )
    pauses = Pauses()
    async with serving(engine) as host, client(host, pauses=pauses) as asking:
        await anext(asking.generate(REQUEST, "job-1"))
    assert pauses.seconds == [seconds]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("60", timedelta(seconds=60)),
        ("1e300", timedelta(days=1)),
        ("-1", None),
        ("soon", None),
        ("nan", None),
    ],
)
async def test_a_long_pause_is_left_to_the_caller(value: str, expected: timedelta | None) -> None:
    engine = ScriptedEngine(fails(Code.RESOURCE_EXHAUSTED, trailers=(("retry-after", value),)))
    with pytest.raises(Busy) as caught:
        await draw(engine)
    assert caught.value.retry_after == expected
    assert len(engine.requests) == (4 if expected is None else 1)


async def test_deadline_reaches_the_server() -> None:
    engine = ScriptedEngine(forever)
    async with serving(engine) as host, client(host, timeouts=BRIEF) as asking:
        with pytest.raises(TooSlow):
            await anext(asking.generate(REQUEST, "job-1"))
        await asyncio.wait_for(engine.cancelled.wait(), 5)


async def test_deadline_holds_for_all_tries_together() -> None:
    engine = ScriptedEngine(fails(Code.UNAVAILABLE))
    slow = RetryPolicy(attempts=100)
    async with (
        serving(engine) as host,
        ImageClient(Endpoint(host), timeouts=BRIEF, retries=slow) as asking,
    ):
        with pytest.raises(TooSlow, match="no time left"):
            await anext(asking.generate(REQUEST, "job-1"))
    assert len(engine.requests) < 5


async def test_keepalives_reset_the_inactivity() -> None:
    async def script(request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        for _ in range(6):
            yield answer()
            await asyncio.sleep(0.1)
        yield answer(image())

    idle = Timeouts(idle=timedelta(seconds=0.4))
    async with serving(ScriptedEngine(script)) as host, client(host, timeouts=idle) as asking:
        assert len([picture async for picture in asking.generate(REQUEST, "job-1")]) == 1


async def test_silence_ends_the_call() -> None:
    engine = ScriptedEngine(forever)
    idle = Timeouts(idle=timedelta(seconds=0.1))
    async with serving(engine) as host, client(host, timeouts=idle) as asking:
        with pytest.raises(TooSlow, match=r"said nothing for 0\.1 s"):
            await anext(asking.generate(REQUEST, "job-1"))
        await asyncio.wait_for(engine.cancelled.wait(), 5)


async def after_one_picture(request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
    yield answer(image())
    await asyncio.Event().wait()


async def test_closing_the_generator_cancels_the_call() -> None:
    engine = ScriptedEngine(after_one_picture)
    async with serving(engine) as host, client(host) as asking:
        async with aclosing(asking.generate(replace(REQUEST, samples=2), "job-1")) as pictures:
            async for _ in pictures:
                break
        await asyncio.wait_for(engine.cancelled.wait(), 5)


@pytest.mark.parametrize("script", [after_one_picture, forever])
async def test_cancelling_the_task_cancels_the_call(script: object) -> None:
    engine = ScriptedEngine(script)  # pyright: ignore[reportArgumentType]
    async with serving(engine) as host, client(host) as asking:

        async def consume() -> None:
            async for _ in asking.generate(replace(REQUEST, samples=2), "job-1"):
                pass

        task = asyncio.create_task(consume())
        await engine.called.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(engine.cancelled.wait(), 5)


async def test_closing_the_client_ends_what_is_under_way() -> None:
    engine = ScriptedEngine(forever)
    async with serving(engine) as host:
        asking = client(host)
        async with asking:
            task = asyncio.create_task(anext(asking.generate(REQUEST, "job-1")))  # pyright: ignore[reportArgumentType]
            await engine.called.wait()
        with pytest.raises(Unreachable):
            await task
        with pytest.raises(RuntimeError, match="outside"):
            await anext(asking.generate(REQUEST, "job-1"))


async def test_the_channel_survives_a_restart() -> None:
    patient = RetryPolicy(
        attempts=50, first=timedelta(milliseconds=20), longest=timedelta(milliseconds=100)
    )
    async with serving(ScriptedEngine()) as host:
        pass
    async with ImageClient(Endpoint(host), retries=patient) as asking:
        for name in ("before", "after"):
            task = asyncio.create_task(anext(asking.generate(REQUEST, name)))  # pyright: ignore[reportArgumentType]
            await asyncio.sleep(0.05)
            engine = ScriptedEngine()
            async with serving(engine, int(host.rpartition(":")[2])):
                assert await task
            assert engine.requests[0].request_id == name


async def test_nobody_listens() -> None:
    async with serving(ScriptedEngine()) as host:
        pass
    pauses = Pauses()
    async with client(host, pauses=pauses) as asking:
        with pytest.raises(Unreachable):
            await asking.engines()
    assert len(pauses.seconds) == 3


async def test_a_host_that_never_speaks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        async with client(host, timeouts=BRIEF) as asking:
            with pytest.raises(TooSlow):
                await anext(asking.generate(REQUEST, "job-1"))
            with pytest.raises(TooSlow):
                await asking.engines()


async def test_large_messages_both_ways() -> None:
    noise = Image.frombytes("RGB", (1536, 1536), os.urandom(1536 * 1536 * 3))
    buffer = BytesIO()
    noise.save(buffer, "PNG", compress_level=0)
    engine = ScriptedEngine(answers(answer(image(data=buffer.getvalue()))))
    request = replace(REQUEST, width=1536, height=1536, init_image=buffer.getvalue())
    (picture,) = await draw(engine, request)
    assert len(picture.png) > 5 << 20
    assert engine.requests[0].prompt[1].artifact.binary == buffer.getvalue()


async def test_a_request_beyond_the_servers_limit() -> None:
    request = replace(REQUEST, init_image=bytes(5 << 20))
    async with serving(ScriptedEngine(), options=[]) as host, client(host) as asking:
        with pytest.raises(BadRequest) as caught:
            await anext(asking.generate(request, "job-1"))
    assert caught.value.field == "image"


async def test_a_request_beyond_the_clients_limit() -> None:
    with pytest.raises(BadRequest) as caught:
        await draw(ScriptedEngine(), replace(REQUEST, init_image=bytes(65 << 20)))
    assert caught.value.field == "image"


async def test_an_answer_beyond_the_clients_limit() -> None:
    with pytest.raises(GarbledAnswer):
        await draw(ScriptedEngine(answers(answer(image(data=bytes(65 << 20))))))


async def test_bytes_that_are_no_message(caplog: pytest.LogCaptureFixture) -> None:
    async def garbage(request: bytes, context: object) -> AsyncIterator[bytes]:
        yield b"\xff\xff\xff"

    handler = grpc.method_handlers_generic_handler(
        "gooseai.GenerationService",
        {"Generate": grpc.unary_stream_rpc_method_handler(garbage)},  # pyright: ignore[reportArgumentType]
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with client(f"127.0.0.1:{port}") as asking:
        with pytest.raises(GarbledAnswer):
            await anext(asking.generate(REQUEST, "job-1"))
    await server.stop(None)


async def test_a_host_of_another_service() -> None:
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with client(f"127.0.0.1:{port}") as asking:
        with pytest.raises(Misconfigured):
            await anext(asking.generate(REQUEST, "job-1"))
    await server.stop(None)
