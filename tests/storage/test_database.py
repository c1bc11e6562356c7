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

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_our_tables(database: Database):
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_newest_revision_is_told_without_alembic(database: Database):
    async with database.read() as connection:
        script = await connection.run_sync(
            lambda one: ScriptDirectory.from_config(migrations.configuration(one))
        )
    assert script.get_heads() == [migrations.newest()]


async def test_a_newer_database_is_left_alone(tmp_path: Path):
    opened = await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))
    async with opened.begin() as connection:
        await connection.exec_driver_sql("update alembic_version set version_num = '9999'")
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
    with pytest.raises(DatabaseError, match="cannot be opened"):
        await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))


async def fail_after_opening_an_account(database: Database, ledger: Ledger) -> None:
    async with database.begin() as connection:
        await ledger.open(connection, Account(1, 2), Policy())
        raise RuntimeError


async def test_a_failed_transaction_leaves_nothing(database: Database, ledger: Ledger):
    with pytest.raises(RuntimeError):
        await fail_after_opening_an_account(database, ledger)
    async with database.read() as connection:
        assert (await connection.exec_driver_sql("select count(*) from accounts")).scalar() == 0


async def test_every_connection_knows_the_time_in_fractions(tmp_path: Path):
    query = "select unixepoch('subsec') > 1.7e9"
    opened = await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))
    async with opened.begin() as connection:
        assert (await connection.exec_driver_sql(query)).scalar() == 1
    async with opened.read() as connection:
        assert (await connection.exec_driver_sql(query)).scalar() == 1
    with opened.blocking_engine.connect() as connection:
        assert connection.exec_driver_sql(query).scalar() == 1
    await opened.close()
