"""Cards of waiting jobs: told anew when the line moves, and never once the job has begun."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client import Atelier
from bot.delivery.message_editor import MessageEditor
from bot.delivery.queue_position import EVERY, MOST_IN_A_ROUND, WaitingCards
from bot.delivery.updates import CardUpdater
from commands.kinds.registry import open_views
from commands.ui import cards
from generation.catalogue import catalogue
from generation.request import ImageRequest, TextPrompt
from jobs.orders.image import ImageOrder
from jobs.orders.morph import MorphOrder
from jobs.runner.estimate import Estimate
from jobs.runner.queues import QueueLimits
from playground.server import Playground
from storage.database import Database
from storage.executor_leases import ExecutorLeases
from storage.jobs.jobs import Job, JobState, JobStore
from tests.commands.engines import offering
from tests.databases import migrated_postgres, migrated_sqlite
from tests.driver.driver import Driver
from tests.journeys.studio import text_of
from tests.postgres import needs_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.delivery.message_editor import MakeCard, MakeFiles
    from jobs.orders.order import Order
    from storage.database import Transaction

START = datetime.now(UTC)
ENGINES = catalogue.load()
ENGINE_ID = "stable-diffusion-v1-5"
REQUEST = ImageRequest(ENGINE_ID, (TextPrompt("a fox"),), 512, 512, 7, 30, 7.0)
ORDER = ImageOrder(prompt="a fox", title="a fox", requests=(REQUEST,))


class Hall:
    """Waiting cards on a playground; an async context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = AsyncExitStack()
        self.late = timedelta()
        self.driver: Driver
        self.room: Any
        self.updates: CardUpdater
        self.waiting: WaitingCards

    def now(self) -> datetime:
        return START + self.late

    async def __aenter__(self) -> Self:
        enter = self._stack.enter_async_context
        playground = await enter(Playground())
        self.driver = await enter(Driver(playground.url))
        client = await enter(Atelier(self.now))
        # The fixture's monkeypatch puts these back.
        Route.BASE = playground.api_base
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(playground.gateway_url)
        await client.login(playground.token)
        database = await Database.open(await migrated_sqlite(self._folder / "atelier.sqlite"))
        self._stack.push_async_callback(database.close)
        self.database, self.store = database, JobStore(self.now)
        self.editor = MessageEditor(client, self.now)
        self.updates = CardUpdater(self.editor.update)
        self.waiting = self.at(None)
        state = await self.driver.state()
        self.guild_id = int(state["guild"]["id"])
        channel_id = next(int(one["id"]) for one in state["channels"] if one["name"] == "studio")
        self.room = client.get_partial_messageable(channel_id, guild_id=self.guild_id)
        return self

    def at(self, leases: ExecutorLeases | None) -> WaitingCards:
        """What a process does, by the seat that it has."""
        return WaitingCards(
            database=self.database,
            store=self.store,
            estimate=Estimate(QueueLimits()),
            editor=self.editor,
            updates=self.updates,
            views=open_views(offering(ENGINES, None, self.now)),
            leases=leases,
            now=self.now,
        )

    async def __aexit__(self, *_: object) -> None:
        report = await self.driver.report()
        await self._stack.aclose()
        assert report["problems"] == []

    async def wait(self, job_id: str, member_id: int, order: Order = ORDER) -> Job:
        """A job that waits from now on, with the card of its order."""
        card = await self.room.send(view=cards.waiting_card(member_id, ORDER, job_id, 200))
        job = Job(
            id=job_id,
            key=job_id,
            kind=order.kind,
            state=JobState.WAITING,
            guild_id=self.guild_id,
            channel_id=self.room.id,
            message_id=card.id,
            member_id=member_id,
            interaction_token=None,
            engine_id=ENGINE_ID,
            spec=order.to_json(),
            price_mc=200,
            accepted_at=self.now(),
        )

        def unit(connection: Transaction) -> None:
            assert self.store.add(connection, job)

        await self.database.write(unit)
        return job

    async def text(self, job: Job) -> str:
        messages = await self.driver.messages()
        return next(text_of(one) for one in messages if one["id"] == str(job.message_id))

    async def edits(self) -> int:
        """How many edits Discord has seen."""
        report = await self.driver.report()
        return sum(
            count for route, count in report["requests"].items() if route.startswith("PATCH ")
        )


@pytest.fixture
async def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Hall]:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    async with Hall(tmp_path) as opened:
        yield opened


async def test_who_waits_for_long_is_told_how_the_line_moves(hall: Hall):
    ahead, job = await hall.wait("ahead", 1), await hall.wait("job", 2)
    hall.late = EVERY + timedelta(seconds=1)
    await hall.waiting.go_round()
    assert "1 order ahead of yours" in await hall.text(job)
    await hall.database.write(hall.store.start, ahead.id)

    await hall.database.write(hall.store.finish, ahead.id, JobState.DELIVERED)
    await hall.waiting.go_round()
    assert "Next in line" in await hall.text(job)
    assert "1 order ahead of yours" in await hall.text(ahead)


async def test_a_morph_is_told_too(hall: Hall):
    scenes = tuple((TextPrompt(text),) for text in ("a fox", "an owl"))
    settings = replace(REQUEST, prompts=())
    prompts = ("a fox", "an owl")
    morph = MorphOrder(title="a fox → an owl", prompts=prompts, scenes=scenes, settings=settings)
    await hall.wait("ahead", 1)
    job = await hall.wait("job", 2, morph)
    hall.late = EVERY + timedelta(seconds=1)
    await hall.waiting.go_round()
    assert "1 order ahead of yours" in await hall.text(job)
    assert "24 frames at 12 fps" in await hall.text(job)


async def test_who_was_told_the_same_is_not_told_again(hall: Hall):
    await hall.wait("ahead", 1)
    await hall.wait("job", 2)
    await hall.waiting.go_round()
    assert await hall.edits() == 0
    hall.late = EVERY + timedelta(seconds=1)
    for _ in range(3):
        await hall.waiting.go_round()
    assert await hall.edits() == 2


async def test_a_round_is_bounded_and_the_next_goes_on(hall: Hall):
    beyond = 3
    jobs = [await hall.wait(f"job{n}", n) for n in range(MOST_IN_A_ROUND + beyond)]
    hall.late = EVERY + timedelta(seconds=1)
    for expected in (MOST_IN_A_ROUND, beyond, 0):
        before = await hall.edits()
        await hall.waiting.go_round()
        assert await hall.edits() - before == expected
    assert "ahead" in await hall.text(jobs[-1])


async def test_the_last_card_comes_after_the_edit(hall: Hall):
    """The job begins and ends while Discord is slow with the edit."""
    job = await hall.wait("job", 1)
    hall.late = EVERY + timedelta(seconds=1)
    await hall.driver.fault("delay", method="PATCH", delay=0.3)
    going = asyncio.create_task(hall.waiting.go_round())
    while not await hall.edits():  # noqa: ASYNC110 - of another process's making
        await asyncio.sleep(0.01)
    await hall.updates.stop(job.id)
    assert "Next in line" in await hall.text(job)
    await going


async def test_a_newer_card_is_not_replaced(hall: Hall):
    job = await hall.wait("job", 1)
    hall.late = EVERY + timedelta(seconds=1)
    hall.updates.show(job, lambda: cards.note_card("newer"), delay_s=60)
    await hall.waiting.go_round()
    assert await hall.edits() == 0
    await hall.updates.stop(job.id)


async def test_a_job_that_has_begun_by_then_is_left_alone(hall: Hall):
    job = await hall.wait("job", 1)
    hall.late = EVERY + timedelta(seconds=1)

    async def begin_and_send(job: Job, make_card: MakeCard, make_files: MakeFiles) -> None:
        await hall.database.write(hall.store.start, job.id)
        await hall.waiting.send(job, make_card, make_files)

    await hall.updates.offer(job, lambda: cards.note_card("late"), begin_and_send)
    assert await hall.edits() == 0


@pytest.mark.postgres
@needs_postgres
async def test_one_process_does_it_for_all(hall: Hall):
    async with migrated_postgres() as url:
        database = await Database.open(url)
        leases = [ExecutorLeases(database), ExecutorLeases(database)]
        for one in leases:
            await one.take()
        first, second = (hall.at(one) for one in leases)
        for _ in range(3):
            assert await first.takes_duty()
            assert not await second.takes_duty()
        await leases[0].leave()
        # The server lets go of what a closed connection held a moment later.
        async with asyncio.timeout(10):
            while not await second.takes_duty():  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.02)
        await leases[1].leave()
        await database.close()
