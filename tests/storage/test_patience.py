"""A database that is away: who waits is answered in time, and nothing is done twice or halfway."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import AsyncConnection
from sqlalchemy.engine import RootTransaction, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from storage.database import MEMBERS_PATIENCE_S, POOL_SIZE, Database, sqlite_url
from storage.errors import DatabaseUnavailable, OutcomeUnknown
from storage.units import repeatable
from tests.journeys.line import Line
from tests.postgres import fresh_postgres, needs_postgres
from tests.storage.sql import execute, rows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from storage.database import Transaction

MAKE = ("create table numbers (number integer not null)", "insert into numbers values (1)")
PATIENCE_S = 0.3
COMPLETE = b"C"
"""The server's message that a command is done."""

ANSWERED_WITHIN_S = 3
"""Discord's own limit."""

ADD = "update numbers set number = number + 1"


def add(connection: Transaction) -> None:
    connection.exec_driver_sql(ADD)


@repeatable
def set_to_nine(connection: Transaction) -> None:
    connection.exec_driver_sql("update numbers set number = 9")


async def number(database: Database) -> int:
    [(found,)] = await rows(database, "select number from numbers")
    return found


@contextmanager
def locked_by_another(file: Path) -> Generator[None]:
    """As another program that writes for long."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield
        other.execute("rollback")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "atelier.sqlite"


@pytest.fixture
async def local(file: Path) -> AsyncGenerator[Database]:
    """A database in a file."""
    database = await Database.open(sqlite_url(file))
    await execute(database, *MAKE)
    yield database
    await database.close()


async def test_who_waits_for_a_locked_file_is_answered_in_time(local: Database, file: Path):
    impatient = local.with_patience(PATIENCE_S)
    with locked_by_another(file):
        began = time.monotonic()
        waiting = [asyncio.create_task(impatient.write(add)) for _ in range(5)]
        done = await asyncio.gather(*waiting, return_exceptions=True)
        assert time.monotonic() - began < PATIENCE_S + 2
        assert {type(error) for error in done} == {DatabaseUnavailable}
        assert await number(impatient) == 1
    await local.write(add)
    # What was given up is never done later.
    assert await number(local) == 2


async def test_who_has_time_waits_until_the_file_is_free(local: Database, file: Path):
    with locked_by_another(file):
        writing = asyncio.create_task(local.write(add))
        await asyncio.sleep(0.2)
        assert not writing.done()
    await writing
    assert await number(local) == 2


async def test_a_mistake_is_not_tried_again(local: Database):
    def mistaken(connection: Transaction) -> None:
        connection.exec_driver_sql("select * from nowhere")

    with pytest.raises(OperationalError, match="no such table"):
        await local.write(mistaken)


async def test_a_slow_unit_is_named(file: Path, caplog: pytest.LogCaptureFixture):
    database = await Database.open(sqlite_url(file), slow_s=0)
    await execute(database, *MAKE)
    await database.write(add)
    await database.close()
    assert "add took" in caplog.text
    assert "update" not in caplog.text
    assert "upgrade" not in caplog.text


class Server:
    """A PostgreSQL behind a line that can be cut."""

    def __init__(self, line: Line, database: Database) -> None:
        self.line = line
        self.database = database


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    async with fresh_postgres() as url:
        address = make_url(url)
        line = Line(address.port or 5432)
        await line.open()
        through = address.set(port=line.port).render_as_string(hide_password=False)
        database = await Database.open(through)
        await execute(database, *MAKE)
        yield Server(line, database)
        await database.close()
        await line.cut()


@pytest.mark.postgres
@needs_postgres
async def test_a_server_that_is_away_is_waited_for(server: Server):
    await server.line.cut()
    impatient = server.database.with_patience(PATIENCE_S)
    for unit in (impatient.write(add), impatient.read(add)):
        with pytest.raises(DatabaseUnavailable):
            await unit
    writing = [asyncio.create_task(server.database.write(add)) for _ in range(12)]
    await asyncio.sleep(0.5)
    assert not any(task.done() for task in writing)
    await server.line.open()
    await asyncio.gather(*writing)
    assert await number(server.database) == 13


@pytest.mark.postgres
@needs_postgres
async def test_a_restart_between_two_units_is_not_noticed(server: Server):
    await asyncio.gather(*(number(server.database) for _ in range(8)))
    await server.line.cut()
    await server.line.open()
    await asyncio.gather(*(server.database.write(add) for _ in range(8)))
    assert await number(server.database) == 9


@pytest.mark.postgres
@needs_postgres
async def test_what_broke_off_before_its_commit_is_done_once(server: Server):
    loop, broken = asyncio.get_running_loop(), asyncio.Event()

    def break_off_once(connection: Transaction) -> None:
        add(connection)
        if not broken.is_set():
            asyncio.run_coroutine_threadsafe(cut_and_mend(), loop).result()
            connection.exec_driver_sql("select 1")

    async def cut_and_mend() -> None:
        broken.set()
        await server.line.cut()
        await server.line.open()

    await server.database.write(break_off_once)
    assert await number(server.database) == 2


@pytest.mark.postgres
@needs_postgres
async def test_a_commit_that_was_not_answered(server: Server, monkeypatch: pytest.MonkeyPatch):
    """The server may have written it: only what may be done twice is done again."""
    commits = 0

    async def cut_at_the_commit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal commits
        while chunk := await reader.read(1 << 16):
            if b"COMMIT\0" in chunk and chunk[:1] == COMPLETE and not commits:
                # It has got there, and its answer does not come back.
                commits += 1
                raise ConnectionError
            writer.write(chunk)
            await writer.drain()

    monkeypatch.setattr("tests.journeys.line._pump", cut_at_the_commit)
    await server.line.cut()
    await server.line.open()
    with pytest.raises(OutcomeUnknown):
        await server.database.write(add)
    assert await number(server.database) == 2
    commits = 0
    await server.database.write(set_to_nine)
    assert await number(server.database) == 9


@pytest.mark.postgres
@needs_postgres
async def test_a_lock_that_is_kept_takes_no_thread_for_good(monkeypatch: pytest.MonkeyPatch):
    """As of a process that was stopped in the middle of a transaction."""
    monkeypatch.setattr("storage.database.LOCK_WITHIN_S", 0.2)
    async with fresh_postgres() as url, await AsyncConnection[Any].connect(url) as stopped:
        database = await Database.open(url)
        await execute(database, *MAKE)
        await stopped.execute(ADD)
        impatient = database.with_patience(0.05)
        given_up = await asyncio.gather(
            *(impatient.write(add) for _ in range(POOL_SIZE)), return_exceptions=True
        )
        assert {type(error) for error in given_up} == {DatabaseUnavailable}
        assert await number(database.with_patience(2)) == 1
        writing = asyncio.create_task(database.write(add))
        await asyncio.sleep(0.6)
        await stopped.rollback()
        await writing
        assert await number(database) == 2
        await database.close()


@pytest.mark.postgres
@needs_postgres
@pytest.mark.parametrize("is_ours", [True, False], ids=["a unit", "the job engine"])
async def test_a_process_that_is_stopped_keeps_its_locks_for_a_while(
    monkeypatch: pytest.MonkeyPatch, is_ours: bool
):
    monkeypatch.setattr("storage.database.IDLE_WITHIN_S", 0.3)
    async with fresh_postgres() as url:
        frozen, other = await Database.open(url), await Database.open(url)
        await execute(frozen, *MAKE)
        has_begun, goes_on = threading.Event(), threading.Event()

        def stop_once(connection: Transaction) -> None:
            add(connection)
            has_begun.set()
            goes_on.wait(10)
            connection.exec_driver_sql("select 1")

        def stop_in_the_engine() -> None:
            with suppress(DBAPIError), frozen.blocking_engine.begin() as connection:
                stop_once(connection)

        stopped = frozen.write(stop_once) if is_ours else asyncio.to_thread(stop_in_the_engine)
        stopping = asyncio.ensure_future(stopped)
        await asyncio.to_thread(has_begun.wait, 10)
        await other.with_patience(5).write(add)
        goes_on.set()
        await stopping
        # What was ended in between is done again, as a whole.
        assert await number(other) == (3 if is_ours else 2)
        for database in (frozen, other):
            await database.close()


async def test_who_waits_for_a_commit_is_answered_in_time(
    local: Database, monkeypatch: pytest.MonkeyPatch
):
    """As on a disk that is busy, or where a server waits for its replica."""
    goes_on = threading.Event()
    commit = RootTransaction.commit

    def commit_late(transaction: RootTransaction) -> None:
        goes_on.wait(10)
        commit(transaction)

    monkeypatch.setattr(RootTransaction, "commit", commit_late)
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        await local.with_patience(MEMBERS_PATIENCE_S).write(add)
    assert time.monotonic() - began < ANSWERED_WITHIN_S
    patient = asyncio.create_task(local.with_patience(30).write(add))
    goes_on.set()
    await patient
    assert await number(local) == 3
