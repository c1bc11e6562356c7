"""Databases whose schema is up to date: migrated once in a test process, then copied."""

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
from tests.postgres import POSTGRES, fresh_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_postgres_templates: list[str] = []


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
    """The address of a new database with the schema in it, which is dropped at the end."""
    if not _postgres_templates:
        name = f"atelier_template_{secrets.token_hex(6)}"
        _ask(SQL("create database {}").format(Identifier(name)))
        atexit.register(_ask, SQL("drop database {} with (force)").format(Identifier(name)))
        url = make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
        await (await Database.open(url)).close()
        _postgres_templates.append(name)
    async with fresh_postgres(_postgres_templates[0]) as url:
        yield url


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
