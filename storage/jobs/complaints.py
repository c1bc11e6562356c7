"""Complaints: members report a job's pictures to the moderators, each job once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from storage.inserts import insert_once
from storage.tables import IS_HELD_UP, complaints
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection


MAX_REASON = 400
COUNTED_FOR = timedelta(days=1)
"""How long a complaint counts among those that a member makes in a day."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a member reported of a job."""

    job_id: str
    member_id: int
    reason: str
    made_at: datetime


class Complaints:
    """Keeps who reported what, and why."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def add(self, connection: Connection, job_id: str, member_id: int, reason: str) -> bool:
        """Keep a complaint; whether it is the member's first one of that job."""
        values = {"reason": reason[:MAX_REASON], "made_at": self._now()}
        return insert_once(connection, complaints, member_id=member_id, job_id=job_id, **values)

    def has(self, connection: Connection, job_id: str, member_id: int) -> bool:
        """Whether the member has complained of that job."""
        query = select(complaints.c.job_id).where(
            complaints.c.member_id == member_id, complaints.c.job_id == job_id
        )
        return connection.execute(query).first() is not None

    def count(self, connection: Connection, member_id: int) -> int:
        """How many complaints of the member were made within a day."""
        recent = (complaints.c.member_id == member_id) & (
            complaints.c.made_at > self._now() - COUNTED_FOR
        )
        query = select(func.count()).select_from(complaints).where(recent)
        return connection.execute(query).scalar_one()

    @repeatable
    def note_passed_on(self, connection: Connection, job_id: str, member_id: int) -> None:
        """A complaint has reached those who read it."""
        its = (complaints.c.member_id == member_id) & (complaints.c.job_id == job_id)
        connection.execute(update(complaints).where(its).values(passed_on_at=self._now()))

    def held_up(self, connection: Connection, after: timedelta, limit: int) -> list[Complaint]:
        """Complaints that reached nobody for so long, the oldest first."""
        query = (
            select(complaints)
            .where(IS_HELD_UP, complaints.c.made_at < self._now() - after)
            .order_by(complaints.c.made_at)
            .limit(limit)
        )
        rows = connection.execute(query)
        return [Complaint(row.job_id, row.member_id, row.reason, row.made_at) for row in rows]
