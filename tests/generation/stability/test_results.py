"""Asynchronous work: begun, asked for until it is there; and what is left on the account."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from generation.errors import (
    AnswerLost,
    Busy,
    Declined,
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    OutOfCredit,
    ResultGone,
    TooSlow,
    Unauthorized,
    Unreachable,
)
from generation.stability.submit import StudioRequest, submit_picture, submit_studio
from generation.video.poll_queue import PollQueue
from generation.video.poller import Poller
from tests.generation.stability.asking import (
    CATALOGUE,
    ULTRA,
    NotingPace,
    asking,
    flat,
    request,
)
from tests.generation.stability.service import (
    BROKEN,
    FLAGGED,
    GONE,
    KEY,
    RATE,
    Service,
    breaks_off,
    hangs_up,
    refuses,
    says,
)

if TYPE_CHECKING:
    from generation.stability.submit import Submit
    from tests.generation.stability.service import Script

CREATIVE = CATALOGUE.get("upscale-creative")
RELIGHT = CATALOGUE.get("edit-relight")
UPSCALE = submit_studio(
    StudioRequest(CREATIVE.id, {"prompt": "a fox", "seed": 5}, {"image": flat()}), CREATIVE
)
RELIT = submit_studio(
    StudioRequest(RELIGHT.id, {"background_prompt": "a beach"}, {"subject_image": flat()}),
    RELIGHT,
)
SOME_ID = "a" * 64


@pytest.mark.parametrize("submit", [UPSCALE, RELIT], ids=lambda submit: submit.operation.path)
async def test_an_id_is_asked_for_until_it_is_there(submit: Submit):
    async with asking(Service(polls_needed=2)) as (client, service):
        result_id = await client.start(submit)
        assert await client.fetch(result_id) is None
        assert await client.fetch(result_id) is None
        picture = await client.fetch(result_id)
    assert picture is not None
    assert (picture.seed, picture.finish) == (submit.seed, "ok")
    start, *polls = service.requests
    assert start.headers["accept"] == "*/*"
    assert {(poll.method, poll.path) for poll in polls} == {("GET", f"/v2beta/results/{result_id}")}
    assert {poll.headers["authorization"] for poll in polls} == {f"Bearer {KEY}"}


@pytest.mark.parametrize("wants_json", [False, True])
async def test_a_filtered_result(wants_json: bool):
    service = Service(polls_needed=0, filters=True, wants_json=wants_json)
    async with asking(service) as (client, _):
        picture = await client.fetch(await client.start(UPSCALE))
    assert picture is not None
    assert (picture.finish, picture.is_billed) == ("filtered", True)


async def test_the_result_under_its_former_name():
    body = b'{"result":"iVBORw0KGgo=","finish_reason":"SUCCESS","seed":1}'
    service = Service(scripts=[says(200, body, content_type="application/json")])
    async with asking(service) as (client, _):
        # It is read; that it is no whole picture is another matter.
        with pytest.raises(GarbledAnswer, match="no picture"):
            await client.fetch(SOME_ID)


async def test_the_poller_waits_for_a_result():
    """The same poller as for films: ten seconds between two polls, in a time of its own."""
    now, slept = [0.0], list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds
        await asyncio.sleep(0)

    async with asking(Service(polls_needed=2)) as (client, service):
        result_id = await client.start(UPSCALE)
        queue = PollQueue({CREATIVE.id: CREATIVE.typical_s})
        async with Poller(client.fetch, queue, clock=lambda: now[0], sleep=sleep) as poller:
            picture = await poller.result(result_id, CREATIVE.id)
        assert picture.width == 256
        polls = [one for one in service.requests if one.method == "GET"]
        assert len(polls) == 3
        assert now[0] >= 20


STATUSES: list[tuple[Script, GenerationError]] = [
    (says(302, location="http://127.0.0.1:1/"), Misconfigured("the address redirects elsewhere")),
    (refuses(400, "bad_request", "id: wrong"), ResultGone("id: wrong")),
    (refuses(401, "unauthorized", "no"), Unauthorized("no")),
    (refuses(402, "payment_required", "no"), OutOfCredit("no")),
    (refuses(403, "content_moderation", FLAGGED), Declined(FLAGGED)),
    (refuses(404, "generation_not_found", GONE), ResultGone(GONE)),
    (says(408), TooSlow("HTTP 408")),
    (refuses(429, "rate_limit_exceeded", RATE), Busy(RATE, timedelta(seconds=60))),
    (refuses(500, "internal_error", BROKEN), Unreachable(BROKEN)),
    (says(500), Unreachable("HTTP 500")),
    (says(502), Unreachable("HTTP 502")),
    (says(503, retry_after="3"), Unreachable("HTTP 503", timedelta(seconds=3))),
    (says(204), GarbledAnswer("HTTP 204")),
    (says(200, b"<html>"), GarbledAnswer("the answer is no picture")),
    (says(200), GarbledAnswer("the answer is empty")),
]


@pytest.mark.parametrize(("script", "expected"), STATUSES, ids=range(len(STATUSES)))
async def test_every_status_of_a_poll(script: Script, expected: GenerationError):
    async with asking(Service(scripts=[script])) as (client, _):
        with pytest.raises(GenerationError) as caught:
            await client.fetch(SOME_ID)
    assert type(caught.value) is type(expected)
    assert str(caught.value).startswith(str(expected))
    assert getattr(caught.value, "retry_after", None) == getattr(expected, "retry_after", None)


@pytest.mark.parametrize("script", [hangs_up, breaks_off(flat()[:50], 5000)])
async def test_a_poll_that_breaks_off_is_worth_another(script: Script):
    # A GET may be repeated at once by what carries it.
    async with asking(Service(scripts=[script, script])) as (client, _):
        with pytest.raises((Unreachable, GarbledAnswer)):
            await client.fetch(SOME_ID)


@pytest.mark.parametrize(
    "script",
    [
        says(200),
        says(200, b"[]"),
        says(200, b'{"id":7}'),
        says(200, b'{"id":"../../v1/user/balance"}'),
        says(200, b'{"id":""}'),
        says(202, b'{"id":"aa"}'),
        says(503),
        hangs_up,
        breaks_off(b'{"id":"aa', 90),
    ],
)
async def test_an_id_that_is_lost_is_said_to_be(script: Script):
    async with asking(Service(scripts=[script])) as (client, _):
        with pytest.raises(AnswerLost):
            await client.start(UPSCALE)


@pytest.mark.parametrize("result_id", ["", "../../v1/user/balance", "a/b", "a" * 129, "a?b"])
async def test_an_id_that_changes_the_address_is_asked_nothing(result_id: str):
    async with asking() as (client, service):
        with pytest.raises(ResultGone):
            await client.fetch(result_id)
        assert not service.requests
        with pytest.raises(ValueError, match="no id"):
            client.address.result_url(result_id)


async def test_what_is_drawn_is_not_started():
    async with asking() as (client, service):
        with pytest.raises(ValueError, match="is drawn, not started"):
            await client.start(submit_picture(request(), ULTRA))
        with pytest.raises(ValueError, match="is started, not drawn"):
            await client.draw(UPSCALE)
        assert not service.requests


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"credits":866.5}', 866_500),
        (b'{"credits":0}', 0),
        (b'{"credits":0.1}', 100),
        (b'{"credits":1072.4999}', 1_072_499),
    ],
)
async def test_the_balance(body: bytes, expected: int):
    pace = NotingPace()
    async with asking(Service(scripts=[says(200, body)]), pace=pace) as (client, service):
        assert await client.balance_mc() == expected
    assert service.requests[0].path == "/v1/user/balance"
    assert pace.slots == 1


NO_BALANCES = [
    b"",
    b"[]",
    b"{}",
    b'{"credits":"7"}',
    b'{"credits":true}',
    b'{"credits":NaN}',
    b'{"credits":1' + b"0" * 400 + b"}",
]


@pytest.mark.parametrize("body", NO_BALANCES, ids=range(len(NO_BALANCES)))
async def test_a_balance_that_is_none(body: bytes):
    async with asking(Service(scripts=[says(200, body)])) as (client, _):
        with pytest.raises(GarbledAnswer):
            await client.balance_mc()


async def test_a_host_without_accounts_and_one_that_knows_no_key():
    async with asking(Service(scripts=[says(404), says(401)])) as (client, _):
        assert await client.balance_mc() is None
        with pytest.raises(Unauthorized):
            await client.balance_mc()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (refuses(403, "permission_denied", "not this key"), Unauthorized("not this key")),
        (says(403, b"<html>blocked</html>", content_type="text/html"), Unreachable("HTTP 403")),
    ],
)
async def test_a_balance_that_is_refused(script: Script, expected: GenerationError):
    async with asking(Service(scripts=[script])) as (client, _):
        with pytest.raises(type(expected), match=str(expected)):
            await client.balance_mc()
