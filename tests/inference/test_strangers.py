"""Those without the token, and foreign pages: what they get, and what they cannot take."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import grpc
import grpc.aio
import pytest

from benchmarks.harness.process import rss_mb
from generation.wire import engines_pb2
from generation.wire.engines_pb2_grpc import EnginesServiceStub
from inference.access.limits import Limits
from inference.options import Options
from inference.server import serve
from tests.chaos.attacks import BODY, CHECK, GENERATE, HEAD, PREFACE, WATCH, send_messages
from tests.chaos.strangers import READY, Trial, limited, run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from inference.server import Running

REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
SHORT = timedelta(seconds=0.4)
LIMITS = Limits(
    http_connections=8,
    grpc_connections=4,
    calls=3,
    idle=SHORT,
    message=SHORT,
    grpc_handshake=SHORT,
)
NARROW = Options(grpc_port=0, http_port=0, workers=1, max_calls=1, limits=LIMITS)


@pytest.fixture
async def locked() -> AsyncGenerator[Running, None]:
    async with serve(Options(grpc_port=0, http_port=0, workers=1, token="secret")) as running:
        yield running


@pytest.fixture
async def narrow() -> AsyncGenerator[Running, None]:
    """A server that lets everybody in, but few at once and not for long."""
    async with serve(NARROW) as running:
        yield running


def port_of(address: str) -> int:
    return int(address.rsplit(":", 1)[1])


async def health(server: Running) -> int:
    url = f"http://{server.http_address}/healthz"
    async with aiohttp.request("GET", url, timeout=aiohttp.ClientTimeout(5)) as answer:
        return answer.status


async def code_of(call: grpc.aio.Call) -> grpc.StatusCode:
    async with asyncio.timeout(5):
        return await call.code()


@pytest.mark.parametrize("method", [GENERATE, WATCH, REFLECTION, "/nowhere/Call"])
async def test_a_call_without_the_token_ends_before_its_message(locked: Running, method: str):
    async with grpc.aio.insecure_channel(locked.grpc_address) as channel:
        calls = [channel.stream_stream(method)() for _ in range(50)]
        for call in calls:
            assert await code_of(call) is grpc.StatusCode.UNAUTHENTICATED


async def test_a_stranger_hears_of_health_and_nothing_of_it_is_read(locked: Running):
    async with grpc.aio.insecure_channel(locked.grpc_address) as channel:
        silent = channel.stream_unary(CHECK)()
        assert await asyncio.wait_for(silent, 5) == b"\x08\x01"


@pytest.mark.parametrize("method", [GENERATE, CHECK])
async def test_large_messages_of_strangers_take_no_memory(method: str):
    send = partial(send_messages, method=method, count=6, size=60_000_000)
    outcome = await run(Trial("messages", send, seconds=3.0))
    assert max(outcome.during.memory_mb) < max(outcome.before.memory_mb) + 30, str(outcome)
    assert max(outcome.during.health_ms) < 5000, str(outcome)


async def test_calls_that_stay_silent_are_few_and_end(narrow: Running):
    async with grpc.aio.insecure_channel(narrow.grpc_address) as channel:
        for method in (GENERATE, WATCH, REFLECTION):
            calls = [channel.stream_stream(method)() for _ in range(4)]
            codes = {await code_of(call) for call in calls}
            assert codes == {grpc.StatusCode.DEADLINE_EXCEEDED}
    connected = [grpc.aio.insecure_channel(narrow.grpc_address, ONE_EACH) for _ in range(3)]
    calls = [one.stream_stream(GENERATE)() for one in connected for _ in range(4)]
    codes = [await code_of(call) for call in calls]
    assert codes.count(grpc.StatusCode.RESOURCE_EXHAUSTED) >= 4
    for one in connected:
        await one.close()
    assert await health(narrow) == 200


ONE_EACH = (("grpc.use_local_subchannel_pool", 1),)


async def test_what_is_no_message_is_said(narrow: Running):
    async with grpc.aio.insecure_channel(narrow.grpc_address) as channel:
        empty = channel.stream_stream(GENERATE)()
        await empty.done_writing()
        assert await code_of(empty) is grpc.StatusCode.INVALID_ARGUMENT
        garbled = channel.unary_stream(GENERATE)(b"\xff\xff\xff")
        assert await code_of(garbled) is grpc.StatusCode.INVALID_ARGUMENT


async def closed_within(port: int, start: bytes, seconds: float, drip: bytes = b"") -> bool:
    """Whether the server hangs up on a connection that begins so and goes on byte by byte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    ended = asyncio.create_task(reader.read())
    until = time.monotonic() + seconds
    while not ended.done() and time.monotonic() < until:
        if drip and not writer.transport.is_closing():
            writer.write(drip)
        await asyncio.wait({ended}, timeout=0.05)
    is_closed = ended.done()
    ended.cancel()
    with suppress(asyncio.CancelledError, ConnectionError):
        await ended
    writer.transport.abort()
    return is_closed


@pytest.mark.parametrize(
    ("start", "drip"),
    [
        (b"", b""),
        (HEAD, b""),
        (HEAD, b"a"),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b""),
    ],
    ids=["idle", "half a head", "trickled head", "after an answer"],
)
async def test_http_connections_that_keep_us_waiting_are_closed(
    narrow: Running, start: bytes, drip: bytes
):
    assert await closed_within(port_of(narrow.http_address), start, 5, drip)


async def test_a_body_of_a_stranger_is_not_waited_for(locked: Running):
    assert await closed_within(port_of(locked.http_address), HEAD + BODY, 8, b"a")


@pytest.mark.parametrize("start", [b"", PREFACE[:10]])
async def test_grpc_connections_that_do_not_begin_are_closed(narrow: Running, start: bytes):
    assert await closed_within(port_of(narrow.grpc_address), start, 8)


async def test_health_answers_while_others_take_every_connection():
    limits = Limits(http_connections=8, grpc_connections=4)
    async with serve(Options(grpc_port=0, http_port=0, workers=1, limits=limits)) as server:
        for port, most in ((port_of(server.http_address), 8), (port_of(server.grpc_address), 4)):
            pairs = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
            assert await asyncio.wait_for(health(server), 5) == 200
            await asyncio.sleep(0.2)
            assert sum(not reader.at_eof() for reader, _ in pairs) <= most
            for _, writer in pairs:
                writer.transport.abort()


def test_a_process_without_files_left_answers_and_does_not_spin():
    files = 100
    process = subprocess.Popen(
        limited([sys.executable, "-m", "inference", "--grpc-port", "0", "--http-port", "0"], files),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = READY.search(process.stdout.readline())
        assert found
        asyncio.run(_exhaust(process.pid, int(found[1]), int(found[2])))
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert len(said) < 2000


async def _exhaust(pid: int, *ports: int) -> None:
    before, writers = rss_mb(pid), list[asyncio.StreamWriter]()
    for port in ports * 100:
        with suppress(OSError):
            writers.append((await asyncio.open_connection("127.0.0.1", port))[1])
    for _ in range(5):
        url = f"http://127.0.0.1:{ports[1]}/healthz"
        async with aiohttp.request("GET", url, timeout=aiohttp.ClientTimeout(5)) as answer:
            assert answer.status == 200
    assert rss_mb(pid) < before + 50
    for writer in writers:
        writer.transport.abort()


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "[::1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_without_a_token_no_foreign_page_is_answered(
    server: Running, headers: dict[str, str]
):
    async with aiohttp.ClientSession(f"http://{server.http_address}") as session:
        for method, path in (
            *(("GET", path) for path in ("/", "/healthz", "/nowhere")),
            *(("POST", path) for path in ("/v2beta/image-to-video", "/healthz")),
            ("GET", "/v2beta/image-to-video/result/1"),
        ):
            async with session.request(method, path, headers=headers) as answer:
                assert answer.status == 403, path


@pytest.mark.parametrize("name", ["origin", "referer", "sec-fetch-site"])
async def test_without_a_token_grpc_answers_no_page(server: Running, name: str):
    async with grpc.aio.insecure_channel(server.grpc_address) as channel:
        call = EnginesServiceStub(channel).ListEngines(
            engines_pb2.ListEnginesRequest(), metadata=((name, "http://127.0.0.1"),)
        )
        assert await code_of(call) is grpc.StatusCode.PERMISSION_DENIED


async def test_this_machine_is_answered(server: Running):
    port = port_of(server.http_address)
    async with aiohttp.ClientSession(f"http://{server.http_address}") as session:
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
            async with session.get("/", headers={"Host": host}) as answer:
                assert answer.status == 200
