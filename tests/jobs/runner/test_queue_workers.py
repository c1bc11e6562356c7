"""Queues are looked into when they are woken, and by one statement for all members."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from dbos._core import execute_dequeued_workflow
from dbos._sys_db import WorkflowStatusInternal
from sqlalchemy import Engine, event

from jobs.runner.queue_watch import LOOK_EVERY_S
from jobs.runner.queue_workers import LEAST_PAUSE_S, LONGEST_PAUSE_S, UNSAID, pause_s
from storage.database import Database
from tests.databases import migrated_sqlite
from tests.jobs.runner.tracks import Track, over, running, start

READ = (
    *("workflow_uuid", "status", "name", "class_name", "config_name", "inputs", "serialization"),
    *("recovery_attempts", "workflow_deadline_epoch_ms", "shard_key"),
)
"""What the library reads of the row that it starts."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    yield opened
    await opened.close()


async def test_one_job_costs_one_look(database: Database):
    looks: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "with recursive" in statement:
            looks.append(statement)

    track = Track()
    async with running(database, track) as engine:
        await start(database, engine, "mina-1")
        await over(engine, "mina-1")
        event.listen(Engine, "before_cursor_execute", note)
        began = time.monotonic()
        for number in range(2, 5):
            await start(database, engine, f"mina-{number}")
            await over(engine, f"mina-{number}")
            await asyncio.sleep(2 * LEAST_PAUSE_S)
        event.remove(Engine, "before_cursor_execute", note)
        by_itself = 1 + (time.monotonic() - began) / LOOK_EVERY_S
    # The watch may find a job before it is taken: it wakes the worker then, and so does its end.
    assert 3 <= len(looks) <= 3 + 2 * by_itself


async def test_jobs_that_come_together_share_looks(database: Database):
    track = Track()
    jobs = [f"member{n}-1" for n in range(8)]
    async with running(database, track) as engine:
        track.hold("generate")
        await start(database, engine, *jobs)
        await track.until(lambda: len(track.taken) == len(jobs))
        track.release("generate")
        await over(engine, *jobs)
    assert set(track.most_at_once.values()) == {1}


def test_a_look_that_the_database_held_up_costs_no_longer_pause():
    assert pause_s(0) == LEAST_PAUSE_S
    assert pause_s(0.05) == pytest.approx(0.2)
    assert pause_s(30) == LONGEST_PAUSE_S


def test_the_library_starts_what_was_claimed_by_these():
    """It is not public: `DBOS_VERSION` tells whose sources were read."""
    assert list(inspect.signature(execute_dequeued_workflow).parameters) == [
        "dbos",
        "status",
        "owner_xid",
    ]
    assert set(READ) <= set(UNSAID) == set(WorkflowStatusInternal.__annotations__)
