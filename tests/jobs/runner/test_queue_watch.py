"""Jobs start because somebody was told of them, not because a queue was asked by the clock."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError

from jobs.runner.durable import WorkflowRunner
from storage.database import Database
from storage.jobs.queue_notices import notify
from tests.databases import migrated_postgres, migrated_sqlite
from tests.jobs.runner.tracks import MEMBER_CONCURRENCY, Track, over, running, start
from tests.postgres import needs_postgres
from tests.storage.sql import execute, rows

NEVER_S = 3600
CLAIMS = "members (member)"
"""What the statement says that takes jobs out of a queue."""

LISTENS = "query like 'LISTEN atelier%' and datname = current_database()"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    yield opened
    await opened.close()


@pytest.fixture
async def shared() -> AsyncGenerator[Database]:
    async with migrated_postgres() as url:
        opened = await Database.open(url)
        yield opened
        await opened.close()


@pytest.fixture
def no_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks by the clock, but once at the start."""
    for name in ("LOOK_EVERY_S", "LOOK_AT_REST_EVERY_S"):
        monkeypatch.setattr(f"jobs.runner.queue_watch.{name}", NEVER_S)


@pytest.fixture
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.runner.queue_watch.LOOK_AT_REST_EVERY_S", 0.05)


async def enqueue_elsewhere(database: Database, engine: WorkflowRunner, job_id: str) -> None:
    """As another process accepts a job, which cannot wake anybody in this one."""
    await database.write(engine.enqueue, "image", job_id, job_id.partition("-")[0])


async def listening(database: Database) -> list[int]:
    """The server's processes that listen for notices."""
    found = await rows(database, f"select pid from pg_stat_activity where {LISTENS}")
    return [int(row[0]) for row in found]


@pytest.mark.usefixtures("no_looks")
async def test_a_job_starts_when_it_is_accepted(database: Database):
    track = Track()
    async with running(database, track) as engine:
        await start(database, engine, "mina-1")
        await over(engine, "mina-1")


@pytest.mark.usefixtures("no_looks")
async def test_a_job_starts_when_another_one_of_its_member_ends(database: Database):
    track = Track()
    jobs = [f"mina-{n}" for n in range(MEMBER_CONCURRENCY + 3)]
    track.hold("generate")
    async with running(database, track) as engine:
        await start(database, engine, *jobs)
        await track.until(lambda: len(track.taken) == MEMBER_CONCURRENCY)
        track.release("generate")
        await over(engine, *jobs)
    assert track.most_at_once["mina"] == MEMBER_CONCURRENCY


@pytest.mark.usefixtures("quick_looks")
async def test_a_job_that_nobody_was_told_of_is_found(database: Database):
    track = Track()
    async with running(database, track) as engine:
        await enqueue_elsewhere(database, engine, "mina-1")
        await over(engine, "mina-1")


async def test_what_waited_before_the_start_is_taken_up(database: Database):
    before, after = Track(), Track()
    before.hold("generate")
    jobs = [f"mina-{n}" for n in range(MEMBER_CONCURRENCY + 1)]
    async with running(database, before) as engine:
        await start(database, engine, *jobs)
        await before.until(lambda: len(before.taken) == MEMBER_CONCURRENCY)
    async with running(database, after) as engine:
        await over(engine, *jobs)


async def test_queues_in_which_nothing_waits_are_not_asked(database: Database):
    async with running(database, Track()) as engine:
        await start(database, engine, "mina-1")
        await over(engine, "mina-1")
        await asyncio.sleep(0.1)
        with statements() as asked:
            await asyncio.sleep(0.6)
    assert [one for one in asked if CLAIMS in one] == []


async def test_a_queue_that_could_not_be_asked_is_asked_again(database: Database):
    away = 2
    track = Track()

    def fail(_: Any, __: Any, statement: str, *___: Any) -> None:
        nonlocal away
        if CLAIMS in statement and away:
            away -= 1
            # What the handle's own patience does not repeat.
            raise IntegrityError(statement, {}, sqlite3.IntegrityError("away"))

    async with running(database, track) as engine:
        event.listen(Engine, "before_cursor_execute", fail)
        try:
            await start(database, engine, "mina-1")
            await over(engine, "mina-1")
        finally:
            event.remove(Engine, "before_cursor_execute", fail)
    assert not away


async def test_at_rest_the_library_asks_for_nothing(database: Database):
    async with running(database, Track()):
        await asyncio.sleep(0.1)
        with statements() as asked:
            await asyncio.sleep(1.2)
    assert [one for one in asked if "UNION ALL" not in one] == []


@contextmanager
def statements() -> Generator[list[str]]:
    """What any database is asked within the block."""
    asked: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.postgres
@needs_postgres
@pytest.mark.usefixtures("no_looks")
async def test_every_process_hears_of_a_job(shared: Database):
    track = Track()
    async with running(shared, track) as engine:
        async with asyncio.timeout(10):
            while not await listening(shared):  # noqa: ASYNC110 - at the server
                await asyncio.sleep(0.01)
        await enqueue_elsewhere(shared, engine, "mina-1")
        await over(engine, "mina-1")


@pytest.mark.postgres
@needs_postgres
@pytest.mark.usefixtures("no_looks")
async def test_what_others_send_is_no_queue(shared: Database, caplog: pytest.LogCaptureFixture):
    track = Track()
    async with running(shared, track) as engine:
        await shared.write(notify, "'; drop table")
        await start(shared, engine, "mina-1")
        await over(engine, "mina-1")
    assert [record for record in caplog.records if not record.name.startswith("storage")] == []


@pytest.mark.postgres
@needs_postgres
@pytest.mark.usefixtures("no_looks")
async def test_a_process_that_lost_its_connection_listens_again(
    shared: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("storage.jobs.queue_notices.TRY_AGAIN_AFTER_S", 0.01)
    track = Track()
    async with running(shared, track) as engine:
        async with asyncio.timeout(10):
            while not (before := await listening(shared)):  # noqa: ASYNC110 - at the server
                await asyncio.sleep(0.01)
            await execute(shared, f"select pg_terminate_backend({before[0]})")
            while set(await listening(shared)) <= set(before):  # noqa: ASYNC110 - at the server
                await asyncio.sleep(0.01)
        await enqueue_elsewhere(shared, engine, "mina-1")
        await over(engine, "mina-1")
