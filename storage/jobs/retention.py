"""Retention: what is erased of jobs that have been over for long: their pictures and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, func, select, update

from storage.tables import artifacts, entries, jobs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from storage.database import Database

NOTHING: dict[str, Any] = {}
FORGOTTEN = "not kept any more"
"""Stands where a movement of credits told what was drawn for them."""


class Retention:
    """Finds whose pictures are old, which `Artifacts` erases, and forgets old words."""

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

    async def forget_words(self, before: datetime, limit: int) -> int:
        """Forget what some jobs drew that were over before then; how many there were.

        Their rows stay, and so do all amounts.
        """
        has_words = cast(jobs.c.spec, Text) != "{}"
        found = select(jobs.c.id).where(jobs.c.finished_at < before, has_words).limit(limit)
        forget = update(jobs).where(jobs.c.id.in_(found)).values(spec=NOTHING).returning(jobs.c.id)
        async with self._database.begin() as connection:
            job_ids = list((await connection.execute(forget)).scalars())
            of_holds = entries.c.job_id.in_(job_ids) & (entries.c.kind == "hold")
            await connection.execute(update(entries).where(of_holds).values(reason=FORGOTTEN))
        return len(job_ids)
