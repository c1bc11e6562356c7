"""Acknowledgements: sent again within Discord's three seconds, and never two of them."""

from __future__ import annotations

import asyncio
import io
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from aiohttp import web
from discord.http import Route
from discord.webhook.async_ import interaction_message_response_params, interaction_response_params

from bot.interactions import acknowledgement
from bot.interactions.acknowledgement import Acknowledgements

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

CARD_ID = "77"
PICTURE = b"a picture" * 1000


class Service:
    """Discord's end of one interaction: takes one answer, after what the script does."""

    def __init__(self) -> None:
        self.script: list[str] = []
        self.taken: list[tuple[dict[str, Any], bytes]] = []
        self.asked = 0
        self.followed_up: list[str] = []
        self.shown: list[dict[str, Any]] = []
        self.limit_s = 0
        self.is_silent = False

    async def callback(self, request: web.Request) -> web.StreamResponse:
        """The first answer."""
        self.asked += 1
        step, _, detail = (self.script.pop(0) if self.script else "take").partition(" ")
        match step:
            case "drop":
                await request.read()
                return _hang_up(request)
            case "drop_after":
                await self._take(request)
                return _hang_up(request)
            case "hang":
                await self._take(request)
                await asyncio.sleep(10)
                return web.Response()
            case "take":
                return await self._take(request)
            case "take_silently":
                await self._take(request)
                return web.Response(status=204)
            case "take_oddly":
                await self._take(request)
                return _json({"ok": True})
            case "cut":
                await self._take(request)
                return web.Response(body=b'{"inter', headers={"Content-Type": "application/json"})
            case "429":
                headers = {"Retry-After": detail} if detail else {}
                body = {"retry_after": float(detail or 0), "code": 0}
                return _json(body, 429, headers)
            case status:
                return _json({"code": int(detail or 0)}, int(status))

    async def follow_up(self, request: web.Request) -> web.StreamResponse:
        """What comes after the first answer: taken, without a word."""
        self.followed_up.append(request.method)
        return _hang_up(request)

    async def original(self, _: web.Request) -> web.Response:
        """Where the first answer is."""
        if self.is_silent:
            await asyncio.sleep(30)
        if self.limit_s:
            headers = {"Retry-After": f"{self.limit_s}"}
            return _json({"retry_after": float(self.limit_s)}, 429, headers)
        return _json({"id": CARD_ID, "content": "", "components": self.shown})

    async def _take(self, request: web.Request) -> web.Response:
        body, file = await _read(request)
        if self.taken:
            return _json({"code": 40060, "message": "already acknowledged"}, 400)
        self.taken.append((body, file))
        about = {"id": "1", "type": 2, "response_message_id": CARD_ID}
        return _json({"interaction": about})


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Service]:
    opened = Service()
    app = web.Application()
    app.router.add_post("/interactions/{id}/{token}/callback", opened.callback)
    app.router.add_get("/webhooks/{id}/{token}/messages/@original", opened.original)
    app.router.add_route("*", "/webhooks/{id}/{token}", opened.follow_up)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setattr(Route, "BASE", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setattr(acknowledgement, "TRY_WITHIN_S", 0.3)
    monkeypatch.setattr(acknowledgement, "LAST_TRY_WITHIN_S", 0.6)
    monkeypatch.setattr(acknowledgement, "WITHIN_S", 1.5)
    yield opened
    await runner.cleanup()


async def acknowledge(*, with_file: bool = False) -> Any:
    params = interaction_response_params(4, {"content": "hello"})
    if with_file:
        file = discord.File(io.BytesIO(PICTURE), "picture.png")
        params = interaction_message_response_params(type=4, content="hello", files=[file])
    async with aiohttp.ClientSession() as session:
        return await Acknowledgements(lambda: 5).create_interaction_response(
            1, "token", session=session, params=params
        )


@pytest.mark.parametrize("with_file", [False, True])
@pytest.mark.parametrize(
    "script",
    [
        *(["drop"], ["drop_after"], ["hang"], ["500"], ["502", "503"], ["drop", "500", "drop"]),
        *(["429 0.05"], ["429", "429 0.1", "503"], ["599"], ["408"], ["drop_after", "drop", "500"]),
        *(["take_silently"], ["take_oddly"], ["cut"], ["403"], ["404", "400"], ["405"]),
    ],
)
async def test_it_is_answered_once(service: Service, script: list[str], *, with_file: bool):
    if with_file:
        # What carries files has all the time.
        script = [step for step in script if step != "hang"]
    service.script = [*script]
    answer = await acknowledge(with_file=with_file)
    assert answer["interaction"]["response_message_id"] == CARD_ID
    ((body, file),) = service.taken
    assert body["data"]["content"] == "hello"
    assert file == (PICTURE if with_file else b"")


@pytest.mark.parametrize("refusal", ["404 10062", "400 40060", "400 50035", "403 50001", "413"])
async def test_a_refusal_is_final(service: Service, refusal: str):
    service.script = [refusal]
    with pytest.raises(discord.HTTPException) as raised:
        await acknowledge()
    assert (raised.value.status, service.asked) == (int(refusal[:3]), 1)


@pytest.mark.parametrize("step", ["drop", "503", "429", "hang"])
async def test_it_ends_when_the_time_is_over(service: Service, step: str):
    service.script = [step] * 1000
    if step == "hang":
        service.taken.append(({}, b""))
    began = time.monotonic()
    with pytest.raises((discord.HTTPException, aiohttp.ClientError, OSError)):
        await acknowledge()
    assert time.monotonic() - began < acknowledgement.WITHIN_S + 0.7


def a_card(job_id: str) -> list[dict[str, Any]]:
    text = {"type": 10, "content": f"Looking at your picture …\n-# job {job_id}"}
    row = {"type": 1, "components": [{"type": 2, "custom_id": f"cancel:{job_id}"}]}
    return [{"type": 17, "components": [text, row]}]


@pytest.mark.parametrize("is_ours", [True, False])
async def test_an_answer_of_another_process_is_not_taken_for_ours(
    service: Service, *, is_ours: bool
):
    service.script = ["500", "400 40060"]
    service.shown = a_card("ours" if is_ours else "theirs")
    acknowledgements = Acknowledgements(lambda: 5)
    data: Any = {"components": a_card("ours")}
    async with aiohttp.ClientSession() as session:
        answering = acknowledgements.create_interaction_response(
            1, "token", session=session, params=interaction_response_params(4, data)
        )
        if is_ours:
            about: Any = (await answering)["interaction"]
            assert about["response_message_id"] == CARD_ID
            return
        with pytest.raises(discord.HTTPException) as raised:
            await answering
    assert raised.value.code == 40060


@pytest.mark.parametrize("script", [["take_silently"], ["drop_after"]])
@pytest.mark.parametrize("is_silent", [False, True])
async def test_what_cannot_be_asked_for_is_answered_all_the_same(
    service: Service, script: list[str], *, is_silent: bool
):
    """Because of a limit, or of a line on which nothing comes."""
    service.script, service.limit_s, service.is_silent = [*script], 3600, is_silent
    async with asyncio.timeout(5):
        answer = await acknowledge()
    assert "response_message_id" not in answer["interaction"]
    assert len(service.taken) == 1


async def test_a_pause_that_takes_too_long_is_not_waited_for(service: Service):
    service.script = ["429 30"]
    began = time.monotonic()
    with pytest.raises(discord.HTTPException):
        await acknowledge()
    assert time.monotonic() - began < 0.5


async def test_what_discord_does_not_know_any_more_is_not_tried_again(service: Service):
    """The time may be over sooner than it seems here."""
    service.script = ["drop", "404 10062"]
    with pytest.raises(discord.NotFound):
        await acknowledge()
    assert service.asked == 2


async def suggest() -> Any:
    params = interaction_response_params(8, {"choices": []})
    async with aiohttp.ClientSession() as session:
        return await Acknowledgements(lambda: 5).create_interaction_response(
            1, "token", session=session, params=params
        )


@pytest.mark.parametrize("step", ["404 10062", "400 40060", "429 30", "503", "drop"])
async def test_suggestions_that_come_too_late_are_let_go(service: Service, step: str):
    """The library would log a traceback for each of them."""
    service.script = [step] * 1000
    await suggest()
    assert not service.taken


async def test_suggestions_that_discord_refuses_are_a_fault(service: Service):
    service.script = ["400 50035"]
    with pytest.raises(discord.HTTPException):
        await suggest()


@pytest.mark.parametrize(("method", "is_repeated"), [("POST", False), ("PATCH", True)])
async def test_only_what_posts_nothing_is_sent_again(
    service: Service, monkeypatch: pytest.MonkeyPatch, method: str, *, is_repeated: bool
):
    monkeypatch.setattr(acknowledgement, "PAUSES_S", (0.0,))
    route = Route(method, "/webhooks/5/token")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await Acknowledgements(lambda: 5).request(route, session=session)
    assert (len(service.followed_up) > 1) == is_repeated


def _hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.close()
    return web.Response(status=499)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # Discord names no charset, and the library reads nothing else.
    headers = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(value).encode(), status=status, headers=headers)


async def _read(request: web.Request) -> tuple[dict[str, Any], bytes]:
    if not request.content_type.startswith("multipart/"):
        return await request.json(), b""
    parts = dict(await request.post())
    file = parts["files[0]"]
    assert isinstance(file, web.FileField)
    return json.loads(str(parts["payload_json"])), file.file.read()
