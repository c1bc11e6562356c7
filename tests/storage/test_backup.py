"""A backup is one moment of the database, taken while others write to it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from storage.backup import BackupError, back_up, problems
from storage.database import Database, sqlite_url
from storage.ledger.accounts import Account, Policy
from storage.ledger.balance import balance_of
from storage.ledger.ledger import Ledger
from tests.storage.sql import execute

if TYPE_CHECKING:
    from pathlib import Path

    from tests.storage.conftest import Clock

MEMBERS = 30


async def test_it_holds_what_was_committed_and_its_books_are_right(tmp_path: Path, clock: Clock):
    file, copy = tmp_path / "atelier.sqlite", tmp_path / "copy.sqlite"
    database = await Database.open(sqlite_url(file))
    ledger = Ledger(clock)

    async def grant(member_id: int) -> None:
        await database.write(ledger.grant, Account(1, member_id), Policy(), 1000, "a gift")

    await grant(0)
    grants = [asyncio.create_task(grant(number)) for number in range(1, MEMBERS)]
    size_bytes = await back_up(file, copy)
    await asyncio.gather(*grants)
    await database.close()

    assert size_bytes == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert set(os.listdir(tmp_path)) == {file.name, copy.name}
    assert await problems(copy) == []
    restored = await Database.open(sqlite_url(copy))
    assert await restored.read(Ledger(clock).verify) == []
    balance = await balance_of(restored, Ledger(clock), Account(1, 0), Policy())
    await restored.close()
    assert balance.available_mc == Policy().starting_mc + 1000


async def test_no_file_is_overwritten(tmp_path: Path):
    file, copy = tmp_path / "atelier.sqlite", tmp_path / "copy.sqlite"
    await (await Database.open(sqlite_url(file))).close()
    copy.write_text("precious")
    with pytest.raises(BackupError, match="is there already"):
        await back_up(file, copy)
    assert copy.read_text() == "precious"


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    file, copy = tmp_path / "atelier.sqlite", tmp_path / "nowhere" / "copy.sqlite"
    await (await Database.open(sqlite_url(file))).close()
    with pytest.raises(BackupError, match="cannot be written"):
        await back_up(file, copy)


async def test_what_is_no_database_leaves_nothing(tmp_path: Path):
    file, copy = tmp_path / "atelier.sqlite", tmp_path / "copy.sqlite"
    with pytest.raises(BackupError, match="no database"):
        await back_up(file, copy)
    file.write_bytes(b"no database at all" * 500)
    with pytest.raises(BackupError, match="could not be copied"):
        await back_up(file, copy)
    assert not copy.exists()


async def test_a_damaged_database_gives_no_backup(tmp_path: Path):
    file, copy = tmp_path / "atelier.sqlite", tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table one (a text unique)")
        connection.executemany(
            "insert into one values (?)", [(f"{n:09}" * 20,) for n in range(500)]
        )
        connection.commit()
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = b"\xff" * 3000
    file.write_bytes(data)
    with pytest.raises(BackupError, match=r"damaged|could not be copied"):
        await back_up(file, copy)
    assert not copy.exists()


async def test_books_that_are_wrong_are_told(tmp_path: Path, clock: Clock):
    file, copy = tmp_path / "atelier.sqlite", tmp_path / "copy.sqlite"
    database = await Database.open(sqlite_url(file))
    await database.write(Ledger(clock).grant, Account(1, 2), Policy(), 1000, "a gift")

    await execute(database, "update accounts set available_mc = available_mc + 1")
    await database.close()
    await back_up(file, copy)
    assert await problems(copy) == [
        "Member 2 of guild 1 has 26001 mc available, the entries say 26000 mc."
    ]


async def test_the_books_of_an_older_atelier_are_not_looked_at(tmp_path: Path):
    file, copy = tmp_path / "atelier.sqlite", tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("create table alembic_version (version_num)")
        connection.execute("insert into alembic_version values ('0001')")
    await back_up(file, copy)
    assert await problems(copy) == []
