"""Rows in the job engine's own tables that are in a format which the bot never writes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    column,
    func,
    inspect,
    literal,
    or_,
    select,
    table,
    union_all,
    update,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnClause, Connection, Select, TableClause


POSTGRES_SCHEMA = "dbos"
JOBS = "workflow_status"
NOTIFICATIONS = "notifications"
NO_FORMAT = ""
SCHEDULES = "workflow_schedules"
ACTIVE, PAUSED = "ACTIVE", "PAUSED"
ROWS_TOLD = 1000
WAITING = ("ENQUEUED", "DELAYED")
AT_WORK = "PENDING"


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """A row in another format; all three texts may be anybody's."""

    table: str
    job_id: str
    format: str


class EngineRows:
    """Finds such rows, and ends the engine's part in the jobs that they belong to.

    `own_format` is what the bot's own rows bear in the column `serialization`. Rows without any are
    read in that format as well, but for jobs, whose inputs are looked for in another shape then.
    """

    def __init__(self, own_format: str, *, is_sqlite: bool) -> None:
        self._own_format = own_format
        self._schema = None if is_sqlite else POSTGRES_SCHEMA
        self._schedules = table(
            SCHEDULES,
            column("schedule_name", Text()),
            column("status", Text()),
            schema=self._schema,
        )

    def foreign(self, connection: Connection) -> Sequence[ForeignRow]:
        """The first thousand such rows, of whatever table."""
        tables = self._tables(connection)
        if not tables:
            return ()
        rows = union_all(*(self._foreign(of_table) for of_table in tables)).limit(ROWS_TOLD)
        return [ForeignRow(*row) for row in connection.execute(rows)]

    def end_jobs(
        self, connection: Connection, executor_id: str, running: Collection[str]
    ) -> Sequence[str]:
        """Mark the jobs that such a row belongs to as failed, so that the engine leaves them.

        The rows stay, as evidence. A job is left alone while another process executes it, or this
        one, which is `executor_id` and executes `running`.
        """
        tables = self._tables(connection)
        jobs = next((rows for rows in tables if rows.name == JOBS), None)
        if jobs is None:
            return ()
        now_ms = literal(int(time.time() * 1000), BigInteger)
        statement = (
            update(jobs)
            .where(self._is_idle(jobs, executor_id, running), self._is_touched(jobs, tables))
            .values(status="ERROR", owner_xid=None, updated_at=now_ms, completed_at=now_ms)
            .returning(jobs.c.workflow_uuid)
        )
        return [str(row[0]) for row in connection.execute(statement)]

    def has_schedules(self, connection: Connection) -> bool:
        """Whether the engine is to start jobs by the clock."""
        if not inspect(connection).has_table(SCHEDULES, self._schema):
            return False
        active = select(self._schedules.c.status).where(self._schedules.c.status == ACTIVE)
        return connection.execute(active).first() is not None

    def pause_schedules(self, connection: Connection) -> Sequence[str]:
        """Stop it from that; the names of such rows, which stay."""
        is_active = self._schedules.c.status == ACTIVE
        statement = update(self._schedules).where(is_active).values(status=PAUSED)
        paused = connection.execute(statement.returning(self._schedules.c.schedule_name))
        return [str(row[0]) for row in paused]

    def _tables(self, connection: Connection) -> list[TableClause]:
        """Every table of the engine whose rows name their format; none before its first start."""
        inspector = inspect(connection)
        found: list[TableClause] = []
        for name in inspector.get_table_names(self._schema):
            columns = [
                str(described["name"]) for described in inspector.get_columns(name, self._schema)
            ]
            if "serialization" in columns:
                typed: list[ColumnClause[str]] = [
                    column(column_name, Text()) for column_name in columns
                ]
                found.append(table(name, *typed, schema=self._schema))
        return found

    def _is_foreign(self, rows: TableClause) -> ColumnElement[bool]:
        if rows.name == JOBS:
            return func.coalesce(rows.c.serialization, NO_FORMAT) != self._own_format
        return rows.c.serialization != self._own_format

    def _foreign(self, rows: TableClause) -> Select[str, str, str]:
        form: ColumnElement[str] = func.coalesce(rows.c.serialization, NO_FORMAT)
        return select(literal(rows.name), _job(rows), form).where(self._is_foreign(rows))

    def _is_touched(self, jobs: TableClause, tables: Sequence[TableClause]) -> ColumnElement[bool]:
        others = (rows for rows in tables if rows is not jobs)
        ids = (select(_job(rows)).where(self._is_foreign(rows)) for rows in others)
        return or_(self._is_foreign(jobs), *(jobs.c.workflow_uuid.in_(found) for found in ids))

    def _is_idle(
        self, jobs: TableClause, executor_id: str, running: Collection[str]
    ) -> ColumnElement[bool]:
        stranded = and_(
            jobs.c.status == AT_WORK,
            jobs.c.executor_id == executor_id,
            jobs.c.workflow_uuid.not_in(running),
        )
        return or_(jobs.c.status.in_(WAITING), stranded)


def _job(rows: TableClause) -> ColumnElement[str]:
    return rows.c["destination_uuid" if rows.name == NOTIFICATIONS else "workflow_uuid"]
