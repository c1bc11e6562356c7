"""Databases whose schema is up to date: migrated once in a test process, then used anew.

A file of SQLite is copied. A database of PostgreSQL is emptied after each test: to create and to
drop one takes as long as a hundred tests.
"""

from __future__ import annotations

import atexit
import secrets
import shutil
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy.engine import make_url

from storage.database import Database, sqlite_url
from storage.tables import metadata
from tests.postgres import POSTGRES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

END_OTHERS = SQL(
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)
ALL_TABLES = SQL(
    "select tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
)
START_ANEW = SQL(
    "select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
    " from pg_sequences"
)

_spare: list[str] = []
"""The addresses of migrated databases that nobody uses."""


async def migrated_sqlite(path: Path) -> str:
    """The address of the file there; a new one has the schema in it."""
    template = _folder() / "template.sqlite"
    if _is_missing(template):
        await (await Database.open(sqlite_url(template))).close()
    if _is_missing(path):
        shutil.copyfile(template, path)
    return sqlite_url(path)


@asynccontextmanager
async def migrated_postgres() -> AsyncGenerator[str]:
    """The address of a database of one's own, with the schema in it and nothing else."""
    url = _spare.pop() if _spare else await _new_postgres()
    yield url
    if _emptied(url):
        _spare.append(url)


async def _new_postgres() -> str:
    """The address of a new database with the schema, which is dropped with this process."""
    name = f"atelier_{secrets.token_hex(6)}"
    _ask(SQL("create database {}").format(Identifier(name)))
    atexit.register(_ask, SQL("drop database {} with (force)").format(Identifier(name)))
    url = make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    await (await Database.open(url)).close()
    return url


def _emptied(url: str) -> bool:
    """Whether the schema is ours alone again, with nothing in it and nobody connected."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(END_OTHERS)
        names = {name for (name,) in connection.execute(ALL_TABLES)}
        if names != {*metadata.tables, "alembic_version"}:
            return False
        tables = [Identifier(table.name) for table in reversed(metadata.sorted_tables)]
        deletions = SQL("; ").join(SQL("delete from {}").format(table) for table in tables)
        connection.execute(SQL("begin; {}; {}; commit").format(deletions, START_ANEW))
    return True


def _is_missing(file: Path) -> bool:
    return not file.exists()


@cache
def _folder() -> Path:
    folder = TemporaryDirectory(prefix="atelier-template-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _ask(statement: Composed) -> None:
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(statement)
