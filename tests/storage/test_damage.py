"""Files that are damaged, emptied or have no room: one sentence each, and nothing is begun anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from storage.database import Database, DatabaseError, sqlite_url
from storage.errors import DatabaseDamaged, DatabaseFull
from storage.ledger.accounts import Account, Policy
from storage.ledger.ledger import Ledger
from tests.databases import migrated_sqlite
from tests.storage.sql import execute, rows

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Transaction
    from tests.storage.conftest import Clock

PAGE = 4096
DAMAGED = r"damaged|malformed"


@pytest.fixture
async def file(tmp_path: Path, clock: Clock) -> Path:
    """A database with some members in it."""
    path = tmp_path / "atelier.sqlite"
    database = await Database.open(await migrated_sqlite(path))
    ledger = Ledger(clock)

    def unit(connection: Transaction) -> None:
        for number in range(300):
            ledger.grant(connection, Account(1, number), Policy(), 1000, f"gift {number}")

    await database.write(unit)
    await database.close()
    return path


def root_page(file: Path, table: str) -> int:
    with closing(sqlite3.connect(file)) as connection:
        query = "select rootpage from sqlite_master where name = ?"
        return connection.execute(query, (table,)).fetchone()[0]


def spoil(file: Path, page: int, data: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek((page - 1) * PAGE)
        opened.write(data)


def size_of(file: Path) -> int:
    return file.stat().st_size


def cut(file: Path, part: float) -> None:
    with file.open("r+b") as opened:
        opened.truncate(int(size_of(file) * part) // PAGE * PAGE)


@pytest.mark.parametrize("data", [b"\xff" * PAGE, bytes(PAGE), b"\x05" + b"\x7f" * 100])
@pytest.mark.parametrize("table", ["entries", "accounts", "drafts", "ix_entries_member"])
async def test_a_damaged_page_is_told_at_the_start(file: Path, table: str, data: bytes):
    spoil(file, root_page(file, table), data)
    with pytest.raises(DatabaseError, match=DAMAGED) as raised:
        await Database.open(sqlite_url(file))
    assert "\n" not in str(raised.value)


async def test_what_is_damaged_meanwhile_is_no_answer_of_nothing(file: Path):
    database = await Database.open(sqlite_url(file))
    spoil(file, root_page(file, "drafts"), b"\xff" * PAGE)
    with pytest.raises(DatabaseDamaged):
        await rows(database, "select * from drafts")
    with pytest.raises(DatabaseDamaged):
        await database.check()
    await database.close()


async def test_a_cut_file_is_told(file: Path):
    cut(file, 0.5)
    with pytest.raises(DatabaseError, match=DAMAGED):
        await Database.open(sqlite_url(file))


async def test_an_empty_file_is_not_taken_for_a_new_database(file: Path):
    cut(file, 0)
    with pytest.raises(DatabaseError, match="is an empty file"):
        await Database.open(sqlite_url(file))
    assert size_of(file) == 0


async def test_without_room_nothing_is_written_and_it_goes_on_later(file: Path):
    database = await Database.open(sqlite_url(file))
    impatient = database.with_patience(0.2)

    def fill(connection: Transaction) -> None:
        _bound_pages(connection)
        connection.exec_driver_sql(
            "insert into drafts values ('large', 1, 1, 'x' || hex(zeroblob(200000)), 1)"
        )

    with pytest.raises(DatabaseFull):
        await impatient.write(fill)
    assert await rows(database, "select count(*) from drafts") == [(0,)]
    await database.write(_free_pages)
    await execute(database, "insert into drafts values ('later', 1, 1, '{}', 1)")
    await database.close()


def _bound_pages(connection: Transaction) -> None:
    (count,) = connection.exec_driver_sql("pragma page_count").one()
    connection.exec_driver_sql(f"pragma max_page_count={count}").one()


def _free_pages(connection: Transaction) -> None:
    connection.exec_driver_sql("pragma max_page_count=1000000").one()
