"""Lineage: the results that a job follows from, and those that were made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, literal, select

from storage.jobs.jobs import Job, JobState, job_of_row
from storage.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

MAX_ANCESTORS = 4
MAX_GENERATIONS = 3
MAX_CHILDREN = 4
MAX_DESCENDANTS = 8
MOST_COUNTED = 1000
"""Of the results that were made of one; more are counted as so many."""


@dataclass(slots=True)
class Relative:
    """A job in the tree, so many steps below the first one; `more` were made of it, not listed."""

    job: Job
    depth: int
    more: int = 0


@dataclass(frozen=True, slots=True)
class Lineage:
    """A tree from its root on, each job right before what was made of it.

    `has_earlier` says that the root follows from another job.
    """

    relatives: Sequence[Relative]
    has_earlier: bool


def has_relatives(connection: Connection, job: Job) -> bool:
    """Whether a job follows from another one, or a result follows from it."""
    if job.parent_id is not None:
        return True
    found = _children(literal(1), job).limit(1)
    return connection.execute(found).first() is not None


def lineage_of(connection: Connection, job: Job, is_open: Callable[[Job], bool]) -> Lineage:
    """What a job follows from, itself, and what follows from it; what is not open ends a branch."""
    ancestors = _ancestors(connection, job, is_open)
    first = ancestors[0] if ancestors else job
    above = [Relative(one, depth) for depth, one in enumerate(ancestors)]
    below = _descendants(connection, Relative(job, len(ancestors)), is_open)
    has_earlier = first.parent_id is not None and is_open(first)
    return Lineage([*above, *below], has_earlier)


def _ancestors(connection: Connection, job: Job, is_open: Callable[[Job], bool]) -> list[Job]:
    """What a job follows from, the first one at the front."""
    found: list[Job] = []
    last = job
    while last.parent_id is not None and len(found) < MAX_ANCESTORS and is_open(last):
        its = (jobs.c.id == last.parent_id, jobs.c.guild_id == job.guild_id)
        row = connection.execute(select(jobs).where(*its)).mappings().one_or_none()
        if row is None:
            break
        last = job_of_row(row)
        found.insert(0, last)
    return found


def _descendants(
    connection: Connection, root: Relative, is_open: Callable[[Job], bool]
) -> list[Relative]:
    """A job and what follows from it, generation by generation while there is room."""
    room = MAX_DESCENDANTS
    below: dict[str, list[Relative]] = {}
    generation = [root]
    for number in range(MAX_GENERATIONS + 1):
        following: list[Relative] = []
        for parent in generation:
            if not is_open(parent.job):
                continue
            limit = min(MAX_CHILDREN, room) if number < MAX_GENERATIONS else 0
            children = _first_children(connection, parent, limit)
            room -= len(children)
            below[parent.job.id] = children
            following += children
        generation = following
    return list(_in_order(root, below))


def _in_order(root: Relative, below: dict[str, list[Relative]]) -> list[Relative]:
    found = [root]
    for child in below.get(root.job.id, []):
        found += _in_order(child, below)
    return found


def _first_children(connection: Connection, parent: Relative, limit: int) -> list[Relative]:
    """The first results that follow from a job; it is noted there how many more there are."""
    query = _children(jobs, parent.job).order_by(jobs.c.accepted_at, jobs.c.id).limit(limit)
    found = [job_of_row(row) for row in connection.execute(query).mappings()]
    if len(found) == limit:
        some = _children(jobs.c.id, parent.job).limit(MOST_COUNTED).subquery()
        count = connection.execute(select(func.count()).select_from(some)).scalar_one()
        parent.more = count - len(found)
    return [Relative(one, parent.depth + 1) for one in found]


def _children(columns: Any, job: Job) -> Select[Any]:
    """Results that follow from a job."""
    return select(columns).where(
        jobs.c.parent_id == job.id,
        jobs.c.guild_id == job.guild_id,
        jobs.c.state == JobState.DELIVERED,
    )
