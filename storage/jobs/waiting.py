"""Waiting jobs in the order of their queue, to tell their members how it moves."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_, select

from storage.tables import IS_WAITING, Instant, jobs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection
    from datetime import datetime

    from storage.database import Database


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job that waits, and since when."""

    accepted_at: datetime
    job_id: str


_SINCE = bindparam("since", type_=Instant)
_OLD = (
    select(jobs.c.accepted_at, jobs.c.id)
    .where(
        IS_WAITING,
        jobs.c.kind.in_(bindparam("of_kinds", expanding=True)),
        jobs.c.message_id.is_not(None),
        jobs.c.accepted_at < bindparam("before", type_=Instant),
    )
    .order_by(jobs.c.accepted_at, jobs.c.id)
    .limit(bindparam("most"))
)
_OLD_AFTER = _OLD.where(
    jobs.c.accepted_at >= _SINCE,
    or_(jobs.c.accepted_at > _SINCE, jobs.c.id > bindparam("after_job")),
)
_IF_WAITING = (
    select(jobs.c.id)
    .where(
        and_(jobs.c.id == bindparam("of_job"), IS_WAITING),
        jobs.c.cancelled_at.is_(None),
    )
    # Weak enough for rows that refer to the job, and strong enough to hold up its start.
    .with_for_update(key_share=True, skip_locked=True)
)


class Waiting:
    """Finds jobs that have waited for a while, and looks whether one still does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since_before(
        self, before: datetime, kinds: Collection[str], most: int, after: WaitingJob | None = None
    ) -> list[WaitingJob]:
        """Jobs of those kinds with a card that wait since before that instant, the oldest first."""
        values: dict[str, object] = {"before": before, "of_kinds": list(kinds), "most": most}
        statement = _OLD
        if after is not None:
            statement = _OLD_AFTER
            values |= {"since": after.accepted_at, "after_job": after.job_id}
        async with self._database.read() as connection:
            rows = (await connection.execute(statement, values)).all()
        return [WaitingJob(row.accepted_at, row.id) for row in rows]

    @asynccontextmanager
    async def still(self, job_id: str) -> AsyncGenerator[bool]:
        """Whether a job still waits; on PostgreSQL nobody begins it while the block lasts.

        On SQLite there is one process, which has to see to that itself: a lock of the database
        would hold up everybody.
        """
        database = self._database
        async with database.read() if database.is_sqlite else database.begin() as connection:
            found = await connection.execute(_IF_WAITING, {"of_job": job_id})
            yield found.first() is not None
