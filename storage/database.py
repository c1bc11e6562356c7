"""One database, opened once: SQLite by default, PostgreSQL beyond one machine."""

from __future__ import annotations

import sqlite3
import time
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage import migrations

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from sqlalchemy import URL, Connection

SQLITE_DRIVER = "sqlite+aiosqlite"
BUSY_TIMEOUT_MS = 30_000
HAS_SUBSECONDS = (3, 42)
"""The version of SQLite that knows unixepoch('subsec')."""

DISCREET: dict[str, Any] = {"hide_parameters": True}
"""An error's text must not carry prompts and tokens into the log."""


class DatabaseError(Exception):
    """The database cannot be opened; the text is one sentence for the operator."""


class Database:
    """The connections to the database: one for writes on SQLite, since it has one writer."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect and bring the schema up to date.

        Raises:
            DatabaseError: when the address is none or nothing answers there.
        """
        try:
            database = cls(*_engines(url))
        except (ArgumentError, ModuleNotFoundError) as error:
            raise DatabaseError(f"ATELIER_DATABASE_URL is not usable: {error}") from error
        except ValueError:
            # Its text may hold a part of the password.
            reason = "a password with special characters has to be percent-encoded"
            raise DatabaseError(f"ATELIER_DATABASE_URL is not usable: {reason}") from None
        try:
            async with database.begin() as connection:
                await connection.run_sync(migrations.upgrade)
        except migrations.UnknownRevision as error:
            await database.close()
            raise DatabaseError("The database is of a newer Atelier than this one") from error
        except (DBAPIError, OSError) as error:
            await database.close()
            raise DatabaseError(f"The database cannot be opened: {_cause(error)}") from error
        return database

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of this machine."""
        return self._writer.dialect.name == "sqlite"

    @cached_property
    def blocking_engine(self) -> Engine:
        """The same database through a blocking driver, for a library that works in threads."""
        if not self.is_sqlite:
            url = self._writer.url.set(drivername="postgresql+psycopg")
            return create_engine(url, pool_size=8, max_overflow=2, **DISCREET)
        url = self._writer.url.set(drivername="sqlite")
        engine = create_engine(url, pool_size=2, **DISCREET)
        event.listen(engine, "connect", _prepare_blocking_sqlite)
        return engine

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction that may write; it commits at the end and rolls back on an error."""
        async with self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection for reading, which waits for no writer.

        Two queries may see two states; what has to fit together is one query, or `begin`.
        """
        async with self._reader.connect() as connection:
            yield connection

    async def connect_apart(self) -> AsyncConnection:
        """A connection of its own, in autocommit mode, that its holder closes."""
        apart = create_async_engine(
            self._writer.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", **DISCREET
        )
        return await apart.connect()

    async def close(self) -> None:
        """Let go of every connection."""
        if "blocking_engine" in self.__dict__:
            self.blocking_engine.dispose()
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"{SQLITE_DRIVER}:///{path}"


def _engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engines(parsed.set(drivername=SQLITE_DRIVER))
    if parsed.get_backend_name() == "postgresql":
        asynchronous = parsed.set(drivername="postgresql+asyncpg")
        engine = create_async_engine(
            asynchronous, pool_size=8, max_overflow=2, pool_pre_ping=True, **DISCREET
        )
        return engine, engine
    raise ArgumentError(f"it names {parsed.get_backend_name()}; SQLite and PostgreSQL are known")


def _sqlite_engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    writer = create_async_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=BUSY_TIMEOUT_MS / 1000, **DISCREET
    )
    event.listen(writer.sync_engine, "begin", _begin_immediate)
    reader = create_async_engine(
        url,
        pool_size=2,
        max_overflow=2,
        # What only reads needs no transaction: each of its queries sees what is committed by then.
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        **DISCREET,
    )
    for engine in (writer, reader):
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return writer, reader


def _begin_immediate(connection: Connection) -> None:
    # Begun deferred, two transactions that read and then write would lose an update.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set a connection up, of the blocking driver or of the other."""
    # The driver must not begin transactions by itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()
    if sqlite3.sqlite_version_info < HAS_SUBSECONDS:
        connection.create_function("unixepoch", 1, _unixepoch)


def _prepare_blocking_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    _prepare_sqlite(connection, record)
    # The driver itself begins here, before the first write; the library sends its own BEGIN too.
    connection.isolation_level = "IMMEDIATE"


def _unixepoch(modifier: str) -> float:
    """SQLite's function as newer versions have it.

    The job engine takes a version that has it for granted on Python 3.12 and newer, but many
    builds of those are linked to an older SQLite (Debian 12's, for example).
    """
    return time.time() if modifier == "subsec" else int(time.time())


def _cause(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause).splitlines()[0] if str(cause) else type(cause).__name__


Transaction = AsyncConnection
"""An open transaction, opaque outside this room: it is only handed on."""
