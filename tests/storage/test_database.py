"""The database: opened with a sentence or an error, migrated to exactly our tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import migrations
from storage.database import Database, DatabaseError, sqlite_url
from storage.ledger.accounts import Account, Policy
from storage.ledger.ledger import Ledger
from storage.tables import metadata
from tests.storage.sql import execute, rows

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Transaction


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_our_tables(database: Database):
    assert await database.read(differences) == []


async def test_the_newest_revision_is_told_without_alembic(database: Database):
    script = ScriptDirectory.from_config(await database.read(migrations.configuration))
    assert script.get_heads() == [migrations.newest()]


async def test_a_newer_database_is_left_alone(tmp_path: Path):
    opened = await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))
    await execute(opened, "update alembic_version set version_num = '9999'")
    await opened.close()
    with pytest.raises(DatabaseError, match="newer"):
        await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))


async def test_opening_again_changes_nothing(tmp_path: Path):
    for _ in range(2):
        opened = await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))
        await opened.close()


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "nonsense", "postgresql://nobody@127.0.0.1:1/none"]
)
async def test_an_unusable_address_is_one_sentence(url: str):
    with pytest.raises(DatabaseError) as refused:
        await Database.open(url)
    assert "\n" not in str(refused.value)


async def test_an_unusable_file_is_one_sentence(tmp_path: Path):
    (tmp_path / "atelier.sqlite").write_text("not a database at all, but long enough to be one")
    with pytest.raises(DatabaseError, match="is damaged"):
        await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))


async def fail_after_opening_an_account(database: Database, ledger: Ledger) -> None:
    def open_and_fail(connection: Transaction) -> None:
        ledger.open(connection, Account(1, 2), Policy())
        raise RuntimeError

    await database.write(open_and_fail)


async def test_a_failed_transaction_leaves_nothing(database: Database, ledger: Ledger):
    with pytest.raises(RuntimeError):
        await fail_after_opening_an_account(database, ledger)
    assert await rows(database, "select * from accounts") == []


async def test_every_connection_knows_the_time_in_fractions(tmp_path: Path):
    query = "select unixepoch('subsec') > 1.7e9"
    opened = await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))

    def knows_fractions(connection: Transaction) -> bool:
        return connection.exec_driver_sql(query).scalar() == 1

    assert await opened.write(knows_fractions)
    assert await opened.read(knows_fractions)
    with opened.blocking_engine.connect() as connection:
        assert connection.exec_driver_sql(query).scalar() == 1
    await opened.close()
