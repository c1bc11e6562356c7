"""Units of work on both databases: what they promise while others are at work."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from storage.database import Database, sqlite_url
from tests.storage.sql import execute, rows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from storage.database import Transaction

MAKE = ("create table numbers (number integer not null)", "insert into numbers values (1)")
WITHIN_S = 10


@pytest.fixture
async def numbers(database: Database) -> Database:
    await execute(database, *MAKE)
    return database


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncGenerator[tuple[Database, Database]]:
    """A file that two programs have open."""
    url = sqlite_url(tmp_path / "atelier.sqlite")
    one, other = await Database.open(url), await Database.open(url)
    await execute(one, *MAKE)
    yield one, other
    await one.close()
    await other.close()


async def number(database: Database) -> int:
    [(found,)] = await rows(database, "select number from numbers")
    return found


class Held:
    """A unit that has written, and goes on when it is let go."""

    def __init__(self) -> None:
        self._has_written = threading.Event()
        self._go_on = threading.Event()

    def write(self, connection: Transaction, value: int) -> int:
        connection.exec_driver_sql(f"update numbers set number = {value}")
        self._has_written.set()
        assert self._go_on.wait(WITHIN_S)
        return value

    async def has_written(self) -> None:
        assert await asyncio.to_thread(self._has_written.wait, WITHIN_S)

    def let_go(self) -> None:
        self._go_on.set()


async def test_readers_see_what_is_committed(numbers: Database) -> None:
    held = Held()
    writing = asyncio.create_task(numbers.write(held.write, 2))
    await held.has_written()
    assert await number(numbers) == 1
    held.let_go()
    assert await writing == 2
    assert await number(numbers) == 2


async def test_an_error_undoes_everything(numbers: Database) -> None:
    def write_and_fail(connection: Transaction) -> None:
        connection.exec_driver_sql("update numbers set number = 2")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await numbers.write(write_and_fail)
    assert await number(numbers) == 1


async def test_what_has_begun_is_finished_though_nobody_waits(numbers: Database) -> None:
    held = Held()
    writing = asyncio.create_task(numbers.write(held.write, 2))
    await held.has_written()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    held.let_go()
    await execute(numbers, "update numbers set number = number + 10")
    assert await number(numbers) == 12


async def test_what_has_not_begun_is_dropped_when_nobody_waits(tmp_path: Path) -> None:
    """On SQLite: its one writer is busy."""
    database = await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))
    await execute(database, *MAKE)
    held = Held()
    writing = asyncio.create_task(database.write(held.write, 2))
    await held.has_written()
    waiting = asyncio.create_task(execute(database, "update numbers set number = 99"))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.let_go()
    assert await writing == 2
    await execute(database, "update numbers set number = number + 10")
    assert await number(database) == 12
    await database.close()


async def test_closing_waits_for_what_runs(numbers: Database, migrated_url: str) -> None:
    held = Held()
    writing = asyncio.create_task(numbers.write(held.write, 2))
    await held.has_written()
    closing = asyncio.create_task(numbers.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    held.let_go()
    await closing
    assert await writing == 2
    again = await Database.open(migrated_url)
    assert await number(again) == 2
    await again.close()


async def test_a_read_cut_short_leaves_a_usable_connection(numbers: Database) -> None:
    for _ in range(20):
        reading = asyncio.create_task(number(numbers))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert await number(numbers) == 1


async def test_who_reads_and_then_writes_loses_no_update_on_sqlite(
    locked: tuple[Database, Database],
) -> None:
    def add(connection: Transaction) -> None:
        seen = connection.exec_driver_sql("select number from numbers").scalar_one()
        connection.exec_driver_sql(f"update numbers set number = {seen + 1}")

    await asyncio.gather(*(database.write(add) for database in locked * 10))
    assert await number(locked[0]) == 21
