"""The operator's own servers are let in, and of each other one the operator hears once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from unittest.mock import create_autospec

import aiohttp
import discord
import pytest

from bot.background.alerts import Alerts
from bot.background.guild_events import GuildEvents
from bot.client import Atelier
from bot.clock import now
from jobs.guilds import Guilds
from storage.database import Database
from storage.rules import RuleStore
from tests.bot.webhook import Webhook, listening
from tests.databases import migrated_sqlite

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

OPERATOR, STRANGER, INVITED = 9, 8, 7
ALERTS = "bot.background.alerts"
"""Whose lines are looked at: a slow database says so too."""


@pytest.fixture
async def webhook() -> AsyncGenerator[Webhook]:
    async with listening() as webhook:
        yield webhook


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    database = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    yield database
    await database.close()


@pytest.fixture
def guilds(database: Database) -> Guilds:
    return Guilds(database, RuleStore(now), now, default_ceiling_mc=0)


@pytest.fixture
async def news(guilds: Guilds, webhook: Webhook) -> AsyncGenerator[GuildEvents]:
    client = create_autospec(Atelier, instance=True)
    client.application = owned_by_a_team()
    client.user.id = 77
    client.guilds = [server(1, "Foxes"), server(2, "Owls")]
    async with aiohttp.ClientSession() as session:
        yield GuildEvents(client, guilds, Alerts(session, webhook.url, now))


def owned_by_a_team() -> discord.AppInfo:
    """An application of a team with one member who joined, and one who was only invited."""
    team = create_autospec(discord.Team, instance=True)
    team.owner_id = OPERATOR + 100
    team.members = [
        member(OPERATOR, discord.TeamMembershipState.accepted),
        member(INVITED, discord.TeamMembershipState.invited),
    ]
    application = create_autospec(discord.AppInfo, instance=True)
    application.team = team
    return application


def member(user_id: int, state: discord.TeamMembershipState) -> discord.TeamMember:
    one = create_autospec(discord.TeamMember, instance=True)
    one.id, one.membership_state, one.role = user_id, state, discord.TeamMemberRole.developer
    return one


def server(
    guild_id: int, name: str, *, owner: int = STRANGER, unavailable: bool = False
) -> discord.Guild:
    one = create_autospec(discord.Guild, instance=True)
    one.id, one.name, one.unavailable, one.owner_id = guild_id, name, unavailable, owner
    return one


async def ceilings(guilds: Guilds) -> dict[int, int | None]:
    return {one.guild.id: one.ceiling_mc for one in await guilds.all()}


async def names(guilds: Guilds) -> dict[int, str]:
    return {one.guild.id: one.guild.name for one in await guilds.all()}


async def test_servers_are_told_of_together_and_once(news: GuildEvents, webhook: Webhook):
    await asyncio.gather(news.on_ready(), news.on_guild_available(server(1, "Foxes")))
    await news.on_ready()
    assert [one.count("(1)") for one in webhook.read if "(1)" in one] == [1]
    assert [one.count("(2)") for one in webhook.read if "(2)" in one] == [1]


async def test_the_next_step_is_told_with_the_servers_id(news: GuildEvents, webhook: Webhook):
    await news.on_guild_join(server(3, "Hares", owner=INVITED))
    assert "Hares (3)" in webhook.read[0]
    assert "/operator admit server:3 ceiling:500" in webhook.read[0]
    assert "python -m bot guilds admit 3 --ceiling 500" in webhook.read[0]


async def test_ones_own_server_is_let_in_and_told_of_once(
    news: GuildEvents, guilds: Guilds, webhook: Webhook, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO", "bot")
    for _ in range(2):
        await news.on_guild_join(server(3, "Hares", owner=OPERATOR))
    assert await ceilings(guilds) == {3: 500_000}
    (said,) = webhook.read
    assert "yours: Hares (3)" in said
    assert "500.00 credits a month" in said
    assert [one.levelname for one in caplog.records if one.name == ALERTS] == ["INFO"]


async def test_a_server_that_is_handed_to_the_operator_is_not_let_in(
    news: GuildEvents, guilds: Guilds
):
    await news.on_guild_join(server(3, "Hares"))
    handed = server(3, "Foxes", owner=OPERATOR)
    await news.on_guild_update(server(3, "Hares"), handed)
    await news.on_guild_available(handed)
    assert await ceilings(guilds) == {3: 0}
    assert await names(guilds) == {3: "Foxes"}


async def test_what_the_operator_said_before_holds(
    news: GuildEvents, guilds: Guilds, webhook: Webhook
):
    await guilds.refuse(3, OPERATOR)
    await guilds.admit(4, OPERATOR, 5_000)
    await guilds.set_ceiling(5, OPERATOR, 7_000)
    for guild_id in (3, 4, 5):
        await news.on_guild_join(server(guild_id, "Hares", owner=OPERATOR))
    assert await ceilings(guilds) == {3: 0, 4: 5_000, 5: 7_000}
    assert not any("yours" in said for said in webhook.read)


@pytest.mark.parametrize(("default_mc", "given"), [(200_000, {3: 200_000}), (None, {})])
async def test_ones_own_server_has_the_default_where_there_is_one(
    database: Database, default_mc: int | None, given: dict[int, int]
):
    guilds = Guilds(database, RuleStore(now), now, default_mc)
    admitted = await guilds.admit_own([3], OPERATOR)
    assert {one.guild.id: one.guild.ceiling_mc for one in admitted} == given


async def test_an_admitted_server_is_no_news(news: GuildEvents, guilds: Guilds, webhook: Webhook):
    await guilds.admit(3, OPERATOR, 5000)
    await news.on_guild_join(server(3, "Hares"))
    assert webhook.read == []
    assert (await names(guilds))[3] == "Hares"


async def test_a_new_name_is_kept(news: GuildEvents, guilds: Guilds):
    await news.on_guild_join(server(3, "Hares"))
    await news.on_guild_update(server(3, "Hares"), server(3, "Hares and foxes"))
    assert await names(guilds) == {3: "Hares and foxes"}


async def test_a_server_that_is_away_has_no_name_yet(news: GuildEvents, guilds: Guilds):
    await news.on_guild_available(server(3, "", unavailable=True))
    assert await names(guilds) == {}


async def test_a_name_cannot_hide_a_link_or_a_mention(news: GuildEvents, webhook: Webhook):
    await news.on_guild_join(server(3, "[free](https://example.com) <@1> @everyone"))
    (said,) = webhook.read
    assert "[free](" not in said
    assert "@everyone" not in said


async def test_the_start_waits_until_the_servers_are_noted(news: GuildEvents, guilds: Guilds):
    waiting = asyncio.create_task(news.wait_for_all(within_s=20))
    await news.on_guild_available(server(1, "Foxes"))
    await asyncio.sleep(0)
    assert not waiting.done()
    await news.on_guild_available(server(2, "Owls", owner=OPERATOR))
    await waiting
    assert await ceilings(guilds) == {1: 0, 2: 500_000}


async def test_the_start_does_not_wait_for_a_server_that_is_away(news: GuildEvents):
    async with asyncio.timeout(20):
        await news.wait_for_all(within_s=0.01)
