"""The people and places of the playground: guilds come and go, members change, all may be asked."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord import app_commands

from playground.server import Playground
from playground.world.world import APPLICATION_ID, GUILD_ID, MINA_ID, ROWAN_ID, STUDIO_ID
from tests.driver.driver import Driver, DriveRefused
from tests.playground.bots import Bot, Interaction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playground.wire import Json
    from tests.playground.raw import RawBot

COMMANDS = f"/applications/{APPLICATION_ID}/commands"
MESSAGES = f"/channels/{STUDIO_ID}/messages"
MANAGE_GUILD = 1 << 5

PRIVILEGED: list[Json] = [
    {"name": "all", "description": "x"},
    {"name": "limits", "description": "x", "default_member_permissions": str(MANAGE_GUILD)},
    {"name": "operator", "description": "x", "default_member_permissions": str(1 << 3)},
    {"name": "nobody", "description": "x", "default_member_permissions": "0"},
    {"name": "Remove and refund", "type": 3, "default_member_permissions": str(1 << 40)},
]


@pytest.mark.parametrize(
    ("member", "allowed"),
    [
        ("mina", {"all"}),
        ("jun", {"all"}),
        ("rowan", {"all", "limits"}),
        ("ada", {"all", "limits", "operator", "nobody"}),
        ("ines", {"all", "limits", "operator", "nobody"}),
    ],
)
async def test_who_may_use_what(
    raw: RawBot, driver: Driver, member: str, allowed: set[str]
) -> None:
    await raw.identify()
    await raw.call("PUT", COMMANDS, PRIVILEGED)
    names = [command["name"] for command in PRIVILEGED if "type" not in command]
    for name in names:
        asking = asyncio.create_task(driver.invoke(name, member=member))
        if name in allowed:
            await raw.acknowledge(await raw.next(), 4, {"content": "ok"})
            assert (await asking).message
        else:
            with pytest.raises(DriveRefused, match=f"may not use {name}"):
                await asking


async def test_a_message_command_by_permission(raw: RawBot, driver: Driver) -> None:
    await raw.identify()
    await raw.call("PUT", COMMANDS, PRIVILEGED)
    posted = (await raw.call("POST", MESSAGES, {"content": "a result"})).body
    with pytest.raises(DriveRefused, match="may not use"):
        await driver.menu("Remove and refund", message=posted["id"])
    asking = asyncio.create_task(
        driver.menu("Remove and refund", message=posted["id"], member="rowan")
    )
    interaction = await raw.next()
    await raw.acknowledge(interaction, 4, {"content": "gone", "flags": 64})
    assert (await asking).ephemeral
    assert interaction["data"]["target_id"] == posted["id"]
    assert interaction["data"]["resolved"]["messages"][posted["id"]]["content"] == "a result"
    assert int(interaction["member"]["permissions"]) & MANAGE_GUILD


async def test_members_change(raw: RawBot, driver: Driver) -> None:
    await raw.identify()
    await raw.call("PUT", COMMANDS, PRIVILEGED)
    changed = await driver.change_member("mina", roles=["Moderator"], joined_at=1_700_000_000)
    assert [role["name"] for role in changed["roles"]] == ["Moderator"]
    asking = asyncio.create_task(driver.invoke("limits"))
    interaction = await raw.next()
    await raw.acknowledge(interaction, 4, {"content": "ok"})
    await asking
    assert interaction["member"]["joined_at"].startswith("2023-11-14T22:13:20")
    with pytest.raises(DriveRefused, match="no role Painters"):
        await driver.change_member("mina", roles=["Painters"])
    with pytest.raises(DriveRefused, match="no guild 1"):
        await driver.change_member("mina", guild="1")


async def test_a_guild_comes_and_goes(raw: RawBot, driver: Driver) -> None:
    await raw.identify()
    guild_id = await driver.invite()
    created = await raw.next("GUILD_CREATE")
    assert (created["id"], created["name"]) == (guild_id, "Atelier 2")
    assert [member["user"]["id"] for member in created["members"]] == [APPLICATION_ID]
    await raw.call("PUT", COMMANDS, PRIVILEGED)
    asking = asyncio.create_task(
        driver.invoke("limits", member="rowan", channel="Atelier 2/studio")
    )
    interaction = await raw.next()
    await raw.acknowledge(interaction, 4, {"content": "ok"})
    await asking
    assert interaction["guild_id"] == guild_id
    state = await driver.state(guild=guild_id)
    assert state["guild"]["name"] == "Atelier 2"
    assert [guild["name"] for guild in state["guilds"]] == ["Atelier", "Atelier 2"]
    await driver.leave(guild_id)
    assert (await raw.next("GUILD_DELETE"))["id"] == guild_id
    with pytest.raises(DriveRefused, match="no channel"):
        await driver.invoke("all", channel="Atelier 2/studio")
    assert (await raw.call("GET", f"/guilds/{guild_id}")).code == 10004


async def test_direct_messages_need_no_permission(raw: RawBot, driver: Driver) -> None:
    await raw.identify()
    await raw.call("PUT", COMMANDS, PRIVILEGED)
    asking = asyncio.create_task(driver.invoke("limits", channel="@me"))
    interaction = await raw.next()
    await raw.acknowledge(interaction, 4, {"content": "ok"})
    await asking
    assert "guild_id" not in interaction
    assert interaction["user"]["id"] == MINA_ID


async def test_a_reply_pings_only_whom_it_may(raw: RawBot, driver: Driver) -> None:
    posted = (await raw.call("POST", MESSAGES, {"content": "a result"})).body
    reference = {"message_id": posted["id"], "fail_if_not_exists": False}
    body: Json = {
        "content": f"<@{MINA_ID}> <@{ROWAN_ID}> <@&{GUILD_ID}> @everyone: ready",
        "message_reference": reference,
        "allowed_mentions": {"parse": [], "users": [MINA_ID], "replied_user": False},
    }
    replied = (await raw.call("POST", MESSAGES, body)).body
    assert (replied["type"], replied["referenced_message"]["id"]) == (19, posted["id"])
    assert [user["id"] for user in replied["mentions"]] == [MINA_ID]
    assert (replied["mention_roles"], replied["mention_everyone"]) == ([], False)
    await raw.call("DELETE", f"{MESSAGES}/{posted['id']}")
    shown = (await raw.call("GET", f"{MESSAGES}/{replied['id']}")).body
    assert shown["referenced_message"] is None
    orphan = (await raw.call("POST", MESSAGES, body)).body
    assert (orphan["type"], "message_reference" in orphan) == (0, False)


class DeskBot(Bot):
    """A client with a subcommand that autocompletes, and a private answer with a file."""

    def __init__(self) -> None:
        super().__init__()
        desk = app_commands.Group(name="desk", description="x")
        words = app_commands.Group(name="words", description="x", parent=desk)

        @words.command(description="x")
        async def test(interaction: Interaction, word: str, member: discord.Member) -> None:
            permissions = interaction.permissions.manage_guild
            await interaction.response.send_message(f"{word} {member.display_name} {permissions}")

        @test.autocomplete("word")
        async def _(_: Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=current + "!", value=current)]

        @desk.command(description="x")
        async def report(interaction: Interaction, place: discord.TextChannel) -> None:
            file = discord.File(io.BytesIO(b"day,spent\n"), "report.csv")
            await interaction.response.send_message(place.name, file=file, ephemeral=True)

        self.tree.add_command(desk)
        self._kept: list[Any] = [test, report]


async def test_groups_with_autocomplete_and_files(
    connect: Callable[[Bot], Awaitable[None]], driver: Driver
) -> None:
    await connect(DeskBot())
    await driver.wait_for_bot()
    choices = await driver.autocomplete("desk words test", "word", {"word": "fo"})
    assert choices == [{"name": "fo!", "value": "fo"}]
    said = await driver.invoke("desk words test", {"word": "fog", "member": ROWAN_ID})
    assert said.message
    assert said.message["content"] == "fog Rowan False"
    report = await driver.invoke("desk report", {"place": STUDIO_ID}, member="rowan")
    assert report.message
    assert report.ephemeral
    (file,) = report.message["attachments"]
    assert (file["filename"], file["content_type"], file["ephemeral"]) == (
        "report.csv",
        "text/csv",
        True,
    )
    assert [one["content"] for one in await driver.messages()] == ["fog Rowan False"]


async def test_more_guilds_from_the_start() -> None:
    async with Playground(guilds=2) as playground, Driver(playground.url) as driver:
        state = await driver.state()
        assert len(state["guilds"]) == 2
        names = [one["name"] for one in (await driver.state())["channels"]]
        assert names[0] == "studio"
