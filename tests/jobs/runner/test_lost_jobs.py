"""Jobs at work by the database alone, in the one process that a SQLite file has."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from dbos._core import execute_dequeued_workflow

from storage.database import Database
from tests.databases import migrated_sqlite
from tests.jobs.runner.tracks import MEMBER_CONCURRENCY, Track, over, running, start
from tests.storage.sql import execute

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

NO_ROOM = (
    "create trigger no_room before update on workflow_status"
    " when new.status in ('SUCCESS', 'ERROR')"
    " begin select raise(abort, 'database or disk is full'); end"
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    yield opened
    await opened.close()


async def test_ends_that_could_not_be_written_hold_up_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("jobs.runner.lost_jobs.LOOK_EVERY_S", 0.1)
    track = Track()
    ended = [f"mina-{number}" for number in range(MEMBER_CONCURRENCY)]
    async with running(database, track) as engine:
        attending = asyncio.create_task(engine.attend())
        track.hold("close")
        await start(database, engine, *ended)
        await track.until(lambda: all(track.taken["close", job_id] for job_id in ended))
        await execute(database, NO_ROOM)
        track.release("close")
        await track.until(lambda: set(track.closed) == set(ended))
        await start(database, engine, "mina-next")
        # As long as there is no room nothing ends, and nothing begins beside it.
        await asyncio.sleep(0.5)
        assert not track.taken["generate", "mina-next"]
        await execute(database, "drop trigger no_room")
        await over(engine, *ended, "mina-next")
        assert "mina-next" in track.closed
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)


async def test_what_is_being_started_is_left_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr("jobs.runner.lost_jobs.LOOK_EVERY_S", 0.02)
    monkeypatch.setattr("jobs.runner.queue_workers.execute_dequeued_workflow", start_slowly)
    track = Track()
    async with running(database, track) as engine:
        attending = asyncio.create_task(engine.attend())
        await start(database, engine, "mina-slow")
        await over(engine, "mina-slow")
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)
    assert "taken up again" not in caplog.text


def start_slowly(*job: Any) -> Any:
    """In a thread of its own; many looks are taken meanwhile."""
    time.sleep(0.3)
    return execute_dequeued_workflow(*job)


async def test_what_is_at_work_is_left_alone(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jobs.runner.lost_jobs.LOOK_EVERY_S", 0.02)
    track = Track()
    track.hold("generate")
    async with running(database, track) as engine:
        attending = asyncio.create_task(engine.attend())
        await start(database, engine, "mina-1")
        await track.until(lambda: bool(track.taken["generate", "mina-1"]))
        await asyncio.sleep(0.3)
        track.release("generate")
        await over(engine, "mina-1")
        assert track.taken["generate", "mina-1"] == 1
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)
