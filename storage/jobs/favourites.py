"""Favourites: pictures and films that their authors marked, to find again and to keep.

The mark is on the row of the file, so it goes with the file. A job with one has `MARK` among its
words, so that the lists of a member's results find it by the same index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, false, select, true, update

from storage.inserts import insert_once
from storage.tables import artifacts, job_words, jobs
from storage.units import repeatable

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from storage.ledger.accounts import Account

MARK = "★"
"""Stands among the words of a job with a favourite; no text has such a word."""

RESULT = "result"
_marked = artifacts.alias("marked")
IS_FAVOURITE = exists().where(
    _marked.c.job_id == jobs.c.id,
    _marked.c.role == RESULT,
    _marked.c.is_favourite == true(),
)
"""Whether one of the files of a job is a favourite."""


@repeatable
def mark(connection: Connection, job_id: str, position: int, *, is_favourite: bool) -> bool:
    """Mark a file of a result or take its mark away; False where it is not kept."""
    its = (_of(job_id), artifacts.c.position == position, artifacts.c.is_filtered == false())
    change = update(artifacts).where(*its).values(is_favourite=is_favourite)
    is_kept = connection.execute(change.returning(artifacts.c.id)).first() is not None
    note_mark(connection, job_id)
    return is_kept


def has_mark(connection: Connection, job_id: str) -> bool:
    """Whether one of the files of a job is a favourite."""
    query = select(jobs.c.id).where(jobs.c.id == job_id, IS_FAVOURITE)
    return connection.execute(query).first() is not None


def note_mark(connection: Connection, job_id: str) -> None:
    """Bring the mark among the words of a job in line with its files."""
    marked = select(jobs).where(jobs.c.id == job_id, IS_FAVOURITE)
    job = connection.execute(marked).one_or_none()
    if job is None:
        its = and_(job_words.c.job_id == job_id, job_words.c.word == MARK)
        connection.execute(delete(job_words).where(its))
        return
    insert_once(
        connection,
        job_words,
        guild_id=job.guild_id,
        member_id=job.member_id,
        word=MARK,
        accepted_at=job.accepted_at,
        job_id=job_id,
    )


def numbers_of(connection: Connection, account: Account) -> dict[str, list[int]]:
    """The numbers, from 1 on, of a member's favourites by the ids of their jobs."""
    query = (
        select(artifacts.c.job_id, artifacts.c.position)
        .join(job_words, job_words.c.job_id == artifacts.c.job_id)
        .where(
            job_words.c.guild_id == account.guild_id,
            job_words.c.member_id == account.member_id,
            job_words.c.word == MARK,
            artifacts.c.role == RESULT,
            artifacts.c.is_favourite == true(),
        )
        .order_by(artifacts.c.position)
    )
    found: dict[str, list[int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.job_id, []).append(row.position + 1)
    return found


def _of(job_id: str) -> ColumnElement[bool]:
    return and_(artifacts.c.job_id == job_id, artifacts.c.role == RESULT)
