"""One database, opened once: SQLite by default, PostgreSQL beyond one machine.

`read` and `write` are the only door: each takes a unit, a plain function whose first argument is
the connection, and runs it as a whole in a thread (`storage.units`).
"""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage import migrations
from storage.errors import DatabaseDamaged, DatabaseFull, DatabaseUnavailable, OutcomeUnknown
from storage.units import SLOW_S, Attempt, Lane, is_repeatable, name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection as DriverConnection
    from sqlalchemy import URL

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

SQLITE_DRIVER = "sqlite+pysqlite"
POSTGRES_DRIVER = "postgresql+psycopg"
BUSY_TIMEOUT_MS = 30_000
READERS = 2
POOL_SIZE = 8
HAS_SUBSECONDS = (3, 42)
"""The version of SQLite that knows unixepoch('subsec')."""

DISCREET: dict[str, Any] = {"hide_parameters": True}
"""An error's text must not carry prompts and tokens into the log."""

CONNECTING: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A PostgreSQL server that is gone without a word is taken for lost within seconds."""

LOCK_WITHIN_S = 5.0
"""A statement that waits for longer for another's lock is undone and tried again: it keeps one of
few threads, and whoever waits may have given up."""

IDLE_WITHIN_S = 30.0
"""The server ends a transaction in which nothing is asked for so long: a process that was stopped
in the middle of one, or whose machine lost its power, would keep its locks from all others."""

PATIENCE_S = 30.0
MEMBERS_PATIENCE_S = 1.5
"""How long what a member waits for does without the database: Discord gives three seconds."""

JOBS_PATIENCE_S = 15 * 60.0
"""How long what a job does is tried again while the database is away."""

UPGRADE_WITHIN_S = 60 * 60.0
"""How long the migration at the start may take: what takes longer is undone."""

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


class DatabaseError(Exception):
    """The database cannot be opened; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class _Connections:
    """The lanes of a database: one writer on SQLite, which has one; else both are the same."""

    writing: Lane
    reading: Lane

    def close(self) -> None:
        """Wait for the units that run, and let go of every connection."""
        for lane in (self.writing, self.reading):
            lane.threads.shutdown(wait=True, cancel_futures=True)
        for lane in (self.writing, self.reading):
            lane.engine.dispose()


class Database:
    """The door to the database, for callers of one patience."""

    def __init__(self, connections: _Connections, patience_s: float = PATIENCE_S) -> None:
        self._connections = connections
        self._patience_s = patience_s

    @classmethod
    async def open(cls, url: str, *, slow_s: float = SLOW_S) -> Self:
        """Connect and bring the schema up to date; a unit that takes longer is named in the log.

        Raises:
            DatabaseError: when the address is none or nothing answers there.
        """
        try:
            database = cls(_connections(url, slow_s))
        except (ArgumentError, ModuleNotFoundError) as error:
            raise DatabaseError(f"ATELIER_DATABASE_URL is not usable: {error}") from error
        except ValueError:
            # Its text may hold a part of the password.
            reason = "a password with special characters has to be percent-encoded"
            raise DatabaseError(f"ATELIER_DATABASE_URL is not usable: {reason}") from None
        try:
            # A migration may take its time: nobody else waits for the database yet.
            unhurried = replace(database._connections.writing, slow_s=math.inf)
            await database._attempt(unhurried, _check_pages, UPGRADE_WITHIN_S)
            await database._attempt(unhurried, migrations.upgrade, UPGRADE_WITHIN_S)
        except migrations.UnknownRevision as error:
            await database.close()
            raise DatabaseError("The database is of a newer Atelier than this one") from error
        except DatabaseDamaged as error:
            await database.close()
            raise DatabaseError(
                f"The database is damaged ({error}); put a backup in its place"
            ) from error
        except (DatabaseUnavailable, DBAPIError, OSError) as error:
            await database.close()
            raise DatabaseError(f"The database cannot be opened: {_cause(error)}") from error
        return database

    def with_patience(self, seconds: float) -> Database:
        """The same database for callers who wait longer, or shorter, while it is away."""
        return Database(self._connections, seconds)

    async def check(self) -> None:
        """Read all of a SQLite file.

        Raises:
            DatabaseDamaged: what is wrong first.
        """
        await self.read(_check_pages, thorough=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of this machine."""
        return self._engine.dialect.name == "sqlite"

    async def read(
        self, unit: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What a unit gives that only reads; it waits for no writer.

        Two queries of it may see two states; what has to fit together is one query, or `write`.

        Raises:
            DatabaseUnavailable: the database did not answer within the patience.
        """
        return await self._persist(self._connections.reading, unit, *args, **kwargs)

    async def write(
        self, unit: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What a unit gives that may write: in one transaction, undone if the unit raises.

        Raises:
            DatabaseUnavailable: it did not answer within the patience; nothing is written.
            OutcomeUnknown: the connection was lost in the commit, and the unit is not `repeatable`.
        """
        return await self._persist(self._connections.writing, unit, *args, **kwargs)

    async def close(self) -> None:
        """Wait for the units that run, and let go of every connection."""
        if "blocking_engine" in self.__dict__:
            self.blocking_engine.dispose()
        await asyncio.to_thread(self._connections.close)

    @cached_property
    def blocking_engine(self) -> Engine:
        """The same database for a library that works in threads of its own."""
        if not self.is_sqlite:
            # Its own migrations wait for the transactions of others.
            return _postgres_engine(self._engine.url, max_overflow=2, lock_within_s=0)
        engine = create_engine(self._engine.url, pool_size=2, **DISCREET)
        event.listen(engine, "connect", _prepare_blocking_sqlite)
        return engine

    @property
    def connect_arguments(self) -> dict[str, Any]:
        """What PostgreSQL's driver connects with, for a connection of its own."""
        _, arguments = self._engine.dialect.create_connect_args(self._engine.url)
        return {**CONNECTING, **arguments}

    @property
    def _is_hasty(self) -> bool:
        return self._patience_s <= MEMBERS_PATIENCE_S

    @property
    def _engine(self) -> Engine:
        return self._connections.writing.engine

    async def _persist(
        self,
        lane: Lane,
        unit: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Try again, with growing pauses, until the patience is over."""
        until = time.monotonic() + self._patience_s
        pause_s, left_s = FIRST_PAUSE_S, self._patience_s
        while True:
            try:
                return await self._attempt(lane, unit, left_s, *args, **kwargs)
            except DatabaseUnavailable as error:
                if self._is_final(error, unit):
                    raise
                left_s = until - time.monotonic() - pause_s
                if left_s <= 0:
                    raise
                if pause_s == FIRST_PAUSE_S:
                    log.warning("%s is tried again: %s", name_of(unit), error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _is_final(self, error: DatabaseUnavailable, unit: Callable[..., Any]) -> bool:
        """Whether another try is of no use, or may do it twice."""
        if isinstance(error, OutcomeUnknown):
            return not is_repeatable(unit)
        # No room comes while a member waits.
        is_in_vain = self._is_hasty and isinstance(error, DatabaseFull)
        return is_in_vain or isinstance(error, DatabaseDamaged)

    async def _attempt(
        self,
        lane: Lane,
        unit: Callable[Concatenate[Connection, P], T],
        patience_s: float,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def run(connection: Connection) -> T:
            return unit(connection, *args, **kwargs)

        attempt = Attempt(run, name_of(unit))
        return await lane.run(attempt, patience_s, is_hasty=self._is_hasty)


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"{SQLITE_DRIVER}:///{path}"


def _connections(url: str, slow_s: float) -> _Connections:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _check_not_emptied(parsed)
        return _sqlite_connections(parsed.set(drivername=SQLITE_DRIVER), slow_s)
    if parsed.get_backend_name() == "postgresql":
        return _postgres_connections(parsed.set(drivername=POSTGRES_DRIVER), slow_s)
    raise ArgumentError(f"it names {parsed.get_backend_name()}; SQLite and PostgreSQL are known")


def _postgres_connections(url: URL, slow_s: float) -> _Connections:
    engine = _postgres_engine(
        url, max_overflow=0, lock_within_s=LOCK_WITHIN_S, skip_autocommit_rollback=True
    )
    threads = ThreadPoolExecutor(POOL_SIZE, "database")
    reading = engine.execution_options(isolation_level="AUTOCOMMIT")
    return _Connections(
        Lane(engine, threads, slow_s, writes=True),
        Lane(reading, threads, slow_s, writes=False),
    )


def _postgres_engine(url: URL, lock_within_s: float, **options: Any) -> Engine:
    """An engine whose connections keep locks, and wait for them, for so long; 0 is for ever."""
    engine = create_engine(url, pool_size=POOL_SIZE, connect_args=CONNECTING, **options, **DISCREET)
    limits = (
        f"set lock_timeout = {lock_within_s * 1000:.0f};"
        f" set idle_in_transaction_session_timeout = {IDLE_WITHIN_S * 1000:.0f}"
    )

    def prepare(connection: DriverConnection[Any], _record: Any) -> None:
        connection.autocommit = True
        connection.execute(limits.encode())
        connection.autocommit = False

    event.listen(engine, "connect", prepare)
    return engine


def _sqlite_connections(url: URL, slow_s: float) -> _Connections:
    writer = create_engine(url, pool_size=1, max_overflow=0, **DISCREET)
    event.listen(writer, "begin", _begin_immediate)
    reader = create_engine(
        url,
        pool_size=READERS,
        max_overflow=0,
        # What only reads needs no transaction: each of its queries sees what is committed by then.
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        **DISCREET,
    )
    for engine in (writer, reader):
        event.listen(engine, "connect", _prepare_sqlite)
    return _Connections(
        Lane(writer, ThreadPoolExecutor(1, "writer"), slow_s, writes=True),
        Lane(reader, ThreadPoolExecutor(READERS, "reader"), slow_s, writes=False),
    )


def _check_not_emptied(url: URL) -> None:
    """Refuse a file without a single byte: SQLite would begin a new database in it.

    Raises:
        DatabaseError
    """
    path = Path(url.database or "")
    if path.is_file() and not path.stat().st_size:
        raise DatabaseError(
            f"The database {path} is an empty file; put a backup in its place,"
            " or delete it to start with an empty database"
        )


def _check_pages(connection: Connection, thorough: bool = False) -> None:
    """Look whether each page of a SQLite file makes sense, and thoroughly each index too.

    Raises:
        DatabaseDamaged
    """
    if connection.dialect.name != "sqlite":
        return
    check = "integrity_check" if thorough else "quick_check"
    (verdict,) = connection.exec_driver_sql(f"PRAGMA {check}(1)").one()
    if verdict != "ok":
        raise DatabaseDamaged(" ".join(str(verdict).split()))


def _begin_immediate(connection: Connection) -> None:
    # Begun deferred, two transactions that read and then write would lose an update.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    """Set a connection up."""
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


Transaction = Connection
"""An open transaction, opaque outside this room: it is only handed on."""
