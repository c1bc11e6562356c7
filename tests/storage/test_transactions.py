"""Transactions on both databases: what they promise while others are at work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from storage.database import Database, sqlite_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

COUNT = text("select number from numbers")


@pytest.fixture
async def numbers(database: Database) -> Database:
    async with database.begin() as connection:
        await connection.execute(text("create table numbers (number integer not null)"))
        await connection.execute(text("insert into numbers values (1)"))
    return database


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncGenerator[tuple[Database, Database]]:
    """A file that two programs have open."""
    url = sqlite_url(tmp_path / "atelier.sqlite")
    one, other = await Database.open(url), await Database.open(url)
    yield one, other
    await one.close()
    await other.close()


async def number(database: Database) -> int:
    async with database.read() as connection:
        return (await connection.execute(COUNT)).scalar_one()


async def test_readers_see_what_is_committed(numbers: Database) -> None:
    async with numbers.begin() as connection:
        await connection.execute(text("update numbers set number = 2"))
        assert await number(numbers) == 1
    assert await number(numbers) == 2


async def test_an_error_undoes_everything(numbers: Database) -> None:
    async def write_and_fail() -> None:
        async with numbers.begin() as connection:
            await connection.execute(text("update numbers set number = 2"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write_and_fail()
    assert await number(numbers) == 1


async def test_a_cancellation_undoes_everything(numbers: Database) -> None:
    has_written = asyncio.Event()

    async def write() -> None:
        async with numbers.begin() as connection:
            await connection.execute(text("update numbers set number = 2"))
            has_written.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    await has_written.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await number(numbers) == 1
    async with numbers.begin() as connection:
        await connection.execute(text("update numbers set number = 3"))
    assert await number(numbers) == 3


async def test_a_query_cut_short_leaves_a_usable_connection(numbers: Database) -> None:
    async def read() -> None:
        async with numbers.read() as connection:
            await connection.execute(COUNT)

    for _ in range(20):
        reading = asyncio.create_task(read())
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert await number(numbers) == 1


async def test_who_reads_and_then_writes_loses_no_update_on_sqlite(
    locked: tuple[Database, Database],
) -> None:
    async with locked[0].begin() as connection:
        await connection.execute(text("create table numbers (number integer not null)"))
        await connection.execute(text("insert into numbers values (0)"))

    async def add(database: Database) -> None:
        async with database.begin() as connection:
            seen = (await connection.execute(COUNT)).scalar_one()
            await asyncio.sleep(0)
            await connection.execute(text(f"update numbers set number = {seen + 1}"))

    await asyncio.gather(*(add(database) for database in locked * 10))
    assert await number(locked[0]) == 20
