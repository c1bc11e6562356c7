"""In which of the job engine's queues something waits: one question for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, column, exists, literal, select, table, text, union_all

from storage.job_engine.rows import JOBS, POSTGRES_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Select, TableClause

    from storage.database import Database


IS_WAITING = (
    "status = 'ENQUEUED' and status in ('ENQUEUED', 'PENDING') and queue_partition_key is not null"
)
"""In the words of the engine's partial index, without which SQLite does not use it."""


class EngineQueues:
    """Looks into the queues of the names given, of which there is at least one."""

    def __init__(self, database: Database, names: Collection[str]) -> None:
        self._database = database
        jobs = table(
            JOBS,
            column("queue_name", Text()),
            schema=None if database.is_sqlite else POSTGRES_SCHEMA,
        )
        self._waiting = union_all(*(_if_waiting(jobs, name) for name in names))

    async def waiting(self) -> set[str]:
        """The queues in which a job waits to be taken up."""
        return await self._database.read(self._look)

    def _look(self, connection: Connection) -> set[str]:
        return {str(row[0]) for row in connection.execute(self._waiting)}


def _if_waiting(jobs: TableClause, name: str) -> Select[str]:
    waiting = select(literal(1)).where(jobs.c.queue_name == name, text(IS_WAITING))
    return select(literal(name)).where(exists(waiting))
