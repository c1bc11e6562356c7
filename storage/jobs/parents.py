"""The jobs that a job follows from: what it was made of, and the results that were made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, delete, func, insert, literal, select

from storage.jobs.history import jobs_of_guild
from storage.jobs.jobs import Job, JobState, job_of_row
from storage.tables import jobs, parents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from storage.ledger.accounts import Account

MAX_PARENTS = 8
"""Of one job that are looked at; a blend has four at most."""

MOST_COUNTED = 1000
"""Of the results that were made of one; more are counted as so many."""


def note(connection: Connection, job: Job, parent_ids: Iterable[str]) -> None:
    """Remember which jobs a new one follows from, each once and in that order."""
    rows = [
        {"job_id": job.id, "number": number, "parent_id": one, "accepted_at": job.accepted_at}
        for number, one in enumerate(dict.fromkeys(parent_ids))
    ]
    if rows:
        connection.execute(insert(parents), rows)


def forget(connection: Connection, job_ids: Select[Any]) -> None:
    """Forget what some jobs follow from."""
    connection.execute(delete(parents).where(parents.c.job_id.in_(job_ids)))


def parents_of(connection: Connection, children: Sequence[Job]) -> dict[str, list[Job]]:
    """What some jobs of a guild follow from, in order and by their ids, as far as it is there."""
    found: dict[str, list[Job]] = {child.id: [] for child in children}
    if not found:
        return found
    its = (parents.c.job_id.in_(found), parents.c.number < MAX_PARENTS)
    edges = connection.execute(select(parents).where(*its).order_by(parents.c.number)).all()
    if edges:
        ids = {edge.parent_id for edge in edges}
        known = {one.id: one for one in jobs_of_guild(connection, children[0].guild_id, ids)}
        for edge in edges:
            found[edge.job_id] += [known[edge.parent_id]] if edge.parent_id in known else []
    return found


def ids_of_parents(connection: Connection, account: Account) -> dict[str, list[str]]:
    """The ids of what a member's jobs follow from, by theirs."""
    query = (
        select(parents.c.job_id, parents.c.parent_id)
        .join(jobs, jobs.c.id == parents.c.job_id)
        .where(jobs.c.guild_id == account.guild_id, jobs.c.member_id == account.member_id)
        .order_by(parents.c.job_id, parents.c.number)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.job_id, []).append(row.parent_id)
    return found


def children_of(connection: Connection, job: Job, limit: int) -> list[Job]:
    """The first results that follow from a job."""
    query = _children(jobs, job).order_by(parents.c.accepted_at, parents.c.job_id).limit(limit)
    return [job_of_row(row) for row in connection.execute(query).mappings()]


def count_children(connection: Connection, job: Job) -> int:
    """How many results follow from a job, as far as they are counted."""
    some = _children(jobs.c.id, job).limit(MOST_COUNTED).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def has_relatives(connection: Connection, job: Job) -> bool:
    """Whether a job follows from another one, or a result follows from it."""
    follows = select(literal(1)).where(parents.c.job_id == job.id)
    queries = (follows, _children(literal(1), job))
    return any(connection.execute(query.limit(1)).first() for query in queries)


def _children(columns: Any, job: Job) -> Select[Any]:
    """Results that follow from a job."""
    return (
        select(columns)
        .select_from(parents)
        .join(jobs, jobs.c.id == parents.c.job_id)
        .where(
            parents.c.parent_id == job.id,
            jobs.c.guild_id == job.guild_id,
            jobs.c.state == JobState.DELIVERED,
        )
    )
