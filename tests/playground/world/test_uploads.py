"""How large files may be: the guild's boosts, a test's own limit, and who is held to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from playground.rest.bodies import MIB
from playground.world.uploads import size_text
from playground.world.world import APPLICATION_ID, STUDIO_ID
from tests.driver.driver import Driver, DriveRefused

if TYPE_CHECKING:
    from playground.wire import Json
    from tests.playground.raw import Answer, RawBot

MESSAGES = f"/channels/{STUDIO_ID}/messages"
SMALL, LARGE = bytes(1000), bytes(1001)


@pytest.fixture
async def bot(raw: RawBot) -> RawBot:
    await raw.identify()
    commands = f"/applications/{APPLICATION_ID}/commands"
    assert (await raw.call("PUT", commands, [{"name": "go", "description": "x"}])).status == 200
    return raw


async def started(bot: RawBot, driver: Driver) -> tuple[Json, asyncio.Task[object]]:
    """An interaction that waits for its first response."""
    asking: asyncio.Task[object] = asyncio.create_task(driver.invoke("go"))
    return await bot.next(), asking


async def test_boosts_lift_what_interactions_carry(bot: RawBot, driver: Driver) -> None:
    for tier, most in ((0, 10), (1, 10), (2, 50), (3, 100)):
        changed = await driver.change_guild(tier)
        assert changed["premium_tier"] == tier
        assert (await bot.next("GUILD_UPDATE"))["premium_tier"] == tier
        interaction, asking = await started(bot, driver)
        assert interaction["attachment_size_limit"] == most * MIB
        await bot.acknowledge(interaction, 4, {"content": "ok"})
        await asking
    assert (await driver.state())["guild"]["premium_tier"] == 3
    direct = asyncio.create_task(driver.invoke("go", channel="@me"))
    interaction = await bot.next()
    assert interaction["attachment_size_limit"] == 10 * MIB
    await bot.acknowledge(interaction, 4, {"content": "ok"})
    await direct


async def test_a_boosted_guild_takes_more(bot: RawBot, driver: Driver) -> None:
    video = bytes(26 * MIB)
    assert (await bot.call("POST", MESSAGES, {}, {"f": video})).code == 40005
    await driver.change_guild(2)
    assert (await bot.call("POST", MESSAGES, {}, {"f": video})).status == 200


async def test_every_way_to_send_a_file_is_held_to_the_limit(bot: RawBot, driver: Driver) -> None:
    await driver.limit_uploads(1000)
    interaction, asking = await started(bot, driver)
    assert interaction["attachment_size_limit"] == 1000
    callback = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
    webhook = f"/webhooks/{APPLICATION_ID}/{interaction['token']}"
    reply: Json = {"type": 4, "data": {"content": "x"}}

    async def sent(method: str, path: str, data: bytes, body: Json) -> Answer:
        return await bot.call(method, path, body, {"f": data})

    assert (await sent("POST", callback, LARGE, reply)).code == 40005
    assert (await sent("POST", callback, SMALL, reply)).status == 204
    await asking
    original = f"{webhook}/messages/@original"
    posted = await sent("POST", MESSAGES, SMALL, {})
    edited = f"{MESSAGES}/{posted.body['id']}"
    ways = (("PATCH", original), ("POST", webhook), ("POST", MESSAGES), ("PATCH", edited))
    for method, path in ways:
        refused = await sent(method, path, LARGE, {"content": "x"})
        assert (refused.status, refused.code) == (413, 40005)
        assert (await sent(method, path, SMALL, {"content": "x"})).status == 200
    kinds = [problem["kind"] for problem in (await driver.report())["problems"]]
    assert kinds == ["too_large"] * 5
    await driver.limit_uploads(None)
    assert (await sent("POST", MESSAGES, LARGE, {})).status == 200


async def test_members_are_held_to_the_limit(driver: Driver) -> None:
    await driver.limit_uploads(1000)
    with pytest.raises(DriveRefused, match="larger than 1000 bytes") as caught:
        await driver.upload("a", LARGE)
    assert caught.value.status == 413
    kept = await driver.upload("a", SMALL)
    await driver.limit_uploads(999)
    refused = {"content": "", "attachments": [kept["id"]], "member": "mina", "channel": "studio"}
    base = kept["url"].split("/ephemeral-attachments")[0]
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{base}/drive/post", json=refused) as response,
    ):
        assert response.status == 413


async def test_limits_that_make_no_sense(driver: Driver) -> None:
    with pytest.raises(DriveRefused, match="0, 1, 2 or 3"):
        await driver.change_guild(4)
    for wrong in (0, -5):
        with pytest.raises(DriveRefused, match="number of bytes"):
            await driver.limit_uploads(wrong)


def test_sizes_are_told_as_people_read_them() -> None:
    assert [size_text(n) for n in (999, 1536, 10 * MIB)] == ["999 bytes", "1.5 KiB", "10 MiB"]
