"""Several processes on one PostgreSQL: seats, the sweep after the dead, the handing back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.database import Transaction

import asyncio
import threading
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import text

from jobs.runner.peers import Peers, Superseded
from storage.database import Database
from storage.executor_leases import ExecutorLeases, LeaseTaken
from tests.databases import migrated_postgres
from tests.jobs.runner.tracks import WITHIN_S, Track, over, running, start
from tests.postgres import needs_postgres

pytestmark = [pytest.mark.postgres, needs_postgres]

HOLDS_A_SEAT = (
    "locktype = 'advisory'"
    " and database = (select oid from pg_database where datname = current_database())"
)
"""The server's list is of all its databases, and other tests have theirs there."""


@pytest.fixture
async def url() -> AsyncGenerator[str]:
    async with migrated_postgres() as fresh:
        yield fresh


@pytest.fixture
async def database(url: str) -> AsyncGenerator[Database]:
    opened = await Database.open(url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(url: str) -> AsyncGenerator[Database]:
    """The same database as another process has it."""
    opened = await Database.open(url)
    yield opened
    await opened.close()


async def cut(database: Database) -> None:
    """End all connections that hold seats; they hold none afterwards."""

    def unit(connection: Transaction) -> None:
        # With a time limit it waits until they have ended.
        connection.execute(
            text(f"select pg_terminate_backend(pid, 10000) from pg_locks where {HOLDS_A_SEAT}")
        )

    await database.write(unit)


async def holders(database: Database) -> int:
    """How many connections hold seats."""

    def unit(connection: Transaction) -> Any:
        found = connection.execute(
            text(f"select count(distinct pid) from pg_locks where {HOLDS_A_SEAT}")
        )
        return int(found.scalar_one())

    return await database.read(unit)


async def test_each_process_has_a_seat_of_its_own(database: Database, other: Database):
    first, second, third = ExecutorLeases(database), ExecutorLeases(other), ExecutorLeases(other)
    assert [await first.take(), await second.take()] == ["executor-1", "executor-2"]
    await first.leave()
    assert await third.take() == "executor-1"
    for leases in (second, third):
        await leases.leave()


async def test_an_empty_seat_is_nobodys_while_it_is_looked_at(database: Database, other: Database):
    first, second = ExecutorLeases(database), ExecutorLeases(other)
    await first.take()
    async with first.empty("executor-2") as is_empty:
        assert is_empty
        assert await second.take() == "executor-3"
    async with first.empty("executor-3") as is_empty:
        assert not is_empty
    async with first.empty("executor-1") as is_empty:
        assert not is_empty
    for leases in (first, second):
        await leases.leave()


async def test_a_seat_is_taken_again_after_the_connection_was_lost(
    database: Database, other: Database
):
    first, second = ExecutorLeases(database), ExecutorLeases(other)
    await first.take()
    await cut(database)
    await first.keep()
    assert await second.take() == "executor-2"
    await cut(database)
    third = ExecutorLeases(other)
    assert await third.take() == "executor-1"
    with pytest.raises(LeaseTaken):
        await first.keep()
    for leases in (first, second, third):
        await leases.leave()


async def test_the_jobs_of_a_dead_process_are_swept_up(database: Database, other: Database):
    """The row of its job is given a name that nobody bears any more."""
    track = Track()
    track.hold("generate")
    async with running(database, track) as engine:
        await start(database, engine, "mina-1", "mina-2")
        await track.until(lambda: len(track.taken) == 2)

        def unit(connection: Transaction) -> None:
            connection.execute(
                text(
                    "update dbos.workflow_status set executor_id = 'executor-9' where"
                    " workflow_uuid = 'mina-2'"
                )
            )

        await database.write(unit)
        leases = ExecutorLeases(other)
        await leases.take()
        peers = Peers(leases, set)
        # First it may have lost its connection only.
        assert [await peers.sweep() for _ in range(3)] == [0, 1, 0]
        await track.until(lambda: track.taken["generate", "mina-2"] == 2)
        track.release("generate")
        await over(engine, "mina-1", "mina-2")
        await leases.leave()
    assert track.taken["generate", "mina-1"] == 1
    assert set(track.closed) == {"mina-1", "mina-2"}


async def test_a_job_that_was_lost_on_its_way_is_taken_up_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    """The claim was written, but the answer to its commit was lost: nobody executes the job."""
    monkeypatch.setattr("jobs.runner.peers.LOOK_EVERY_S", 0.05)
    track = Track()
    track.hold("generate")
    async with running(database, track) as engine:
        await start(database, engine, "mina-1")
        await track.until(lambda: bool(track.taken))

        def unit(connection: Transaction) -> None:
            engine.enqueue(connection, "image", "mina-2", "mina")
            connection.execute(
                text(
                    "update dbos.workflow_status set status = 'PENDING', executor_id = :taker"
                    " where workflow_uuid = 'mina-2'"
                ),
                {"taker": engine.executor_id},
            )

        await database.write(unit)
        attending = asyncio.create_task(engine.attend())
        await track.until(lambda: ("generate", "mina-2") in track.taken)
        attending.cancel()
        track.release("generate")
        await over(engine, "mina-1", "mina-2")
    assert track.taken["generate", "mina-1"] == 1
    assert set(track.closed) == {"mina-1", "mina-2"}


async def test_a_shutdown_gives_jobs_back_to_their_queue(database: Database):
    track = Track()
    track.hold("generate")
    async with running(database, track) as engine:
        await start(database, engine, "mina-1")
        await track.until(lambda: bool(track.taken))

    def unit(connection: Transaction) -> None:
        rows = connection.execute(text("select status, queue_name from dbos.workflow_status"))
        assert [tuple(row) for row in rows] == [("ENQUEUED", "images-0")]

    await database.read(unit)


async def test_old_workflows_are_forgotten(database: Database):
    track = Track()
    async with running(database, track) as engine:
        await start(database, engine, "mina-1", "mina-2")
        await over(engine, "mina-1", "mina-2")
        assert await engine.prune() == 0

        def unit(connection: Transaction) -> None:
            connection.execute(
                text(
                    "update dbos.workflow_status set completed_at = 1000 where"
                    " workflow_uuid = 'mina-1'"
                )
            )

        await database.write(unit)
        assert await engine.prune() == 1
        assert await engine.over_among(["mina-1"])


async def test_the_seat_is_kept_while_the_engine_does_not_answer(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
):
    """Else the others would take over what this process executes."""
    monkeypatch.setattr("jobs.runner.peers.LOOK_EVERY_S", 0.02)
    go_on = threading.Event()

    def lock(connection: Transaction) -> None:
        connection.execute(text("lock table dbos.workflow_status in access exclusive mode"))
        assert go_on.wait(WITHIN_S)

    async with running(database, Track()) as engine:
        locking = asyncio.create_task(database.write(lock))
        attending = asyncio.create_task(engine.attend())
        leases = ExecutorLeases(other)
        for _ in range(3):
            await cut(other)
            async with asyncio.timeout(WITHIN_S):
                while not await holders(other):  # noqa: ASYNC110 - of the database's making
                    await asyncio.sleep(0.01)
        assert await leases.take() == "executor-2"
        await leases.leave()
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)
        go_on.set()
        await locking


async def test_a_process_that_says_nothing_loses_its_seat(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
):
    """Its machine still answers for one that is stopped, so its connection stays open."""
    monkeypatch.setattr("storage.executor_leases.SILENT_WITHIN_S", 0.3)
    stopped, other_leases = ExecutorLeases(database), ExecutorLeases(other)
    await stopped.take()
    await other_leases.take()
    async with asyncio.timeout(WITHIN_S):
        while True:
            await other_leases.keep()
            async with other_leases.empty("executor-1") as is_empty:
                if is_empty:
                    break
            await asyncio.sleep(0.05)
    # It takes it again when it goes on.
    await stopped.keep()
    async with other_leases.empty("executor-1") as is_empty:
        assert not is_empty
    for leases in (stopped, other_leases):
        await leases.leave()


async def test_a_process_whose_seat_is_another_s_gives_up(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("jobs.runner.peers.LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("jobs.runner.peers.LOOKS_PER_SWEEP", 1000)
    first, second = ExecutorLeases(database), ExecutorLeases(other)
    await first.take()
    await cut(database)
    await second.take()
    with pytest.raises(Superseded):
        await Peers(first, set).attend()
    await second.leave()
