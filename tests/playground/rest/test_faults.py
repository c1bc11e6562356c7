"""Faults on request, as the unmodified discord.py and a plain client meet them."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import aiohttp
import discord
import pytest

from playground.rest.faults import Fault, Faults
from playground.world.world import STUDIO_ID
from tests.playground.bots import studio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playground.server import Playground
    from tests.driver.driver import Driver
    from tests.playground.bots import Bot
    from tests.playground.raw import RawBot

MESSAGES = f"/channels/{STUDIO_ID}/messages"


@pytest.fixture
async def bot(connect: Callable[[Bot], Awaitable[None]]) -> Bot:
    """The unmodified discord.py, connected."""
    one = studio()
    await connect(one)
    return one


def studio_channel(bot: Bot) -> discord.PartialMessageable:
    return bot.get_partial_messageable(int(STUDIO_ID))


async def test_429_is_retried_because_it_carries_via(bot: Bot, driver: Driver) -> None:
    await driver.fault("429", method="POST", route="/callback", retry_after=0.05)
    assert bot.is_closed() is False
    outcome = await driver.invoke("greet", {"name": "you"})
    assert outcome.state == "acknowledged"
    assert outcome.ack_ms is not None
    assert outcome.ack_ms > 50


async def test_429_on_a_bot_route(bot: Bot, driver: Driver) -> None:
    await driver.fault("429", method="POST", route=f"/channels/{STUDIO_ID}/*", retry_after=0.05)
    message = await studio_channel(bot).send("hello")
    assert (await driver.messages())[0]["id"] == str(message.id)


async def test_500_is_retried_by_discord_py(bot: Bot, driver: Driver) -> None:
    await driver.fault("500", route="/callback")
    outcome = await driver.invoke("greet", {"name": "you"})
    assert outcome.state == "acknowledged"
    assert (await driver.report())["problems"] == []


async def test_503_on_a_bot_route_is_raised_at_once(bot: Bot, driver: Driver) -> None:
    await driver.fault("503", route=MESSAGES)
    with pytest.raises(discord.DiscordServerError) as caught:
        await studio_channel(bot).send("hello")
    assert caught.value.status == 503
    assert await driver.messages() == []


async def test_dropped_connection_before_anything_happened(bot: Bot, driver: Driver) -> None:
    await driver.fault("drop", route=MESSAGES)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await studio_channel(bot).send("hello")
    assert await driver.messages() == []


async def test_dropped_connection_after_the_deed(bot: Bot, driver: Driver) -> None:
    await driver.fault("drop_after", route=MESSAGES)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await studio_channel(bot).send("hello", nonce="job-1")
    again = await studio_channel(bot).send("hello", nonce="job-1")
    assert [message["id"] for message in await driver.messages()] == [str(again.id)]


async def test_an_upload_that_breaks_off_half_way(raw: RawBot, driver: Driver) -> None:
    await driver.fault("drop_half", route=MESSAGES)
    video = {"film.mp4": bytes(8 * 1024 * 1024)}
    with pytest.raises(aiohttp.ClientConnectionError):
        await raw.call("POST", MESSAGES, {}, video)
    assert await driver.messages() == []
    assert (await raw.call("POST", MESSAGES, {}, video)).status == 200


async def test_an_upload_that_is_refused_as_too_large(raw: RawBot, driver: Driver) -> None:
    await driver.fault("413", method="PATCH", route="/messages/")
    sent = await raw.call("POST", MESSAGES, {}, {"film.mp4": b"film"})
    path = f"{MESSAGES}/{sent.body['id']}"
    refused = await raw.call("PATCH", path, {}, {"film.mp4": b"film"})
    assert (refused.status, refused.code) == (413, 40005)
    assert (await driver.report())["problems"] == []


async def test_an_upload_that_arrives_and_fails(raw: RawBot, driver: Driver) -> None:
    await driver.fault("500", method="POST", route=MESSAGES)
    video = {"film.mp4": bytes(8 * 1024 * 1024)}
    assert (await raw.call("POST", MESSAGES, {}, video)).status == 500
    assert await driver.messages() == []
    assert (await raw.call("POST", MESSAGES, {}, video)).status == 200


async def test_an_upload_by_discord_py_that_breaks_off(bot: Bot, driver: Driver) -> None:
    await driver.fault("drop_half", route=MESSAGES)
    file = discord.File(io.BytesIO(bytes(8 * 1024 * 1024)), "film.mp4")
    with pytest.raises((aiohttp.ClientConnectionError, ConnectionResetError)):
        await studio_channel(bot).send(file=file)
    assert await driver.messages() == []


async def test_delay(raw: RawBot, driver: Driver) -> None:
    await driver.fault("delay", method="GET", route="/users/@me", delay=0.1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await raw.call("GET", "/users/@me")).status == 200
    assert loop.time() - began >= 0.1


async def test_faults_strike_as_often_as_asked(raw: RawBot, driver: Driver) -> None:
    await driver.fault("502", route="/gateway/bot", times=2)
    statuses = [(await raw.call("GET", "/gateway/bot")).status for _ in range(3)]
    assert statuses == [502, 502, 200]
    await driver.fault("500")
    await driver.clear_faults()
    assert (await raw.call("GET", "/gateway/bot")).status == 200


async def test_faults_reach_the_cdn(driver: Driver, playground: Playground) -> None:
    uploaded = await driver.upload("a.txt", b"text", "text/plain")
    await driver.fault("500", route="/ephemeral-attachments/*")
    async with aiohttp.ClientSession() as session:
        statuses: list[int] = []
        for _ in range(2):
            async with session.get(uploaded["url"]) as response:
                statuses.append(response.status)
    assert statuses == [500, 200]


@pytest.mark.parametrize(
    ("method", "route", "hit"),
    [
        (None, None, True),
        ("patch", "/messages/", True),
        ("PATCH", "/channels/*/messages/*", True),
        ("POST", "/messages/", False),
        ("PATCH", "/webhooks/*", False),
        ("PATCH", "@original", False),
    ],
)
def test_routes_are_parts_or_globs(method: str | None, route: str | None, hit: bool) -> None:
    faults = Faults()
    faults.add(Fault("", "500", method, route))
    assert (faults.take("PATCH", "/channels/1/messages/2") is not None) is hit
