"""Retention: what is erased of jobs that have been over for long: their pictures and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, delete, func, select, update

from storage.jobs.favourites import IS_FAVOURITE
from storage.tables import artifacts, entries, job_words, jobs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


NOTHING: dict[str, Any] = {}
FORGOTTEN = "not kept any more"
"""Stands where a movement of credits told what was drawn for them."""


def over_since(
    connection: Connection, before: datetime, limit: int, *, has_favourites: bool = False
) -> list[str]:
    """Jobs with kept pictures that were over before then, those kept first at the front.

    Those with a favourite are apart: they are kept while there is room.
    """
    query = (
        select(artifacts.c.job_id)
        .join(jobs, jobs.c.id == artifacts.c.job_id)
        .where(jobs.c.finished_at < before, IS_FAVOURITE if has_favourites else ~IS_FAVOURITE)
        .group_by(artifacts.c.job_id)
        .order_by(func.min(artifacts.c.id))
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def without_rows(connection: Connection, job_ids: Collection[str]) -> set[str]:
    """Those of the jobs that have no kept pictures, by what the database knows."""
    query = select(artifacts.c.job_id).where(artifacts.c.job_id.in_(job_ids)).distinct()
    return set(job_ids) - set(connection.execute(query).scalars())


def forget_words(connection: Connection, before: datetime, limit: int) -> int:
    """Forget what some jobs drew that were over before then; how many there were.

    Their rows stay, and so do all amounts. What drew a favourite is not forgotten.
    """
    has_words = cast(jobs.c.spec, Text) != "{}"
    is_due = (jobs.c.finished_at < before, has_words, ~IS_FAVOURITE)
    found = select(jobs.c.id).where(*is_due).limit(limit)
    forget = update(jobs).where(jobs.c.id.in_(found)).values(spec=NOTHING).returning(jobs.c.id)
    job_ids = list(connection.execute(forget).scalars())
    of_holds = entries.c.job_id.in_(job_ids) & (entries.c.kind == "hold")
    connection.execute(update(entries).where(of_holds).values(reason=FORGOTTEN))
    connection.execute(delete(job_words).where(job_words.c.job_id.in_(job_ids)))
    return len(job_ids)
