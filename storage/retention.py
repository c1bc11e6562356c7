"""Whose pictures may be erased: of jobs that are over for long, and what nobody knows of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.tables import artifacts, jobs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from storage.database import Database


class Retention:
    """Finds what is old; `Artifacts` erases it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def over_since(self, before: datetime, limit: int) -> list[str]:
        """Jobs with kept pictures that were over before then, those kept first at the front."""
        query = (
            select(artifacts.c.job_id)
            .join(jobs, jobs.c.id == artifacts.c.job_id)
            .where(jobs.c.finished_at < before)
            .group_by(artifacts.c.job_id)
            .order_by(func.min(artifacts.c.id))
            .limit(limit)
        )
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def without_rows(self, job_ids: Collection[str]) -> set[str]:
        """Those of the jobs that have no kept pictures, by what the database knows."""
        query = select(artifacts.c.job_id).where(artifacts.c.job_id.in_(job_ids)).distinct()
        async with self._database.read() as connection:
            return set(job_ids) - set((await connection.execute(query)).scalars())
