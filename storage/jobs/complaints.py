"""Complaints: members report a job's pictures to the moderators, each job once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.inserts import insert_once
from storage.tables import complaints

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from storage.database import Database

MAX_REASON = 400


class Complaints:
    """Keeps who reported what, and why."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def add(self, job_id: str, member_id: int, reason: str) -> bool:
        """Keep a complaint; whether it is the member's first one of that job."""
        values = {"reason": reason[:MAX_REASON], "made_at": self._now()}
        async with self._database.begin() as connection:
            return await insert_once(
                connection, complaints, member_id=member_id, job_id=job_id, **values
            )

    async def has(self, job_id: str, member_id: int) -> bool:
        """Whether the member has complained of that job."""
        query = select(complaints.c.job_id).where(
            complaints.c.member_id == member_id, complaints.c.job_id == job_id
        )
        async with self._database.read() as connection:
            return (await connection.execute(query)).first() is not None

    async def count(self, member_id: int, within: timedelta) -> int:
        """How many complaints of the member are not older than that."""
        recent = (complaints.c.member_id == member_id) & (
            complaints.c.made_at > self._now() - within
        )
        query = select(func.count()).select_from(complaints).where(recent)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()
