"""Waiting jobs in the order of their queue, to tell their members how it moves."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_, select

from storage.tables import IS_WAITING, Instant, jobs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection
    from datetime import datetime

    from sqlalchemy import Connection

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


HELD_S = 10.0
"""For how long a lock is held at most, whatever becomes of who asked for it."""


def waiting_since_before(
    connection: Connection,
    before: datetime,
    kinds: Collection[str],
    most: int,
    after: WaitingJob | None = None,
) -> list[WaitingJob]:
    """Jobs of those kinds with a card that wait since before that instant, the oldest first."""
    values: dict[str, object] = {"before": before, "of_kinds": list(kinds), "most": most}
    statement = _OLD
    if after is not None:
        statement = _OLD_AFTER
        values |= {"since": after.accepted_at, "after_job": after.job_id}
    return [WaitingJob(row.accepted_at, row.id) for row in connection.execute(statement, values)]


@asynccontextmanager
async def still_waiting(database: Database, job_id: str) -> AsyncGenerator[bool]:
    """Whether a job still waits; on PostgreSQL nobody begins it while the block lasts.

    On SQLite there is one process, which has to see to that itself: a lock of the database would
    hold up everybody.
    """
    if database.is_sqlite:
        yield await database.read(_is_waiting, job_id)
        return
    hold = _Hold(asyncio.get_running_loop())
    holding = asyncio.create_task(database.write(hold.run, job_id))
    holding.add_done_callback(hold.note_failure)
    try:
        yield await hold.found
    finally:
        hold.over.set()
        await asyncio.gather(holding, return_exceptions=True)


class _Hold:
    """A unit that keeps its lock until it is told that the block is over."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.over = threading.Event()
        self.found: asyncio.Future[bool] = loop.create_future()
        self._loop = loop

    def run(self, connection: Connection, job_id: str) -> None:
        """Lock the job if it waits, and hold the lock."""
        self._loop.call_soon_threadsafe(self._tell, _is_waiting(connection, job_id))
        self.over.wait(HELD_S)

    def note_failure(self, holding: asyncio.Task[None]) -> None:
        """The block does not begin where the database did not answer."""
        if self.found.done():
            return
        error = None if holding.cancelled() else holding.exception()
        self.found.set_exception(error or TimeoutError("the lock was not taken"))

    def _tell(self, is_waiting: bool) -> None:
        if not self.found.done():
            self.found.set_result(is_waiting)


def _is_waiting(connection: Connection, job_id: str) -> bool:
    return connection.execute(_IF_WAITING, {"of_job": job_id}).first() is not None
