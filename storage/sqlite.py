"""SQLite for the event loop: one trip to the connection's thread for a statement.

SQLAlchemy has aiosqlite make four trips for a query (cursor, execution, rows, close) and three for
a BEGIN. A trip takes longer than most of our statements, so here they travel together: a
transaction begins with its first statement, and what only reads needs none.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement gave, with the columns as the DB-API describes them."""

    description: Any
    rows: Sequence[Any]
    rowcount: int
    lastrowid: int | None


class SqliteConnection(aiosqlite.Connection):
    """A connection to a file, made by SQLAlchemy's `async_creator`.

    `prepare` sets it up, in autocommit mode, before its first statement. A writer's transactions
    take the write lock at once; a reader has none: each of its queries sees what is committed by
    then.
    """

    def __init__(
        self, path: str, prepare: Callable[[sqlite3.Connection], None], *, is_reader: bool
    ) -> None:
        super().__init__(partial(sqlite3.connect, path), ROWS_AT_ONCE)
        # Otherwise a connection that nobody closed would keep the process from ending.
        self._thread.daemon = True
        self._prepare: Callable[[sqlite3.Connection], None] | None = prepare
        self._is_reader = is_reader
        self._may_be_open = False

    def cursor(self) -> SqliteCursor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """A cursor, without a trip."""
        return SqliteCursor(self)

    async def run(self, operation: str, parameters: Any, *, many: bool) -> Outcome:
        """Execute a statement and fetch all its rows."""
        self._may_be_open = not self._is_reader
        return await self._there(self._run, operation, parameters, many)

    async def commit(self) -> None:
        """Commit what was begun."""
        if self._may_be_open:
            await self._there(self._conn.commit)
            self._may_be_open = False

    async def rollback(self) -> None:
        """Undo what was begun."""
        if self._may_be_open:
            await self._there(self._conn.rollback)
            self._may_be_open = False

    async def _there(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function in the connection's thread."""
        return await self._execute(function, *args)  # pyright: ignore[reportUnknownMemberType]

    def _run(self, operation: str, parameters: Any, many: bool) -> Outcome:
        connection = self._conn
        if self._prepare:
            self._prepare(connection)
            self._prepare = None
        if not self._is_reader and not connection.in_transaction:
            # Begun deferred, two transactions that read and then write would lose an update.
            connection.execute("BEGIN IMMEDIATE")
        run = connection.executemany if many else connection.execute
        cursor = run(operation, parameters)
        rows = cursor.fetchall() if cursor.description else ()
        return Outcome(cursor.description, rows, cursor.rowcount, cursor.lastrowid)


class SqliteCursor:
    """As much of aiosqlite's cursor as SQLAlchemy uses."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._outcome = Outcome(None, (), -1, None)
        self.arraysize = 1

    @property
    def description(self) -> Any:
        """The columns, or None for a statement without rows."""
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        """How many rows a statement changed."""
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The row id of the last insert."""
        return self._outcome.lastrowid

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> Self:
        """Execute a statement; its rows are here then."""
        self._outcome = await self._connection.run(operation, parameters, many=False)
        return self

    async def executemany(self, operation: str, parameters: Any) -> Self:
        """Execute a statement once for each of the parameters."""
        self._outcome = await self._connection.run(operation, parameters, many=True)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """The rows."""
        return self._outcome.rows

    async def close(self) -> None:
        """Nothing is open any more."""
