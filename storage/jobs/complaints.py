"""Complaints: members report a job's pictures to the moderators, each job once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.inserts import insert_once
from storage.tables import complaints

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Connection


MAX_REASON = 400


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

    def count(self, connection: Connection, member_id: int, within: timedelta) -> int:
        """How many complaints of the member are not older than that."""
        recent = (complaints.c.member_id == member_id) & (
            complaints.c.made_at > self._now() - within
        )
        query = select(func.count()).select_from(complaints).where(recent)
        return connection.execute(query).scalar_one()
