"""Statements that tests send to a database past our own code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Database, Transaction


async def execute(database: Database, *statements: str, **values: Any) -> None:
    """Write something, in one transaction."""

    def unit(connection: Transaction) -> None:
        for statement in statements:
            connection.execute(text(statement), values)

    await database.write(unit)


async def rows(database: Database, query: str, **values: Any) -> Sequence[Any]:
    """What a query finds."""

    def unit(connection: Transaction) -> Sequence[Any]:
        return connection.execute(text(query), values).all()

    return await database.read(unit)
