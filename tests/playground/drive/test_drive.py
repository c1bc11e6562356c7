"""What Discord's client would not let a member do, and what the drive API says then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from playground.drive.options import DriveError
from playground.server import Playground
from playground.world.messages import Message
from playground.world.world import (
    APPLICATION_ID,
    GALLERY_ID,
    GUILD_ID,
    JUN_ID,
    MINA_ID,
    READ_ONLY_ID,
    ROWAN_ID,
    STUDIO_ID,
)
from tests.driver.driver import Driver, DriveRefused

if TYPE_CHECKING:
    from playground.wire import Json
    from tests.playground.raw import RawBot

COMMANDS = f"/applications/{APPLICATION_ID}/commands"
MESSAGES = f"/channels/{STUDIO_ID}/messages"


def option(kind: int, name: str, **more: Any) -> Json:
    return {"type": kind, "name": name, "description": "x"} | more


CHOICES = [{"name": "One", "value": "1"}, {"name": "Two", "value": "2"}]
EVERY_OPTION = [
    option(3, "text", min_length=2, max_length=4),
    option(3, "choice", choices=CHOICES),
    option(4, "whole", min_value=1, max_value=9),
    option(10, "number", max_value=1.5),
    option(5, "flag"),
    option(6, "who"),
    option(7, "where", channel_types=[0]),
    option(8, "role"),
    option(9, "either"),
    option(11, "file"),
]


async def refusal(doing: Any) -> DriveRefused:
    with pytest.raises(DriveRefused) as caught:
        await doing
    assert caught.value.sentence.endswith(".")
    return caught.value


@pytest.fixture
async def bot(raw: RawBot) -> RawBot:
    """A raw bot with commands that use everything options can ask for."""
    await raw.identify()
    sub = option(1, "gift", options=[option(4, "amount", required=True)])
    commands: list[Json] = [
        {"name": "all", "description": "x", "options": EVERY_OPTION},
        {"name": "must", "description": "x", "options": [option(3, "text", required=True)]},
        {"name": "credits", "description": "x", "options": [sub]},
        {"name": "admin", "description": "x", "default_member_permissions": "0"},
        {"name": "moderate", "description": "x", "default_member_permissions": str(1 << 5)},
        {"name": "adult", "description": "x", "nsfw": True},
        {"name": "direct", "description": "x", "contexts": [1]},
        {"name": "Wave", "type": 2},
        {"name": "Quote", "type": 3},
    ]
    assert (await raw.call("PUT", COMMANDS, commands)).status == 200
    return raw


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"text": "x"}, "text: the text must have 2 to 4"),
        ({"text": "xxxxx"}, "text: the text must have 2 to 4"),
        ({"text": 5}, "text: a text"),
        ({"choice": "3"}, "choice: choose one"),
        ({"choice": "One"}, "choice: choose one"),
        ({"whole": 0}, "whole: the smallest value is 1"),
        ({"whole": 10}, "whole: the largest value is 9"),
        ({"whole": 1.5}, "whole: a whole number"),
        ({"whole": True}, "whole: a whole number"),
        ({"number": 2}, "number: the largest value is 1.5"),
        ({"number": "1"}, "number: a number"),
        ({"flag": "yes"}, "flag: choose true or false"),
        ({"who": "1"}, "who: there is no such"),
        ({"who": 5}, "who: an id"),
        ({"where": JUN_ID}, "where: there is no such"),
        ({"role": JUN_ID}, "role: there is no such"),
        ({"either": "1"}, "either: there is no such"),
        ({"file": "1"}, "file: there is no such"),
        ({"nonsense": 1}, "no option nonsense"),
    ],
)
@pytest.mark.usefixtures("bot")
async def test_options_are_checked(driver: Driver, options: Json, part: str) -> None:
    refused = await refusal(driver.invoke("all", options))
    assert refused.status == 400
    assert part in refused.sentence
    assert (await driver.report())["interactions"] == 0


async def test_options_are_resolved(bot: RawBot, driver: Driver) -> None:
    uploaded = await driver.upload("a.txt", b"text", "text/plain")
    options = {
        "text": "abc",
        "whole": 3,
        "number": 1,
        "flag": False,
        "who": JUN_ID,
        "where": GALLERY_ID,
        "role": GUILD_ID,
        "either": ROWAN_ID,
        "file": uploaded["id"],
    }
    asking = asyncio.create_task(driver.invoke("all", options, locale="ja"))
    interaction = await bot.next()
    await bot.acknowledge(interaction, 4, {"content": "ok"})
    await asking
    data = interaction["data"]
    assert {item["name"]: item["value"] for item in data["options"]} == options
    resolved = data["resolved"]
    assert set(resolved["users"]) == set(resolved["members"]) == {JUN_ID, ROWAN_ID}
    assert "permissions" in resolved["members"][JUN_ID]
    assert resolved["channels"][GALLERY_ID]["name"] == "gallery"
    assert resolved["roles"][GUILD_ID]["name"] == "@everyone"
    attachment = resolved["attachments"][uploaded["id"]]
    assert (attachment["size"], attachment["ephemeral"]) == (4, True)
    assert (interaction["locale"], interaction["guild_locale"]) == ("ja", "en-US")


@pytest.mark.parametrize(
    ("command", "where", "who", "part"),
    [
        ("nothing", "studio", "mina", "no command nothing"),
        ("must", "studio", "mina", "text is required"),
        ("credits", "studio", "mina", "needs a subcommand"),
        ("credits steal", "studio", "mina", "no subcommand steal"),
        ("credits gift", "studio", "mina", "amount is required"),
        ("admin", "studio", "rowan", "may not use admin"),
        ("moderate", "studio", "mina", "may not use moderate"),
        ("adult", "studio", "mina", "age-restricted"),
        ("direct", "studio", "mina", "cannot be used here"),
        ("must", "nowhere", "mina", "no channel nowhere"),
        ("must", "studio", "nobody", "no member nobody"),
    ],
)
@pytest.mark.usefixtures("bot")
async def test_commands_that_cannot_be_used(
    driver: Driver, command: str, where: str, who: str, part: str
) -> None:
    refused = await refusal(driver.invoke(command, member=who, channel=where))
    assert part in refused.sentence


@pytest.mark.usefixtures("bot")
async def test_menus_need_their_target(driver: Driver) -> None:
    assert (await refusal(driver.menu("Quote", message="1"))).status == 404
    assert (await refusal(driver.menu("Wave", target="1"))).status == 404
    assert (await refusal(driver.menu("Quote", target=JUN_ID))).status == 404


async def test_menu_payload(bot: RawBot, driver: Driver) -> None:
    sent = (await bot.call("POST", MESSAGES, {"content": "hello"})).body
    asking = asyncio.create_task(driver.menu("Quote", message=sent["id"]))
    interaction = await bot.next()
    await bot.acknowledge(interaction, 4, {"content": "ok"})
    answer = (await asking).message or {}
    assert interaction["data"]["target_id"] == sent["id"]
    assert interaction["data"]["resolved"]["messages"][sent["id"]]["content"] == "hello"
    assert answer["type"] == 23
    assert answer["interaction_metadata"]["target_message_id"] == sent["id"]


async def test_autocomplete_needs_an_option_that_has_it(bot: RawBot, driver: Driver) -> None:
    assert "no autocomplete" in (await refusal(driver.autocomplete("all", "text"))).sentence
    assert "no option" in (await refusal(driver.autocomplete("all", "nonsense"))).sentence
    await bot.socket.close(code=1000)


async def test_autocomplete_without_a_bot(bot: RawBot, driver: Driver) -> None:
    engine = option(3, "engine", autocomplete=True)
    await bot.call("PUT", COMMANDS, [{"name": "e", "description": "x", "options": [engine]}])
    await bot.socket.close(code=1000)
    await driver.wait_for(lambda event: event.data == {"connected": False})
    assert (await refusal(driver.autocomplete("e", "engine"))).status == 409


async def test_components_that_cannot_be_used(bot: RawBot, driver: Driver) -> None:
    row = [
        {"type": 2, "style": 1, "label": "Dead", "custom_id": "dead", "disabled": True},
        {"type": 2, "style": 5, "label": "Link", "url": "https://example.com"},
    ]
    options = [{"label": n, "value": n} for n in "abc"]
    pick = {"type": 3, "custom_id": "pick", "options": options, "max_values": 2}
    components = [{"type": 1, "components": row}, {"type": 1, "components": [pick]}]
    sent = (await bot.call("POST", MESSAGES, {"content": "x", "components": components})).body
    message = sent["id"]
    assert "disabled" in (await refusal(driver.click(message, "dead"))).sentence
    assert (await refusal(driver.click(message, "absent"))).status == 404
    assert (await refusal(driver.click("1", "dead"))).status == 404
    assert "not a button" in (await refusal(driver.click(message, "pick"))).sentence
    for values in ([], ["a", "b", "c"], ["a", "a"], ["x"]):
        assert (await refusal(driver.select(message, "pick", values))).status == 400


async def test_others_cannot_use_a_private_message(bot: RawBot, driver: Driver) -> None:
    asking = asyncio.create_task(driver.invoke("must", {"text": "x"}))
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
    data = {"content": "secret", "flags": 1 << 6, "components": [row]}
    await bot.acknowledge(await bot.next(), 4, data)
    message = ((await asking).message or {})["id"]
    assert (await refusal(driver.click(message, "go", member="jun"))).status == 404


async def test_forms_are_checked(bot: RawBot, driver: Driver) -> None:
    def label(component: Json) -> Json:
        return {"type": 18, "label": f"The {component['custom_id']}", "component": component}

    options = [{"label": n, "value": n} for n in "abc"]
    fields: list[Json] = [
        {"type": 4, "custom_id": "text", "style": 1, "min_length": 2, "max_length": 3},
        {"type": 21, "custom_id": "radio", "options": options},
        {"type": 22, "custom_id": "boxes", "options": options, "max_values": 2},
        {"type": 23, "custom_id": "box"},
        {"type": 19, "custom_id": "file"},
    ]
    asking = asyncio.create_task(driver.invoke("must", {"text": "x"}))
    form = {"custom_id": "f", "title": "F", "components": [label(field) for field in fields]}
    await bot.acknowledge(await bot.next(), 9, form)
    opened = (await asking).id
    upload = (await driver.upload("a.txt", b"x", "text/plain"))["id"]
    good: dict[str, Any] = {
        "text": "abc",
        "radio": "b",
        "boxes": ["a", "c"],
        "box": True,
        "file": [upload],
    }
    wrong: list[tuple[Json, str]] = [
        ({"text": "a"}, "The text: the text must have 2 to 3"),
        ({"text": ""}, "The text: this field is required"),
        ({"text": 5}, "The text: a text"),
        ({"radio": "x"}, "The radio: x is not offered"),
        ({"boxes": ["a", "b", "c"]}, "The boxes: Choose 1 to 2"),
        ({"boxes": "a"}, "The boxes: A list"),
        ({"box": "yes"}, "The box: true or false"),
        ({"file": []}, "The file: a file is required"),
        ({"file": ["1"]}, "The file: 1 is not offered"),
        ({"other": "x"}, "no field other"),
    ]
    for change, part in wrong:
        assert part in (await refusal(driver.submit(opened, good | change))).sentence
    assert (await refusal(driver.submit(opened, good, member="jun"))).status == 404
    sending = asyncio.create_task(driver.submit(opened, good))
    interaction = await bot.next()
    await bot.acknowledge(interaction, 4, {"content": "ok"})
    await sending
    sent = [item["component"] for item in interaction["data"]["components"]]
    assert [item.get("value", item.get("values")) for item in sent] == list(good.values())
    assert upload in interaction["data"]["resolved"]["attachments"]
    assert (await refusal(driver.submit(opened, good))).status == 409


async def test_who_may_delete(bot: RawBot, driver: Driver, playground: Playground) -> None:
    sent = (await bot.call("POST", MESSAGES, {"content": "x"})).body
    assert (await refusal(driver.delete(sent["id"]))).status == 409
    await driver.delete(sent["id"], member="rowan")
    world = playground.world
    own = Message(world.ids.next(), STUDIO_ID, MINA_ID, world.clock.now(), content="mine")
    playground.posting.add(own, world.channels[STUDIO_ID])
    await driver.delete(own.id)
    assert await driver.messages() == []


async def test_state(bot: RawBot, driver: Driver) -> None:
    state = await driver.state()
    assert [channel["name"] for channel in state["channels"]] == [
        "studio",
        "gallery",
        "after-dark",
        "read-only",
        "Mina",
    ]
    people = {m["name"]: (m["bot"], m["moderator"]) for m in state["members"]}
    assert people == {
        "Atelier": (True, False),
        "Mina": (False, False),
        "Jun": (False, False),
        "Rowan": (False, True),
        "Ada": (False, True),
        "Ines": (False, True),
    }
    assert [m["name"] for m in state["members"] if m["owner"]] == ["Ines"]
    roles = [role["name"] for role in state["roles"]]
    assert roles == ["@everyone", "Moderator", "Painter", "Atelier", "Administrator"]
    assert all(m["avatar_color"].startswith("#") for m in state["members"])
    assert state["channels"][2]["nsfw"] is True
    assert len(state["commands"]) == 9
    assert state["top_up"] is False
    assert (await driver.state(MINA_ID))["guild"] == state["guild"]


async def test_top_up() -> None:
    runs: list[tuple[str, str, str]] = []

    async def top_up(guild: str, member: str, credits_: str) -> None:
        if credits_ == "0":
            raise DriveError("Nothing to add.", 409)
        runs.append((guild, member, credits_))

    async with Playground(top_up=top_up) as playground, Driver(playground.url) as driver:
        assert (await driver.state())["top_up"] is True
        await driver.top_up(25, member="jun")
        assert runs == [(GUILD_ID, JUN_ID, "25")]
        assert (await refusal(driver.top_up(0))).sentence == "Nothing to add."


async def test_without_a_top_up_command(driver: Driver) -> None:
    assert (await refusal(driver.top_up(5))).status == 404


async def test_requests_that_make_no_sense(driver: Driver, playground: Playground) -> None:
    assert "A fault is one of" in (await refusal(driver.fault("299"))).sentence
    assert "no action dance" in (await refusal(driver.gateway("dance"))).sentence
    assert "number of seconds" in (await refusal(driver.advance(-1))).sentence
    assert (await refusal(driver.replay("1"))).status == 404
    assert (await refusal(driver.interaction("1"))).status == 404
    async with aiohttp.ClientSession() as session:
        for body in (b"no json", b"[]", b"{}", b'{"member": 5}'):
            async with session.post(f"{playground.url}drive/click", data=body) as response:
                assert response.status == 400
                assert (await response.json())["error"]
        async with session.get(f"{playground.url}drive/state") as response:
            assert (await response.json())["error"] == "The query needs member."


async def test_replay_without_a_bot(bot: RawBot, driver: Driver) -> None:
    asking = asyncio.create_task(driver.invoke("must", {"text": "x"}))
    interaction = await bot.next()
    await bot.acknowledge(interaction, 5)
    await asking
    await bot.socket.close(code=1000)
    await driver.wait_for(lambda event: event.data == {"connected": False})
    assert (await refusal(driver.replay(interaction["id"]))).status == 409


async def test_old_messages_and_their_files_make_room(raw: RawBot) -> None:
    async with Playground(keep=100) as playground, aiohttp.ClientSession() as session:
        crowded = type(raw)(playground, session)
        first = await crowded.call("POST", MESSAGES, {}, {"a.txt": b"x"})
        for number in range(200):
            await crowded.call("POST", MESSAGES, {"content": str(number)})
        path = f"{MESSAGES}/{first.body['id']}"
        assert (await crowded.call("GET", path)).code == 10008
        async with session.get(first.body["attachments"][0]["url"]) as response:
            assert response.status == 404
        newest = (await crowded.call("GET", f"{MESSAGES}?limit=1")).body
        assert newest[0]["content"] == "199"


@pytest.mark.usefixtures("bot")
async def test_interactions_work_where_the_bot_may_not_speak(bot: RawBot, driver: Driver) -> None:
    asking = asyncio.create_task(driver.invoke("must", {"text": "x"}, channel="read-only"))
    interaction = await bot.next()
    assert not int(interaction["app_permissions"]) & 1 << 11
    assert (await bot.acknowledge(interaction, 4, {"content": "ok"})).status == 200
    await asking
    assert len(await driver.messages(READ_ONLY_ID)) == 1
