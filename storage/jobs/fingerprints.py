"""Kept pictures by how they look: which are alike, and which nobody has looked at yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, select, update

from storage.jobs.artifacts import Artifact, artifact_of_row
from storage.jobs.jobs import Job, job_of_row
from storage.tables import IS_RESULT, IS_UNSEEN, artifacts, jobs
from storage.units import repeatable

if TYPE_CHECKING:
    from sqlalchemy import Connection

PARTS = (
    artifacts.c.fingerprint_1,
    artifacts.c.fingerprint_2,
    artifacts.c.fingerprint_3,
    artifacts.c.fingerprint_4,
)
PART_BITS = 16
MAX_DISTANCE = 7
"""Bits in which two fingerprints of one picture differ at most: 2 × 4 parts − 1."""

SAME_SHAPE = 0.03
"""By how much of it the ratio of width to height may differ."""

MAX_CANDIDATES = 2000
MAX_FOUND = 10


@dataclass(frozen=True, slots=True)
class Alike:
    """A kept picture that looks like another one; `distance` counts the bits that differ."""

    job: Job
    position: int
    distance: int


def find_alike(
    connection: Connection, guild_id: int, fingerprint: int, size: tuple[int, int]
) -> list[Alike]:
    """The results of a guild that look like a picture of that fingerprint and shape.

    The most alike come first, and of equal ones the newest.
    """
    # Looked up part by part first: planned as one query, both databases begin with the jobs.
    candidates = _candidates(connection, fingerprint)
    query = (
        select(artifacts)
        .join(jobs, jobs.c.id == artifacts.c.job_id)
        .where(
            artifacts.c.id.in_(candidates),
            artifacts.c.is_filtered == false(),
            jobs.c.guild_id == guild_id,
            IS_RESULT,
        )
    )
    found: dict[str, tuple[int, int, int]] = {}
    for row in connection.execute(query):
        distance = _distance(row, fingerprint)
        if _has_shape((row.width, row.height), size):
            known = found.get(row.job_id, (MAX_DISTANCE + 1, 0, 0))
            found[row.job_id] = min(known, (distance, -row.id, row.position))
    best = sorted(found, key=lambda job_id: found[job_id])[:MAX_FOUND]
    rows = connection.execute(select(jobs).where(jobs.c.id.in_(best))).mappings()
    known_jobs = {row["id"]: job_of_row(row) for row in rows}
    return [Alike(known_jobs[one], found[one][2], found[one][0]) for one in best]


def _candidates(connection: Connection, fingerprint: int) -> list[int]:
    """The ids of all that look like it, of any guild."""
    found: dict[int, None] = {}
    for column, part in zip(PARTS, _split(fingerprint), strict=True):
        query = select(artifacts.c.id, *PARTS).where(column.in_(_near(part))).limit(MAX_CANDIDATES)
        for row in connection.execute(query):
            found |= dict.fromkeys([row.id] if _distance(row, fingerprint) <= MAX_DISTANCE else [])
    return list(found)


def find_unseen(connection: Connection, limit: int) -> list[Artifact]:
    """Results that nobody has looked at, the newest first."""
    query = select(artifacts).where(IS_UNSEEN).order_by(artifacts.c.id.desc()).limit(limit)
    return [artifact_of_row(row) for row in connection.execute(query).mappings()]


@repeatable
def note_seen(connection: Connection, artifact: Artifact, fingerprint: int) -> None:
    """Keep how a result looks; 0 where there is nothing to see."""
    its = (
        artifacts.c.job_id == artifact.job_id,
        artifacts.c.role == artifact.role,
        artifacts.c.position == artifact.position,
    )
    connection.execute(update(artifacts).where(*its).values(split_fingerprint(fingerprint)))


def split_fingerprint(fingerprint: int) -> dict[str, int]:
    """The columns of a row with that fingerprint."""
    names = (column.name for column in PARTS)
    return dict(zip(names, _split(fingerprint), strict=True))


def _split(fingerprint: int) -> list[int]:
    mask = (1 << PART_BITS) - 1
    return [fingerprint >> PART_BITS * number & mask for number in range(len(PARTS))]


def _distance(row: Any, fingerprint: int) -> int:
    """How many bits of a row's fingerprint are others."""
    parts = [getattr(row, column.name) for column in PARTS]
    seen: int = sum(part << PART_BITS * number for number, part in enumerate(parts))
    return (seen ^ fingerprint).bit_count()


def _near(part: int) -> list[int]:
    """A part and all that differ from it in one bit."""
    return [part, *(part ^ 1 << bit for bit in range(PART_BITS))]


def _has_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    cross = one[0] * other[1], one[1] * other[0]
    return abs(cross[0] - cross[1]) <= SAME_SHAPE * max(cross)
