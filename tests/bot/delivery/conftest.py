"""A place where results are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client import Atelier
from media.pool import MediaPool
from playground.server import Playground
from storage.database import Database
from tests.bot.delivery.cinema import START, Cinema
from tests.databases import migrated_sqlite
from tests.driver.driver import Driver

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@pytest.fixture
async def cinema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Cinema]:
    async with (
        Playground() as playground,
        Driver(playground.url) as driver,
        aiohttp.ClientSession() as session,
        Atelier(lambda: START) as client,
        MediaPool() as pool,
    ):
        monkeypatch.setattr(Route, "BASE", playground.api_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.gateway_url))
        await client.login(playground.token)
        database = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
        opened = Cinema(tmp_path, client, driver, session)
        await opened.open(database, pool)
        yield opened
        await opened.status_cards.settle(opened.job)
        await database.close()
        report = await driver.report()
        assert report["problems"] == []
