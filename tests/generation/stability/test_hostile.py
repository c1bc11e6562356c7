"""A service that means harm, or is another one: each answer ends in one error of ours, and soon."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from generation.errors import AnswerLost, BadRequest, Busy, Declined, GenerationError, TooSlow
from generation.server_text import MAX_DETAIL, MAX_RETRY_AFTER
from generation.stability.address import StabilityTimeouts
from generation.stability.submit import submit_picture
from tests.generation.stability.asking import ULTRA, asking, flat, request
from tests.generation.stability.service import KEY, RATE, Service, refuses, says

if TYPE_CHECKING:
    from tests.generation.stability.service import Script

SUBMIT = submit_picture(request(), ULTRA)
SOON = StabilityTimeouts(
    read=timedelta(seconds=0.3), whole=timedelta(seconds=0.6), small=timedelta(seconds=0.3)
)
HOUR = timedelta(hours=1)
MINUTE = timedelta(seconds=60)


async def refused(script: Script, **settings: Any) -> GenerationError:
    """The error that a submit meets."""
    async with asking(Service(scripts=[script]), **settings) as (client, _):
        with pytest.raises(GenerationError) as caught:
            await client.draw(SUBMIT)
        return caught.value


def told(body: Any) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "body",
    [
        *(b"[]", b"7", b"null", b'"text"', b"{", b"\xff\xfe", b"[" * 50_000, b"9" * 5000),
        told({"errors": {"image": "no"}, "name": ["bad_request"]}),
        told({"errors": [7, None, ["prompt: no"]], "name": 7}),
        told({"errors": "prompt: no", "name": None}),
        told({"message": {"a": 1}}),
    ],
)
async def test_a_refusal_of_any_shape_is_a_refusal(body: bytes):
    assert type(await refused(says(400, body, content_type="application/json"))) is Declined


async def test_what_nobody_sees_and_what_is_endless_is_left_out_of_a_refusal():
    line = "prompt: \ud800\u202e\x00no" + "!" * 5000
    error = await refused(says(400, told({"errors": [line], "name": "bad_request"})))
    assert isinstance(error, BadRequest)
    assert error.reason.startswith("no!")
    assert len(str(error)) <= MAX_DETAIL
    assert str(error).isprintable()


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_nothing_is_unpacked(status: int):
    bomb = gzip.compress(b'{"errors":["' + b" " * 10_000_000 + b'"],"name":"bad_request"}')
    headers = {"content_encoding": "gzip", "content_type": "application/json"}
    error = await refused(says(status, bomb, **headers))
    assert type(error) is (Declined if status == 400 else AnswerLost)


async def endless(request: web.Request, status: int, pause_s: float, chunk: bytes) -> Any:
    answer = web.StreamResponse(status=status, headers={"content-type": "application/json"})
    await answer.prepare(request)
    while True:
        await answer.write(chunk)
        await asyncio.sleep(pause_s)


@pytest.mark.parametrize(("status", "expected"), [(200, AnswerLost), (400, Declined)])
@pytest.mark.parametrize(("pause_s", "chunk"), [(0.05, b" "), (0, b" " * 65_536)])
async def test_an_answer_without_an_end_ends(
    status: int, expected: type[Exception], pause_s: float, chunk: bytes
):
    """Byte after byte, each in time, or more than can be kept."""

    async def script(request: web.Request) -> Any:
        return await endless(request, status, pause_s, chunk)

    async with asyncio.timeout(15):
        assert type(await refused(script, timeouts=SOON)) is expected


async def test_a_poll_that_drips_ends():
    async def script(request: web.Request) -> Any:
        return await endless(request, 200, 0.05, b" ")

    async with asyncio.timeout(15), asking(Service(scripts=[script]), timeouts=SOON) as (client, _):
        with pytest.raises(TooSlow):
            await client.fetch("a" * 64)


@pytest.mark.parametrize(
    ("after", "pause"),
    [
        ("0", timedelta(0)),
        ("0.5", timedelta(seconds=0.5)),
        (" 7 ", timedelta(seconds=7)),
        ("Mon, 01 Jan 2024 00:00:00 GMT", timedelta(0)),
        ("1e300", MAX_RETRY_AFTER),
        ("99999999999", MAX_RETRY_AFTER),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER),
        *((one, MINUTE) for one in ("-1", "nan", "inf", "9" * 400, "soon", "", "Mon, 99 Foo 1")),
    ],
)
async def test_a_pause_is_as_long_as_it_is_named(after: str, pause: timedelta):
    error = await refused(refuses(429, "rate_limit_exceeded", RATE, retry_after=after))
    assert isinstance(error, Busy)
    assert error.retry_after == pause


async def test_a_pause_until_an_instant_goes_by_the_clock_of_the_service():
    at = datetime(2020, 1, 1, tzinfo=UTC)
    headers = {"date": format_datetime(at, usegmt=True)}
    headers["retry_after"] = format_datetime(at + HOUR, usegmt=True)
    error = await refused(refuses(429, "rate_limit_exceeded", RATE, **headers))
    assert isinstance(error, Busy)
    assert error.retry_after == HOUR


@pytest.mark.parametrize(
    "seed", ["-1", "4294967296", "1e9", "x", "", "9" * 5000, "\u0667", "0x7", "\ud83d"]
)
async def test_a_seed_that_is_none_is_that_which_was_sent(seed: str):
    body = told({"image": "", "finish_reason": "CONTENT_FILTERED", "seed": seed})
    script = says(200, body, content_type="application/json")
    async with asking(Service(scripts=[script])) as (client, _):
        picture = await client.draw(SUBMIT)
    assert picture.seed in (SUBMIT.seed, 7)


@pytest.mark.parametrize("finish", ["\ud800", 7, [], {"a": 1}, "success", True])
async def test_another_end_than_success_is_a_lost_answer(finish: Any):
    body = told({"image": "iVBORw0KGgo=", "finish_reason": finish})
    script = says(200, body, content_type="application/json")
    assert type(await refused(script)) is AnswerLost


@pytest.mark.parametrize("image", ["\ud800", "\u00e9", "data:image/png;base64,iVBORw0KGgo=", {}])
async def test_what_is_no_base64_is_a_lost_answer(image: Any):
    script = says(200, told({"image": image}), content_type="application/json")
    assert type(await refused(script)) is AnswerLost


async def test_headers_without_an_end_are_a_lost_answer():
    async def script(request: web.Request) -> Any:
        assert request.transport
        request.transport.write(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\n\r\n")
        await asyncio.Event().wait()

    assert type(await refused(script, timeouts=SOON)) is AnswerLost


async def test_a_key_is_left_out_wherever_it_is_cut():
    hidden = "\u200b".join(KEY)
    error = await refused(says(400, told({"errors": [f"prompt: {hidden}"], "name": "bad_request"})))
    assert KEY[:12] not in "".join(one for one in str(error) if one.isprintable())


async def test_a_picture_of_another_form_is_taken_as_it_is():
    script = says(200, flat(), content_type="application/octet-stream", finish_reason="SUCCESS")
    async with asking(Service(scripts=[script])) as (client, _):
        assert (await client.draw(SUBMIT)).finish == "ok"
