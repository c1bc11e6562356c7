"""Inserting once: the row that is there first wins."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table
    from sqlalchemy.sql.dml import ReturningInsert


def insert_once(connection: Connection, table: Table, **values: object) -> bool:
    """Insert a row unless its key is taken; whether this call inserted it."""
    statement = _statement(table, connection.dialect.name)
    # RETURNING tells who won; rowcount is not reliable over the drivers.
    return connection.execute(statement, values).first() is not None


@cache
def _statement(table: Table, dialect: str) -> ReturningInsert[tuple[object, ...]]:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key)
