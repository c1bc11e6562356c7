"""The operator hears once of each server that is not admitted, and names are kept up to date."""

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

OPERATOR = 9


@pytest.fixture
async def webhook() -> AsyncGenerator[Webhook]:
    async with listening() as webhook:
        yield webhook


@pytest.fixture
async def guilds(tmp_path: Path) -> AsyncGenerator[Guilds]:
    database = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    yield Guilds(database, RuleStore(now), now, default_ceiling_mc=0)
    await database.close()


@pytest.fixture
async def news(guilds: Guilds, webhook: Webhook) -> AsyncGenerator[GuildEvents]:
    client = create_autospec(Atelier, instance=True)
    client.guilds = [server(1, "Foxes"), server(2, "Owls")]
    async with aiohttp.ClientSession() as session:
        yield GuildEvents(client, guilds, Alerts(session, webhook.url, now))


def server(guild_id: int, name: str, *, unavailable: bool = False) -> discord.Guild:
    one = create_autospec(discord.Guild, instance=True)
    one.id, one.name, one.unavailable = guild_id, name, unavailable
    return one


async def names(guilds: Guilds) -> dict[int, str]:
    return {one.guild.id: one.guild.name for one in await guilds.all()}


async def test_servers_are_told_of_together_and_once(news: GuildEvents, webhook: Webhook):
    await asyncio.gather(news.on_ready(), news.on_guild_available(server(1, "Foxes")))
    await news.on_ready()
    assert [one.count("(1)") for one in webhook.read if "(1)" in one] == [1]
    assert [one.count("(2)") for one in webhook.read if "(2)" in one] == [1]


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
