"""Starts: what is sent, and what every status and every half answer means."""

from __future__ import annotations

import logging
import socket
import traceback
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from generation.errors import (
    AnswerLost,
    BadRequest,
    Busy,
    Filtered,
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    OutOfCredit,
    Unauthorized,
    Unreachable,
)
from generation.video.client import VideoClient, VideoEndpoint
from tests.generation.video.scripted_rest import (
    ID,
    KEY,
    cut,
    hangs,
    hangs_up,
    pours,
    refuses,
    replies,
    replies_json,
    says,
)
from tests.generation.video.videos import IMPATIENT, REQUEST, NotingPace, asking

if TYPE_CHECKING:
    from tests.generation.video.scripted_rest import Script

STARTED = replies_json(200, {"id": ID})
LACK = "You lack sufficient credits to make this request."


async def refused(*scripts: Script, **settings: Any) -> GenerationError:
    """The error that a start meets; the backend was asked exactly once."""
    async with asking(*scripts, **settings) as (client, backend):
        with pytest.raises(GenerationError) as caught:
            await client.start(REQUEST)
        assert len(backend.requests) == 1
        return caught.value


@pytest.mark.parametrize(
    ("version", "path"),
    [("v2beta", "/v2beta/image-to-video"), ("v2alpha", "/v2alpha/generation/image-to-video")],
)
async def test_what_is_sent(version: str, path: str):
    async with asking(STARTED, version=version) as (client, backend):
        assert await client.start(REQUEST) == ID
    (seen,) = backend.requests
    assert (seen.method, seen.path) == ("POST", path)
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert seen.headers["user-agent"].startswith("atelier")
    assert seen.form == {
        "image": REQUEST.image,
        "seed": b"7",
        "cfg_scale": b"2.5",
        "motion_bucket_id": b"40",
    }


@pytest.mark.parametrize(
    ("cfg_scale", "sent"), [(0.0, b"0"), (1.8, b"1.8"), (10.0, b"10"), (0.00001, b"0.00001")]
)
async def test_figures_are_sent_as_plain_decimals(cfg_scale: float, sent: bytes):
    request = replace(REQUEST, seed=4_294_967_294, cfg_scale=cfg_scale)
    async with asking(STARTED) as (client, backend):
        await client.start(request)
    assert backend.requests[0].form["seed"] == b"4294967294"
    assert backend.requests[0].form["cfg_scale"] == sent


async def test_a_start_takes_a_turn():
    pace = NotingPace()
    async with asking(STARTED, pace=pace) as (client, _):
        await client.start(REQUEST)
    assert (pace.slots, pace.pauses) == (1, [])


STATUSES: list[tuple[Script, GenerationError]] = [
    (refuses(400, "bad_request", "seed: is too large"), BadRequest("seed", "is too large")),
    (
        refuses(400, "bad_request", "cfg_scale: must be less than or equal to 10"),
        BadRequest("cfg", "must be less than or equal to 10"),
    ),
    (
        refuses(400, "bad_request", "some-field: is required", "and another"),
        BadRequest("request", "some-field: is required; and another"),
    ),
    (
        replies(400, b"<html>"),
        BadRequest("request", "the engine refuses it and does not say why"),
    ),
    (refuses(401, "unauthorized", "no such key"), Unauthorized("no such key")),
    (refuses(402, "payment_required", LACK), OutOfCredit(LACK)),
    (refuses(403, "content_moderation", "flagged"), Filtered("picture")),
    (refuses(403, "permission_denied", "not yours"), Unauthorized("not yours")),
    (refuses(404, "not_found", "?"), Misconfigured("the host does not offer this service")),
    (refuses(405, "no"), Misconfigured("the host does not offer this service")),
    (refuses(408, "slow", "too slow"), AnswerLost("too slow")),
    (
        refuses(413, "payload_too_large", "body: over 10 MiB"),
        BadRequest("image", "body: over 10 MiB"),
    ),
    (replies(413), BadRequest("image", "the engine does not take a picture like this")),
    (
        refuses(422, "unprocessable", "motion_bucket_id: no integer"),
        BadRequest("motion", "no integer"),
    ),
    (refuses(429, "rate_limit_exceeded", "slow"), Busy("slow", timedelta(seconds=60))),
    (
        refuses(429, "rate_limit_exceeded", "slow", retry_after="5"),
        Busy("slow", timedelta(seconds=60)),
    ),
    (
        refuses(429, "rate_limit_exceeded", "slow", retry_after="90"),
        Busy("slow", timedelta(seconds=90)),
    ),
    (
        refuses(
            429,
            "busy",
            date="Mon, 01 Jan 2001 00:00:00 GMT",
            retry_after="Mon, 01 Jan 2001 00:02:00 GMT",
        ),
        Busy("busy", timedelta(seconds=120)),
    ),
    (refuses(429, "busy", retry_after="1e300"), Busy("busy", timedelta(days=1))),
    (refuses(429, "busy", retry_after="soon"), Busy("busy", timedelta(seconds=60))),
    (refuses(429, "insufficient_balance", "$0 left"), OutOfCredit("$0 left")),
    (refuses(500, "internal_error", "oh no"), GarbledAnswer("oh no")),
    (replies(500), GarbledAnswer("HTTP 500")),
    (replies(503, retry_after="7"), Unreachable("HTTP 503", timedelta(seconds=7))),
    (replies(502), AnswerLost("HTTP 502")),
    (replies(504), AnswerLost("HTTP 504")),
    (replies(501), GarbledAnswer("HTTP 501")),
]


NAMES = [f"{number}-{type(error).__name__}" for number, (_, error) in enumerate(STATUSES)]


@pytest.mark.parametrize(("script", "expected"), STATUSES, ids=NAMES)
async def test_every_status(script: Script, expected: GenerationError):
    error = await refused(script)
    assert (type(error), vars(error)) == (type(expected), vars(expected))


async def test_a_time_out_is_told_to_all_who_share_the_account():
    pace = NotingPace()
    await refused(refuses(429, "rate_limit_exceeded"), pace=pace)
    await refused(refuses(429, "rate_limit_exceeded", retry_after="300"), pace=pace)
    assert pace.pauses == [timedelta(seconds=60), timedelta(seconds=300)]


@pytest.mark.parametrize(
    "script",
    [
        hangs,
        hangs_up,
        replies(200),
        replies(200, b"[]"),
        replies_json(200, {"id": 7}),
        replies_json(200, {"id": "../../v1/user/balance"}),
        replies_json(200, {}),
        replies(204),
        cut(200, b'{"id": "a6dc', 80),
        cut(200, b"", 80),
        pours(200),
        says(b"HTTP/1.1 200 OK\r\ncontent-le", then_hang=True),
        says(b"HTTP/1.1 200 OK\r\ncontent-length: 80\r\n\r\n{", then_hang=True),
        says(b"no HTTP at all\r\n\r\n"),
    ],
    ids=lambda script: getattr(script, "__name__", "bytes"),
)
async def test_an_answer_that_is_lost_is_said_to_be(script: Script):
    assert isinstance(await refused(script, timeouts=IMPATIENT), AnswerLost)


async def test_what_was_never_sent_is_no_lost_answer():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host, port = taken.getsockname()
        async with VideoClient(VideoEndpoint(f"http://{host}:{port}")) as client:
            with pytest.raises(Unreachable):
                await client.start(REQUEST)


async def test_starts_never_share_a_connection():
    """A kept one could be closed by the other side just then."""
    async with asking(STARTED) as (client, backend):
        await client.start(REQUEST)
    assert backend.requests[0].headers["connection"] == "close"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int):
    async with asking(STARTED) as (_, elsewhere):
        error = await refused(replies(status, location="http://127.0.0.1:1/v2beta/steal"))
        assert type(error) is Misconfigured
        assert not elsewhere.requests


SHOWN = f"Bearer {KEY} and {KEY} and sk-anotherkeyofsomeone"


@pytest.mark.parametrize(
    "script",
    [
        refuses(400, SHOWN, SHOWN),
        refuses(401, SHOWN, SHOWN),
        refuses(500, SHOWN, SHOWN),
        replies(307, location=f"http://127.0.0.1/{KEY}"),
        hangs_up,
        hangs,
        says(b"no HTTP at all\r\n\r\n"),
        cut(200, KEY.encode(), 80),
    ],
)
async def test_the_key_is_in_no_exception_and_no_log(
    script: Script, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    error = await refused(script, timeouts=IMPATIENT)
    told = caplog.text + everything(error)
    assert KEY not in told
    assert "sk-another" not in told
    assert KEY not in repr(VideoEndpoint("http://localhost", KEY))


def everything(error: BaseException) -> str:
    """All that a tracker of errors could find in it, what led to it included."""
    told, link = "".join(traceback.format_exception(error)), error
    while link is not None:
        told += repr(link) + repr(vars(link))
        link = link.__cause__ or link.__context__
    return told


@pytest.mark.parametrize(
    ("base", "is_warned"),
    [
        ("http://video.example:80", True),
        ("http://127.0.0.1:1", False),
        ("http://localhost:1", False),
        ("https://video.example", False),
    ],
)
async def test_a_key_in_the_clear_is_warned_of(
    base: str, is_warned: bool, caplog: pytest.LogCaptureFixture
):
    async with VideoClient(VideoEndpoint(base, KEY)):
        assert ("without encryption" in caplog.text) is is_warned
    assert KEY not in caplog.text
