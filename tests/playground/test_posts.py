"""Messages of members with their files, and what a message menu tells the bot of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from playground.server import Playground
from playground.world.world import APPLICATION_ID, JUN_ID, STUDIO_ID
from tests.driver.driver import Driver, DriveRefused
from tests.playground.bots import picture
from tests.playground.raw import RawBot
from tests.playground.videos import video

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playground.wire import Json

GUILDS, MESSAGES, DIRECT, CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
V2 = 1 << 15
ANIMATE: Json = {"name": "Animate", "type": 3}


@pytest.fixture
async def bot(raw: RawBot) -> RawBot:
    """A bot that may not read what members write, with a message menu."""
    await raw.identify(intents=GUILDS)
    commands = f"/applications/{APPLICATION_ID}/commands"
    assert (await raw.call("PUT", commands, [ANIMATE])).status == 200
    return raw


async def told_of(bot: RawBot, driver: Driver, message: str) -> Json:
    """The message as the menu's interaction hands it to the bot."""
    asking = asyncio.create_task(driver.menu("Animate", message=message))
    interaction = await bot.next()
    await bot.acknowledge(interaction, 4, {"content": "ok"})
    await asking
    assert interaction["data"]["target_id"] == message
    return interaction["data"]["resolved"]["messages"][message]


async def test_a_member_posts_pictures(driver: Driver) -> None:
    files = {"a boat.png": picture(12, 8), "film.mp4": video(frames=2)}
    posted = await driver.post("look", files, alt={"a boat.png": "a boat"})
    assert (await driver.messages(member="jun"))[-1]["id"] == posted["id"]
    assert (posted["author"]["global_name"], posted["content"]) == ("Mina", "look")
    boat, moving = posted["attachments"]
    assert (boat["filename"], boat["description"]) == ("a_boat.png", "a boat")
    assert (boat["content_type"], boat["width"], boat["height"]) == ("image/png", 12, 8)
    assert (moving["content_type"], moving["width"], moving["height"]) == ("video/mp4", 320, 192)
    assert f"/attachments/{STUDIO_ID}/{boat['id']}/a_boat.png?ex=" in boat["url"]
    assert "ephemeral" not in boat
    async with aiohttp.ClientSession() as session, session.get(boat["url"]) as response:
        assert await response.read() == picture(12, 8)


async def test_an_upload_belongs_to_one_message(driver: Driver, playground: Playground) -> None:
    kept = await driver.upload("a.png", picture())
    body = {"member": "mina", "channel": "studio", "attachments": [kept["id"]]}
    async with aiohttp.ClientSession() as session:
        for status in (200, 404):
            async with session.post(f"{playground.url}drive/post", json=body) as response:
                assert response.status == status
        async with session.get(kept["url"]) as response:
            assert response.status == 404


async def test_a_menu_hands_a_members_message_over(bot: RawBot, driver: Driver) -> None:
    posted = await driver.post("hi", {"boat.png": picture(12, 8)}, member="jun")
    told = await told_of(bot, driver, posted["id"])
    assert (told["author"]["id"], told["content"]) == (JUN_ID, "hi")
    (boat,) = told["attachments"]
    assert boat["url"] == boat["proxy_url"] == posted["attachments"][0]["url"]
    wanted = {"filename": "boat.png", "size": len(picture(12, 8)), "content_type": "image/png"}
    assert boat | wanted | {"width": 12, "height": 8} == boat
    assert boat["id"] == posted["attachments"][0]["id"]


async def test_a_menu_hands_the_bots_own_card_over(bot: RawBot, driver: Driver) -> None:
    item = {"media": {"url": "attachment://f.mp4"}, "description": "a film"}
    container = {"type": 17, "components": [{"type": 12, "items": [item]}]}
    card = {"flags": V2, "components": [container]}
    path = f"/channels/{STUDIO_ID}/messages"
    sent = (await bot.call("POST", path, card, {"f.mp4": video(frames=2)})).body
    told = await told_of(bot, driver, sent["id"])
    (attachment,) = told["attachments"]
    assert (attachment["content_type"], attachment["width"]) == ("video/mp4", 320)
    shown = told["components"][0]["components"][0]["items"][0]
    assert shown["description"] == "a film"
    media = shown["media"]
    assert media["attachment_id"] == attachment["id"]
    assert (media["content_type"], media["width"], media["height"]) == ("video/mp4", 320, 192)
    async with aiohttp.ClientSession() as session, session.get(media["url"]) as response:
        assert await response.read() == video(frames=2)


@pytest.fixture
async def readers() -> AsyncGenerator[tuple[Driver, dict[int, RawBot]]]:
    """Bots that asked for more and less of what members write."""
    asked = (GUILDS, GUILDS | MESSAGES, GUILDS | MESSAGES | CONTENT | DIRECT)
    async with (
        Playground(privileged=True) as playground,
        Driver(playground.url) as driver,
        aiohttp.ClientSession() as session,
    ):
        bots = {intents: RawBot(playground, session) for intents in asked}
        for intents, bot in bots.items():
            await bot.identify(intents=intents)
        yield driver, bots
        for bot in bots.values():
            await bot.close()


async def test_only_bots_that_asked_hear_of_it(
    readers: tuple[Driver, dict[int, RawBot]],
) -> None:
    driver, bots = readers
    blind, deaf, all_ears = bots.values()
    posted = await driver.post("secret", {"a.png": picture()})
    heard = await deaf.next("MESSAGE_CREATE")
    assert (heard["id"], heard["content"], heard["attachments"]) == (posted["id"], "", [])
    read = await all_ears.next("MESSAGE_CREATE")
    assert (read["content"], read["attachments"][0]["filename"]) == ("secret", "a.png")
    assert read["member"]["roles"]
    await driver.post("to you alone", channel="@me")
    assert (await all_ears.next("MESSAGE_CREATE"))["content"] == "to you alone"
    await driver.change_guild(2)
    assert (await blind.receive())["t"] == "GUILD_UPDATE"


async def test_a_reply_names_what_it_answers(driver: Driver) -> None:
    first = await driver.post("one")
    reply = await driver.post("two", reply_to=first["id"], member="jun")
    assert (reply["type"], reply["referenced_message"]["id"]) == (19, first["id"])
    assert [user["global_name"] for user in reply["mentions"]] == ["Mina"]


async def test_a_member_may_delete_their_own_message(driver: Driver) -> None:
    posted = await driver.post("oops", {"a.png": picture()})
    with pytest.raises(DriveRefused, match="Only the author"):
        await driver.delete(posted["id"], member="jun")
    await driver.delete(posted["id"])
    assert await driver.messages() == []


async def test_posts_that_discord_would_not_take(driver: Driver, playground: Playground) -> None:
    for words, part in (("", "words or a file"), (" ", "words or"), ("x" * 2001, "2000 char")):
        with pytest.raises(DriveRefused, match=part):
            await driver.post(words)
    with pytest.raises(DriveRefused, match="at most 10 files"):
        await driver.post("x", {f"{n}.txt": b"x" for n in range(11)})
    with pytest.raises(DriveRefused, match="would refuse"):
        await driver.post("x", {"a.txt": b"x"}, alt={"a.txt": "x" * 1025})
    with pytest.raises(DriveRefused, match="no channel"):
        await driver.post("x", channel="nowhere")
    async with aiohttp.ClientSession() as session:
        where = {"member": "mina", "channel": "studio"}
        for wrong in ({"content": 5}, {"attachments": 5}, {"attachments": [5]}):
            url = f"{playground.url}drive/post"
            async with session.post(url, json=where | wrong) as response:
                assert response.status == 400
        async with session.post(url, json=where | {"attachments": ["1"]}) as response:
            assert response.status == 404
    assert await driver.messages() == []
