"""Lineage: the results that a job follows from, and those that were made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.jobs import parents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from storage.jobs.jobs import Job

MAX_GENERATIONS_ABOVE, MAX_ANCESTORS = 4, 6
MAX_GENERATIONS_BELOW, MAX_CHILDREN, MAX_DESCENDANTS = 3, 4, 8
MAX_BESIDE = 3
"""Of the other jobs whose pictures were blended with one that is listed."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A job of the graph, and the jobs that it follows from, which may not be listed.

    Without a `job` it stands for `more` results that follow from its parent and are not listed.
    """

    job: Job | None
    parent_ids: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Lineage:
    """A job with its relatives, each after all of those that it follows from.

    `has_earlier` says that there are ancestors which are not listed.
    """

    relatives: Sequence[Relative]
    has_earlier: bool


def lineage_of(connection: Connection, job: Job, is_open: Callable[[Job], bool]) -> Lineage:
    """What a job follows from, itself, and what follows from it; what is not open ends a branch.

    Beside them stand other jobs whose pictures were blended with theirs.
    """
    known = {job.id: job}
    _add_ancestors(connection, known, job, is_open)
    above = set(known)
    counted = _add_descendants(connection, known, job, is_open)
    found = parents.parents_of(connection, list(known.values()))
    blends = (found[one.id] for one in known.values() if one.id not in above and is_open(one))
    beside = [parent for several in blends for parent in several if parent.id not in known]
    beside = list({parent.id: parent for parent in beside}.values())[:MAX_BESIDE]
    known |= {one.id: one for one in beside}
    found |= parents.parents_of(connection, beside)

    def parent_ids(child: Job) -> tuple[str, ...]:
        # Of what is closed it is told only that it was made of what is open.
        return tuple(
            one.id
            for one in found[child.id]
            if is_open(child) or (one.id in known and is_open(one))
        )

    graph = {one.id: Relative(one, parent_ids(one)) for one in known.values()}
    has_earlier = any(one not in known for child in above for one in graph[child].parent_ids)
    return Lineage(_in_order(job.id, graph, counted), has_earlier)


def _add_ancestors(
    connection: Connection, known: dict[str, Job], job: Job, is_open: Callable[[Job], bool]
) -> None:
    """Add what a job follows from, generation by generation while there is room."""
    most, generation = len(known) + MAX_ANCESTORS, [job]
    for _ in range(MAX_GENERATIONS_ABOVE):
        found = parents.parents_of(connection, list(filter(is_open, generation)))
        several = {one.id: one for its in found.values() for one in its if one.id not in known}
        generation = list(several.values())[: most - len(known)]
        known |= {one.id: one for one in generation}


def _add_descendants(
    connection: Connection, known: dict[str, Job], job: Job, is_open: Callable[[Job], bool]
) -> dict[str, int]:
    """Add what follows from a job while there is room; how many follow from those with more."""
    most, generation = len(known) + MAX_DESCENDANTS, [job]
    counted: dict[str, int] = {}
    for number in range(MAX_GENERATIONS_BELOW + 1):
        following: list[Job] = []
        for parent in filter(is_open, generation):
            room = most - len(known) if number < MAX_GENERATIONS_BELOW else 0
            limit = min(MAX_CHILDREN, room)
            children = parents.children_of(connection, parent, limit)
            if len(children) == limit:
                counted[parent.id] = parents.count_children(connection, parent)
            following += [child for child in children if child.id not in known]
            known |= {child.id: child for child in children}
        generation = following
    return counted


def _in_order(
    job_id: str, graph: Mapping[str, Relative], counted: Mapping[str, int]
) -> list[Relative]:
    """What follows from a job, each after all that it follows from; a circle ends somewhere.

    `counted` says how many follow from some of them: those that are not listed are told after.
    """
    parent_ids = {
        one: [parent for parent in relative.parent_ids if parent in graph]
        for one, relative in graph.items()
    }
    placed: set[str] = set()
    descended: set[str] = set()
    ordered: list[Relative] = []

    def place(one: str) -> None:
        if one not in placed:
            placed.add(one)
            for parent in parent_ids[one]:
                place(parent)
            ordered.append(graph[one])

    def descend(one: str) -> None:
        if one not in descended:
            descended.add(one)
            children = [child for child, its in parent_ids.items() if one in its]
            for child in children:
                place(child)
                descend(child)
            if (more := counted.get(one, 0) - len(children)) > 0:
                ordered.append(Relative(None, (one,), more))

    place(job_id)
    descend(job_id)
    return ordered
