"""The connection to SQLite: what its transactions promise."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from storage.sqlite import SqliteConnection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


def prepare(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA busy_timeout=0")
    connection.execute("CREATE TABLE IF NOT EXISTS numbers (number INTEGER NOT NULL)")


@asynccontextmanager
async def opened(folder: Path, *, is_reader: bool = False) -> AsyncGenerator[SqliteConnection]:
    connection = SqliteConnection(str(folder / "one"), prepare, is_reader=is_reader)
    async with connection:
        yield connection


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncGenerator[SqliteConnection]:
    async with opened(tmp_path) as connection:
        await connection.run("INSERT INTO numbers VALUES (?)", (1,), many=False)
        await connection.commit()
        yield connection


@pytest.fixture
async def reader(tmp_path: Path, writer: object) -> AsyncGenerator[SqliteConnection]:
    async with opened(tmp_path, is_reader=True) as connection:
        yield connection


async def numbers(connection: SqliteConnection) -> list[int]:
    outcome = await connection.run("SELECT number FROM numbers ORDER BY 1", (), many=False)
    return [row[0] for row in outcome.rows]


async def test_a_reader_sees_what_is_committed(writer: SqliteConnection, reader: SqliteConnection):
    await writer.run("INSERT INTO numbers VALUES (?)", [(2,), (3,)], many=True)
    assert await numbers(reader) == [1]
    await writer.commit()
    assert await numbers(reader) == [1, 2, 3]


async def test_a_transaction_can_be_undone(writer: SqliteConnection):
    await writer.run("DELETE FROM numbers", (), many=False)
    await writer.rollback()
    assert await numbers(writer) == [1]


async def test_a_writer_takes_the_lock_even_to_read(writer: SqliteConnection, tmp_path: Path):
    await numbers(writer)
    async with opened(tmp_path) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await numbers(other)
        await writer.rollback()
        assert await numbers(other) == [1]
        await other.rollback()


async def test_what_was_cancelled_is_undone(writer: SqliteConnection, reader: SqliteConnection):
    inserting = asyncio.create_task(writer.run("DELETE FROM numbers", (), many=False))
    await asyncio.sleep(0)
    inserting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await inserting
    await writer.rollback()
    assert await numbers(writer) == [1]
    await writer.rollback()
    assert await numbers(reader) == [1]


async def test_a_cursor_tells_what_a_statement_did(writer: SqliteConnection):
    cursor = await writer.cursor().__aenter__()
    await cursor.execute("INSERT INTO numbers VALUES (7) RETURNING number")
    assert [column[0] for column in cursor.description] == ["number"]
    assert list(await cursor.fetchall()) == [(7,)]
    await cursor.execute("UPDATE numbers SET number = number + 1")
    assert (cursor.description, cursor.rowcount) == (None, 2)
    await cursor.close()
