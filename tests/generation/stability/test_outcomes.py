"""What every status and every half answer to a submit means."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import traceback
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.errors import (
    AnswerLost,
    BadRequest,
    Busy,
    Declined,
    EngineFailed,
    GenerationError,
    Misconfigured,
    OutOfCredit,
    Unauthorized,
    Unreachable,
)
from generation.image.pictures import CheckedPicture
from generation.stability.address import StabilityAddress, StabilityTimeouts
from generation.stability.client import StabilityClient
from generation.stability.submit import submit_picture
from tests.generation.stability.asking import ULTRA, NotingPace, asking, flat, request
from tests.generation.stability.service import (
    BAD_KEY,
    BROKEN,
    FLAGGED,
    KEY,
    NO_CREDITS,
    RATE,
    TOO_LARGE,
    Service,
    breaks_off,
    hangs_up,
    refuses,
    says,
)

if TYPE_CHECKING:
    from tests.generation.stability.service import Script

SUBMIT = submit_picture(request(), ULTRA)
SHORT = timedelta(seconds=0.2)
IMPATIENT = StabilityTimeouts(read=SHORT, small=SHORT)
ENGLISH = "English is the only supported language for this service."
FIGURE = (
    "Our system detected the likeness of a public figure in your image. To comply with our"
    " guidelines, this request cannot be processed. Please upload a different image."
)
PNG: dict[str, Any] = {"content_type": "image/png", "finish_reason": "SUCCESS"}


async def refused(*scripts: Script, **settings: Any) -> GenerationError:
    """The error that a submit meets; the service was asked exactly once."""
    async with asking(Service(scripts=[*scripts]), **settings) as (client, service):
        with pytest.raises(GenerationError) as caught:
            await client.draw(SUBMIT)
        assert len(service.requests) == 1
        return caught.value


STATUSES: list[tuple[Script, GenerationError]] = [
    (refuses(400, "bad_request", "seed: is too large"), BadRequest("seed", "is too large")),
    (
        refuses(400, "bad_request", "style_preset: invalid enum value"),
        BadRequest("style", "invalid enum value"),
    ),
    (
        refuses(400, "bad_request", "prompt: required", "image: must be a file"),
        Declined("prompt: required; image: must be a file"),
    ),
    (refuses(400, "bad_request", "content-type: must be multipart/form-data"), Declined()),
    (says(400, b"<html>"), Declined()),
    (refuses(401, "unauthorized", BAD_KEY), Unauthorized(BAD_KEY)),
    (says(401), Unauthorized("HTTP 401")),
    (refuses(402, "payment_required", NO_CREDITS), OutOfCredit(NO_CREDITS)),
    (refuses(403, "content_moderation", FLAGGED), Declined(FLAGGED)),
    (refuses(403, "permission_denied", "not yours"), Declined()),
    (says(403, b"<html>blocked</html>", content_type="text/html"), Declined()),
    (refuses(404, "not_found", "?"), Misconfigured("the host does not offer this service")),
    (refuses(405, "no"), Misconfigured("the host does not offer this service")),
    # The time-out may be that of what draws, after all was sent.
    (refuses(408, "slow", "too slow"), AnswerLost("too slow")),
    (refuses(413, "payload_too_large", TOO_LARGE), Declined(TOO_LARGE)),
    (says(415), Declined()),
    (refuses(422, "invalid_language", ENGLISH), Declined(ENGLISH)),
    (refuses(422, "public_figure", FIGURE), Declined(FIGURE)),
    (refuses(429, "rate_limit_exceeded", RATE), Busy(RATE, timedelta(seconds=60))),
    (
        refuses(429, "rate_limit_exceeded", RATE, retry_after="5"),
        Busy(RATE, timedelta(seconds=5)),
    ),
    (says(429, retry_after="90"), Busy("HTTP 429", timedelta(seconds=90))),
    (says(429, retry_after="soon"), Busy("HTTP 429", timedelta(seconds=60))),
    (
        says(429, retry_after="Mon, 01 Jan 2024 00:00:00 +99999999999999999999"),
        Busy("HTTP 429", timedelta(seconds=60)),
    ),
    (says(429, retry_after="-1"), Busy("HTTP 429", timedelta(seconds=60))),
    (refuses(429, "insufficient_balance", "$0 left"), OutOfCredit("$0 left")),
    (refuses(500, "internal_error", BROKEN), EngineFailed(BROKEN)),
    (says(500), AnswerLost("HTTP 500")),
    # Of whoever stands in front of the service: what happened behind it is not known.
    (says(500, b'{"message":"Internal server error"}'), AnswerLost("Internal server error")),
    (says(500, b'{"name":"Error"}'), AnswerLost("Error")),
    (says(500, b"<html>oops</html>", content_type="text/html"), AnswerLost("HTTP 500")),
    (says(502, b"<html>"), AnswerLost("HTTP 502")),
    (says(503, retry_after="7"), AnswerLost("HTTP 503")),
    (refuses(504, "gateway", "slow"), AnswerLost("slow")),
    (says(524), AnswerLost("HTTP 524")),
    (says(201, b"made"), AnswerLost("HTTP 201")),
    (says(204), AnswerLost("HTTP 204")),
]
NAMES = [f"{number}-{type(error).__name__}" for number, (_, error) in enumerate(STATUSES)]


@pytest.mark.parametrize(("script", "expected"), STATUSES, ids=NAMES)
async def test_every_status(script: Script, expected: GenerationError):
    error = await refused(script)
    assert (type(error), vars(error)) == (type(expected), vars(expected))


HALF: list[Script] = [
    says(200),
    says(200, **PNG),
    says(200, b"<html>a page</html>", content_type="text/html"),
    says(200, b"no picture", **PNG),
    says(200, flat()[:-40], **PNG),
    says(200, flat(), content_type="image/png", finish_reason="ERROR"),
    says(200, b"{", content_type="application/json"),
    says(200, b"[]", content_type="application/json"),
    says(200, b"{}", content_type="application/json"),
    says(200, b'{"image":7}', content_type="application/json"),
    says(200, b'{"image":"*"}', content_type="application/json"),
    says(200, b'{"image":"","finish_reason":"SUCCESS"}', content_type="application/json"),
    breaks_off(flat()[:100], 5000, **PNG),
    breaks_off(b"", 10**12, **PNG),
    hangs_up,
]


@pytest.mark.parametrize("script", HALF, ids=[str(number) for number in range(len(HALF))])
async def test_what_may_have_been_paid_is_said_to_be(script: Script):
    error = await refused(script, timeouts=IMPATIENT)
    assert type(error) is AnswerLost


async def test_a_service_that_says_nothing():
    async def hangs(request: Any) -> Any:
        await request.read()
        await asyncio.Event().wait()

    error = await refused(hangs, timeouts=IMPATIENT)
    assert type(error) is AnswerLost


async def test_a_picture_that_nobody_could_check_may_have_been_paid():
    async def dies(_data: bytes) -> Any:
        raise RuntimeError("the worker is gone")

    async with asking(check=dies) as (client, _):
        with pytest.raises(AnswerLost):
            await client.draw(SUBMIT)


async def test_what_was_never_sent_is_no_lost_answer():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host, port = taken.getsockname()
        async with StabilityClient(StabilityAddress(f"http://{host}:{port}", KEY)) as client:
            with pytest.raises(Unreachable):
                await client.draw(SUBMIT)


async def test_a_wrong_key_and_an_empty_account_by_the_service_itself():
    async with asking(key="sk-wrong") as (client, _):
        with pytest.raises(Unauthorized):
            await client.draw(SUBMIT)
    async with asking(Service(credits=7.5)) as (client, service):
        with pytest.raises(OutOfCredit):
            await client.draw(SUBMIT)
        assert service.credits == 7.5


async def test_a_time_out_is_told_to_all_and_kept():
    pace, now = NotingPace(), [0.0]
    service = Service(scripts=[refuses(429, "rate_limit_exceeded", RATE)])
    async with asking(service, pace=pace, clock=lambda: now[0]) as (client, _):
        for instant, left_s in ((0.0, 60), (0.0, 60), (50.0, 10)):
            now[0] = instant
            with pytest.raises(Busy) as caught:
                await client.draw(SUBMIT)
            assert caught.value.retry_after == timedelta(seconds=left_s)
        assert len(service.requests) == 1
        now[0] = 60.0
        assert (await client.draw(SUBMIT)).finish == "ok"
    assert pace.pauses == [timedelta(seconds=60)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int):
    async with asking() as (_, elsewhere):
        error = await refused(says(status, location="http://127.0.0.1:1/v2beta/steal"))
        assert type(error) is Misconfigured
        assert not elsewhere.requests


SHOWN = f"Bearer {KEY} and {KEY} and sk-anotherkeyofsomeone and sk-abcd******************6789"


@pytest.mark.parametrize(
    "script",
    [
        *(refuses(status, "bad_request", SHOWN) for status in (400, 401, 402, 403, 413, 422, 429)),
        *(refuses(status, SHOWN, SHOWN) for status in (400, 401, 500, 502)),
        says(401, f'{{"id":"1","message":"Incorrect API key: {KEY}"}}'.encode()),
        says(307, location=f"http://127.0.0.1/{KEY}"),
        says(200, KEY.encode()),
        breaks_off(KEY.encode(), 5000),
        hangs_up,
    ],
)
async def test_the_key_is_in_no_exception_and_no_log(
    script: Script, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, "generation")
    error = await refused(script, timeouts=IMPATIENT)
    told = caplog.text + everything(error)
    for secret in (KEY, "sk-another", "sk-abcd"):
        assert secret not in told
    assert "a fox" not in caplog.text


def everything(error: BaseException) -> str:
    """All that a tracker of errors could find in it, what led to it included."""
    told = "".join(traceback.format_exception(error))
    link: BaseException | None = error
    while link is not None:
        told += repr(link) + repr(vars(link))
        link = link.__cause__ or link.__context__
    return told


def test_neither_key_nor_words_are_in_what_is_printed():
    assert KEY not in repr(StabilityAddress(key=KEY))
    assert "a fox" not in repr(SUBMIT)


@pytest.mark.parametrize(
    "base", ["", "api.stability.ai", "ftp://host", "https://u:p@host", "https://host?x=1"]
)
def test_an_address_that_is_none_is_refused(base: str):
    with pytest.raises(ValueError, match="the address"):
        StabilityAddress(base)


@pytest.mark.parametrize("key", [" sk-1", "sk-1\n", "sk-ä"])
def test_a_key_that_cannot_be_sent_is_refused(key: str):
    with pytest.raises(ValueError, match="the key"):
        StabilityAddress(key=key)


@pytest.mark.parametrize(
    ("base", "is_warned"),
    [
        ("http://stability.example", True),
        ("http://127.0.0.1:1", False),
        ("https://s.example", False),
    ],
)
async def test_a_key_in_the_clear_is_warned_of(
    base: str, is_warned: bool, caplog: pytest.LogCaptureFixture
):
    async with StabilityClient(StabilityAddress(base, KEY)):
        assert ("without encryption" in caplog.text) is is_warned
    assert KEY not in caplog.text


JSON = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | (st.sampled_from(["aGk=", "SUCCESS", "CONTENT_FILTERED", "7"]))
)


def json_body(image: Any, finish: Any, seed: Any) -> bytes:
    return json.dumps({"image": image, "finish_reason": finish, "seed": seed}).encode()


async def _as_it_is(data: bytes) -> CheckedPicture:
    return CheckedPicture(data, 1, 1)


@settings(deadline=None, max_examples=25)
@given(body=st.binary(max_size=200) | st.builds(json_body, JSON, JSON, JSON))
async def test_whatever_the_body_is_it_is_read_or_said_to_be_lost(body: bytes):
    kinds = ("application/json", "image/png")
    service = Service(scripts=[says(200, body, content_type=kind) for kind in kinds])
    async with asking(service, check=_as_it_is) as (client, _):
        for _kind in kinds:
            with suppress(AnswerLost):
                picture = await client.draw(SUBMIT)
                assert 0 <= picture.seed < 1 << 32
                assert picture.png or picture.is_billed
