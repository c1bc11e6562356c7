"""A long job ends with a reply that notifies its author: once, only them, and only if wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.background.alerts import Alerts
from bot.client import Atelier
from bot.delivery.delivery import JobDelivery
from bot.delivery.file_limits import FileLimits
from bot.delivery.message_editor import NONCE_LIFE, MessageEditor
from bot.delivery.result_files import ResultFiles
from bot.delivery.status_cards import LONG, JobStatusCards
from commands.kinds.registry import open_views
from commands.ui.cards import note_card
from generation.catalogue import catalogue
from generation.errors import TooSlow
from jobs.errors import Cancelled
from media.pool import MediaPool
from playground.server import Playground
from storage.database import Database
from storage.jobs.artifacts import Artifacts, open_store
from storage.jobs.jobs import Job, JobState, JobStore
from storage.rules import RuleStore
from tests.commands.engines import offering
from tests.databases import migrated_sqlite
from tests.driver.driver import Driver
from tests.media.signing import marks_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

START = datetime.now(UTC)


class Desk:
    """A delivery on a playground, with a clock of its own and a card to answer."""

    def __init__(
        self, folder: Path, client: Atelier, driver: Driver, database: Database, session: Any
    ) -> None:
        self.client, self.driver, self.database = client, driver, database
        self.late = timedelta()
        self.rules = RuleStore(self.now)
        status_cards = JobStatusCards(
            MessageEditor(client, self.now),
            database=database,
            store=JobStore(self.now),
            rules=self.rules,
            now=self.now,
        )
        artifacts = Artifacts(database, open_store(str(folder / "kept")), self.now)
        self.delivery = JobDelivery(
            status_cards,
            FileLimits(client, self.now),
            ResultFiles(artifacts, MediaPool(), marks_in(folder), folder),
            open_views(offering(catalogue.load(), None, self.now)),
            Alerts(session, "", self.now),
        )
        self.job: Job

    def now(self) -> datetime:
        return START + self.late

    async def open(self) -> None:
        state = await self.driver.state()
        guild = int(state["guild"]["id"])
        channel = next(int(one["id"]) for one in state["channels"] if one["name"] == "studio")
        mina = next(int(one["id"]) for one in state["members"] if one["name"] == "Mina")
        room = self.client.get_partial_messageable(channel, guild_id=guild)
        card = await room.send(view=note_card("a card"))
        self.job = Job(
            id="abcdefgh",
            key="key",
            kind="image",
            state=JobState.DELIVERING,
            guild_id=guild,
            channel_id=channel,
            message_id=card.id,
            member_id=mina,
            interaction_token=None,
            engine_id="atelier-painter",
            spec={},
            price_mc=200,
            accepted_at=START,
        )

    async def end(self, after: timedelta, failure: Exception | None = None) -> None:
        """The job ends so long after it was accepted."""
        self.late = after
        await self.delivery.failed(self.job, failure or TooSlow("away"))

    async def replies(self) -> list[dict[str, Any]]:
        messages = await self.driver.messages()
        return [one for one in messages if one.get("message_reference")]


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Desk]:
    async with (
        Playground() as playground,
        Driver(playground.url) as driver,
        aiohttp.ClientSession() as session,
        Atelier(lambda: START) as client,
    ):
        monkeypatch.setattr(Route, "BASE", playground.api_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.gateway_url))
        await client.login(playground.token)
        database = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
        opened = Desk(tmp_path, client, driver, database, session)
        await opened.open()
        yield opened
        await database.close()
        report = await driver.report()
        assert report["problems"] == []


async def test_a_long_job_notifies_its_author_alone(desk: Desk):
    await desk.end(LONG + timedelta(seconds=1))
    (reply,) = await desk.replies()
    assert reply["content"] == f"<@{desk.job.member_id}> your job ended without a result."
    assert reply["message_reference"]["message_id"] == str(desk.job.message_id)
    assert [one["id"] for one in reply["mentions"]] == [str(desk.job.member_id)]


async def test_a_short_job_notifies_nobody(desk: Desk):
    await desk.end(LONG)
    assert not await desk.replies()


async def test_who_cancelled_a_job_needs_no_notice(desk: Desk):
    await desk.end(LONG * 2, Cancelled())
    assert not await desk.replies()


async def test_a_member_can_switch_it_off(desk: Desk):
    job = desk.job
    await desk.database.write(
        desk.rules.change_member, job.guild_id, job.member_id, None, wants_mention=False
    )
    await desk.end(LONG * 2)
    assert not await desk.replies()


@pytest.mark.parametrize("pause", [timedelta(seconds=5), NONCE_LIFE])
async def test_a_repeat_after_a_crash_does_not_notify_twice(desk: Desk, pause: timedelta):
    await desk.end(LONG + timedelta(seconds=1))
    if pause >= NONCE_LIFE:
        await desk.driver.advance(600)
    await desk.end(LONG + pause)
    assert len(await desk.replies()) == 1
