"""The ways to Discord's REST routes: what cannot be read, and limits that are too long."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from aiohttp import web
from discord.http import Route

from bot.client import Atelier
from bot.clock import now
from bot.interactions import acknowledgement
from bot.interactions.acknowledgement import Acknowledgements

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

JSON, HTML = "application/json", "text/html"
CUT = b'{"id": "1", "con'
PAGE = b"<!DOCTYPE html><title>Access denied | Cloudflare</title>"
BY_BOT = Route("PATCH", "/channels/{channel_id}/messages/{message_id}", channel_id=1, message_id=2)
BY_TOKEN = Route(
    "PATCH",
    "/webhooks/{webhook_id}/{webhook_token}/messages/3",
    webhook_id=1,
    webhook_token="token",
)
WITHIN_S = 5

Answer = tuple[int, bytes, str, dict[str, str]]


class Service:
    """Discord's end: gives the answers of a script, and then the same good one."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.asked = 0
        self.silent_times = 0

    async def answer(self, request: web.Request) -> web.Response:
        """The next answer; who the bot is, is asked once by the login."""
        await request.read()
        if request.path.endswith("/users/@me"):
            return web.Response(body=b'{"id": "1"}', headers={"Content-Type": JSON})
        self.asked += 1
        if self.asked <= self.silent_times:
            await asyncio.Event().wait()
        good: Answer = (200, b'{"id": "3"}', JSON, {})
        status, body, kind, headers = self.script.pop(0) if self.script else good
        given = {"Content-Type": kind, "Via": "1.1 discord", **headers}
        return web.Response(status=status, body=body, headers=given)


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Service]:
    opened = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", opened.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setattr(Route, "BASE", f"http://127.0.0.1:{runner.addresses[0][1]}")
    for route in (BY_BOT, BY_TOKEN):
        path = route.path.replace("{webhook_id}/{webhook_token}", "1/token")
        path = path.replace("{channel_id}", "1").replace("{message_id}", "2")
        monkeypatch.setattr(route, "url", Route.BASE + path)
    monkeypatch.setattr(acknowledgement, "PAUSES_S", (0.01,))
    monkeypatch.setattr(acknowledgement, "ERROR_PAUSES_S", (0.01, 0.01))
    yield opened
    await runner.cleanup()


@asynccontextmanager
async def asking(route: Route) -> AsyncGenerator[Callable[[], Any]]:
    """Asks over one of the two ways."""
    if route is BY_TOKEN:
        async with aiohttp.ClientSession() as session:
            way = Acknowledgements(lambda: 1)
            yield lambda: way.request(route, session=session, payload={})
        return
    async with Atelier(now) as client:
        await client.http.static_login("token")
        yield lambda: client.http.request(route, json={})


@pytest.mark.parametrize("route", [BY_BOT, BY_TOKEN])
async def test_a_line_without_an_answer_is_dead_after_a_minute(
    service: Service, route: Route, monkeypatch: pytest.MonkeyPatch
):
    loop = asyncio.get_running_loop()
    began, time_of_loop, late_s = loop.time(), loop.time, [0]
    monkeypatch.setattr(loop, "time", lambda: time_of_loop() + late_s[0])
    service.silent_times = 1
    async with asking(route) as ask:
        asked = asyncio.create_task(ask())
        while not service.asked:
            assert loop.time() - began < WITHIN_S
            await asyncio.sleep(0.01)
        late_s[0] = 50
        await asyncio.wait({asked}, timeout=0.1)
        assert not asked.done()
        late_s[0] = 61
        await asyncio.wait({asked}, timeout=WITHIN_S)
        assert asked.done()
        if route is BY_TOKEN:
            assert await asked == {"id": "3"}
            return
        with pytest.raises(TimeoutError):
            await asked


@pytest.mark.parametrize("route", [BY_BOT, BY_TOKEN])
@pytest.mark.parametrize(
    "answer",
    [
        (200, CUT, JSON, {}),
        (200, b"", JSON, {}),
        (200, b"\xff\xfe", JSON, {}),
        (200, PAGE, HTML, {}),
    ],
)
async def test_an_answer_that_cannot_be_read_is_a_lost_one(
    service: Service, route: Route, answer: Answer
):
    service.script = [answer] * 10
    async with asking(route) as ask:
        with pytest.raises(aiohttp.ClientError):
            await ask()


@pytest.mark.parametrize(
    "answer",
    [
        (502, b"", JSON, {}),
        (503, CUT, JSON, {}),
        (503, PAGE, HTML, {}),
        (429, PAGE, HTML, {"Retry-After": "0.05"}),
        (429, b'{"global": false}', JSON, {"Retry-After": "0.05"}),
        (429, b'{"retry_after": "soon"}', JSON, {"Retry-After": "soon"}),
        (200, CUT, JSON, {}),
    ],
)
async def test_what_follows_an_answer_is_sent_again(service: Service, answer: Answer):
    service.script = [answer]
    async with asking(BY_TOKEN) as ask:
        assert await ask() == {"id": "3"}
    assert service.asked == 2


async def test_an_error_that_lasts_is_raised_as_discords(service: Service):
    service.script = [(502, b"", JSON, {})] * 10
    async with asking(BY_TOKEN) as ask:
        with pytest.raises(discord.DiscordServerError):
            await ask()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"global": false}', {}),
        (b'{"retry_after": "soon"}', {}),
        (b'{"retry_after": null}', {}),
        (b"[]", {}),
        (b'{"retry_after": 0}', {"X-RateLimit-Remaining": "none", "X-RateLimit-Limit": "no"}),
    ],
)
async def test_a_limit_that_cannot_be_read_is_no_fault_of_the_bot(
    service: Service, body: bytes, headers: dict[str, str]
):
    service.script = [(429, body, JSON, {}), (200, b'{"id": "3"}', JSON, headers)]
    async with asking(BY_BOT) as ask:
        with pytest.raises(aiohttp.ClientError):
            await ask()


async def test_what_cannot_be_sent_is_a_fault_of_the_bot(service: Service):
    async with Atelier(now) as client:
        await client.http.static_login("token")
        with pytest.raises(TypeError):
            await client.http.request(BY_BOT, json={"content": object()})
    assert not service.asked


async def test_the_pause_of_a_limit_may_be_in_its_body_alone(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(acknowledgement, "ERROR_PAUSES_S", (0.0, 0.0))
    service.script = [(429, b'{"retry_after": 0.4, "global": false}', JSON, {})]
    async with asking(BY_TOKEN) as ask:
        began = time.monotonic()
        assert await ask() == {"id": "3"}
        assert time.monotonic() - began >= 0.4
        service.script = [(429, b'{"retry_after": 3600.5}', JSON, {})]
        with pytest.raises(discord.RateLimited) as limited:
            await ask()
    assert limited.value.retry_after == 3600.5


@pytest.mark.parametrize("route", [BY_BOT, BY_TOKEN])
async def test_a_limit_of_an_hour_is_not_waited_for(service: Service, route: Route):
    body = b'{"retry_after": 3600.0, "global": false}'
    service.script = [(429, body, JSON, {"Retry-After": "3600"})] * 10
    async with asking(route) as ask:
        async with asyncio.timeout(WITHIN_S):
            with pytest.raises(discord.RateLimited):
                await ask()
    assert service.asked == 1


async def test_the_next_one_of_a_token_waits_until_its_limit_is_free(service: Service):
    used_up = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "0.4"}
    service.script = [(200, b'{"id": "3"}', JSON, used_up)]
    async with asking(BY_TOKEN) as ask:
        began = time.monotonic()
        await ask()
        first_s = time.monotonic() - began
        await ask()
    assert first_s < 0.3
    assert time.monotonic() - began >= 0.4


async def test_others_go_on_when_one_is_cancelled_in_a_global_limit(service: Service):
    body = b'{"retry_after": 20.0, "global": true}'
    service.script = [(429, body, JSON, {"Retry-After": "20"})]
    elsewhere = Route("GET", "/channels/{channel_id}", channel_id=4)
    async with Atelier(now) as client:
        await client.http.static_login("token")
        first = asyncio.create_task(client.http.request(BY_BOT))
        async with asyncio.timeout(WITHIN_S):
            while not service.asked:  # noqa: ASYNC110 - the service has no event
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            second, third = (asyncio.create_task(client.http.request(elsewhere)) for _ in range(2))
            await asyncio.sleep(0.1)
            # It waits for the first, and ends no limit.
            second.cancel()
            await asyncio.wait({second, third}, timeout=0.2)
            assert (service.asked, third.done()) == (1, False)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            assert await third == {"id": "3"}
