"""Why a unit of work was not done."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Busy, locked, an error of reading or writing, full, cannot be opened, the protocol of its locks.
PASSING_OF_SQLITE = frozenset((5, 6, 10, 13, 14, 15))
"""Primary result codes of SQLite after which the same may succeed later."""

PASSING_OF_POSTGRES = frozenset(("08", "25", "40", "53", "55", "57", "58"))
"""Classes of SQLSTATE after which the same may succeed later: the connection, a server that is
read-only, starting, stopping or short of something, a transaction that lost against another."""

NO_ROOM_IN_SQLITE = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)
"""How it calls a quota or a limit of files, and a disk without room for the index of its log."""

DAMAGE_OF_SQLITE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
FULL_POSTGRES = "53100"
DAMAGE_OF_POSTGRES = ("XX001", "XX002")

CANCELLED_STATEMENT = "57014"
"""Somebody ended the statement itself, or it took too long: to repeat it would undo that."""


class DatabaseUnavailable(Exception):
    """The database does not answer; what was to be written is not written."""


class DatabaseFull(DatabaseUnavailable):
    """There is no room for what was to be written; nothing of it is."""


class DatabaseDamaged(DatabaseUnavailable):
    """What is read makes no sense: only a backup helps."""


class OutcomeUnknown(DatabaseUnavailable):
    """The connection was lost during a commit: what was to be written may be written."""


def unavailable(error: SQLAlchemyError) -> type[DatabaseUnavailable] | None:
    """How the database is away; None where the statement is wrong."""
    if isinstance(error, PoolTimeout):
        return DatabaseUnavailable
    if not isinstance(error, DBAPIError):
        return None
    if error.connection_invalidated:
        return DatabaseUnavailable
    cause = error.orig
    code: int | None = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _of_sqlite(code)
    state: str | None = getattr(cause, "sqlstate", None)
    if state is None:
        return DatabaseUnavailable if isinstance(error, OperationalError) else None
    return _of_postgres(state)


def why_unavailable(error: BaseException) -> str:
    """Why the database is away, on one line; empty where the error says nothing of the kind."""
    if isinstance(error, DatabaseUnavailable):
        return str(error) or type(error).__name__
    return first_line(error) if isinstance(error, SQLAlchemyError) and unavailable(error) else ""


def first_line(error: SQLAlchemyError) -> str:
    """What the database says, without the statement."""
    cause = getattr(error, "orig", None) or error
    return next(iter(str(cause).strip().splitlines()), type(cause).__name__)


def _of_sqlite(code: int) -> type[DatabaseUnavailable] | None:
    # The upper bytes tell more of the same.
    if code & 0xFF == sqlite3.SQLITE_FULL or code in NO_ROOM_IN_SQLITE:
        return DatabaseFull
    if code & 0xFF in DAMAGE_OF_SQLITE:
        return DatabaseDamaged
    return DatabaseUnavailable if code & 0xFF in PASSING_OF_SQLITE else None


def _of_postgres(state: str) -> type[DatabaseUnavailable] | None:
    if state == FULL_POSTGRES:
        return DatabaseFull
    if state in DAMAGE_OF_POSTGRES:
        return DatabaseDamaged
    is_passing = state != CANCELLED_STATEMENT and state[:2] in PASSING_OF_POSTGRES
    return DatabaseUnavailable if is_passing else None
