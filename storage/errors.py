"""Why a unit of work was not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

if TYPE_CHECKING:
    from sqlalchemy.exc import SQLAlchemyError

# Busy, locked, an error of reading or writing, full, cannot be opened, the protocol of its locks.
PASSING_OF_SQLITE = frozenset((5, 6, 10, 13, 14, 15))
"""Primary result codes of SQLite after which the same may succeed later."""

PASSING_OF_POSTGRES = frozenset(("08", "25", "40", "53", "55", "57", "58"))
"""Classes of SQLSTATE after which the same may succeed later: the connection, a server that is
read-only, starting, stopping or short of something, a transaction that lost against another."""

CANCELLED_STATEMENT = "57014"
"""Somebody ended the statement itself, or it took too long: to repeat it would undo that."""


class DatabaseUnavailable(Exception):
    """The database does not answer; what was to be written is not written."""


class OutcomeUnknown(DatabaseUnavailable):
    """The connection was lost during a commit: what was to be written may be written."""


def is_passing(error: SQLAlchemyError) -> bool:
    """Whether an error says that the database is away, and not that the statement is wrong."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    cause = error.orig
    code: int | None = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        # The upper bytes tell more of the same.
        return code & 0xFF in PASSING_OF_SQLITE
    state: str | None = getattr(cause, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)
    return state != CANCELLED_STATEMENT and state[:2] in PASSING_OF_POSTGRES
