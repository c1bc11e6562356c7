"""A member's own results, page by page; every query reads an index and a bounded number of rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from storage.jobs import favourites
from storage.jobs.jobs import Job, job_of_row
from storage.jobs.search_words import split_words
from storage.tables import IS_OPEN, IS_RESULT, closes, job_words, jobs, posts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.ledger.accounts import Account

    Start = tuple[datetime, str] | None
    """When the job was accepted that a page begins beyond, and its id."""

FIRST_LOOKED_AT = 12
MOST_LOOKED_AT = 250
"""Rows of one word that a page looks at; what is older comes with the next page."""

MOST_COUNTED = 200
MAX_SEARCH_WORDS = 8

# Built once: building a statement takes longer than running it.
# Without a guild: SQLite would look through all jobs of that guild for the ids.
_BY_IDS = select(jobs).where(jobs.c.id.in_(bindparam("of_jobs", expanding=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which of the results; empty for all of them.

    `words` are what was typed, in any order; `is_favourite` asks for those with a favourite.
    """

    kind: str = ""
    engine_id: str = ""
    words: str = ""
    is_favourite: bool = False


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some results, the newest first, and the ids from which the next pages go on.

    `older` is the id of the last one that was looked at, if there may be more.
    """

    jobs: Sequence[Job] = field(default_factory=list[Job])
    older: str = ""
    newer: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """A further message that shows a result."""

    message_id: int
    channel_id: int


def note_words(connection: Connection, job: Job, text: str) -> None:
    """Keep the words that a job is found by."""
    rows = [
        {
            "guild_id": job.guild_id,
            "member_id": job.member_id,
            "word": word,
            "accepted_at": job.accepted_at,
            "job_id": job.id,
        }
        for word in split_words(text)
    ]
    if rows:
        connection.execute(insert(job_words), rows)


def note_erased(connection: Connection, job_id: str, now: datetime) -> None:
    """A job has no files any more: nobody finds it by its words."""
    its = and_(jobs.c.id == job_id, jobs.c.erased_at.is_(None))
    connection.execute(update(jobs).where(its).values(erased_at=now))
    connection.execute(delete(job_words).where(job_words.c.job_id == job_id))


def page_of(
    connection: Connection,
    account: Account,
    filters: HistoryFilter,
    limit: int,
    *,
    older_than: str = "",
    newer_than: str = "",
) -> HistoryPage:
    """The newest results, or those right before or after the job of that id."""
    is_upward = bool(newer_than)
    start = _start(connection, newer_than or older_than)
    find = _find_by_words if filters.words or filters.is_favourite else _find_by_index
    found, more = find(connection, account, filters, limit, start, is_upward=is_upward)
    if not is_upward:
        return HistoryPage(found, older=more, newer=found[0].id if found and start else "")
    if not found:
        return page_of(connection, account, filters, limit)
    found.reverse()
    return HistoryPage(found, older=found[-1].id, newer=more)


def open_jobs_of(connection: Connection, account: Account, limit: int) -> list[Job]:
    """A member's jobs that are not over, the oldest first."""
    query = (
        select(jobs)
        .where(IS_OPEN, jobs.c.guild_id == account.guild_id, jobs.c.member_id == account.member_id)
        .order_by(jobs.c.accepted_at)
        .limit(limit)
    )
    return [job_of_row(row) for row in connection.execute(query).mappings()]


def newest_of_guild(connection: Connection, guild_id: int, limit: int) -> list[Job]:
    """The newest jobs of a guild, by whomever."""
    query = (
        select(jobs)
        .where(jobs.c.guild_id == guild_id)
        .order_by(jobs.c.accepted_at.desc())
        .limit(limit)
    )
    return [job_of_row(row) for row in connection.execute(query).mappings()]


def jobs_of_guild(connection: Connection, guild_id: int, job_ids: Collection[str]) -> list[Job]:
    """Those of the jobs that the guild has."""
    if not job_ids:
        return []
    found = connection.execute(_BY_IDS, {"of_jobs": list(job_ids)}).mappings()
    return [job_of_row(row) for row in found if row["guild_id"] == guild_id]


def add_post(
    connection: Connection, job_id: str, message_id: int, channel_id: int, now: datetime
) -> None:
    """Remember another message that shows a result."""
    values = {"job_id": job_id, "message_id": message_id, "channel_id": channel_id}
    connection.execute(insert(posts).values(**values, posted_at=now))


def posts_of(connection: Connection, job_id: str) -> list[Post]:
    """The further messages that show a result."""
    query = select(posts).where(posts.c.job_id == job_id).order_by(posts.c.message_id)
    return [Post(row.message_id, row.channel_id) for row in connection.execute(query)]


def delivered_mc(connection: Connection, job_id: str) -> int:
    """What a job was charged for what it delivered, in millicredits."""
    query = select(closes.c.delivered_mc).where(closes.c.job_id == job_id)
    return connection.execute(query).scalar_one_or_none() or 0


def _start(connection: Connection, job_id: str) -> Start:
    """Where a page begins: when the job of that id was accepted, and its id."""
    if not job_id:
        return None
    row = connection.execute(select(jobs.c.accepted_at).where(jobs.c.id == job_id)).one_or_none()
    return (row.accepted_at, job_id) if row else None


def _beyond(
    at: ColumnElement[Any],
    job_id: ColumnElement[Any],
    start: Start,
    *,
    is_upward: bool,
) -> list[ColumnElement[bool]]:
    if start is None:
        return []
    place, limit = tuple_(at, job_id), tuple_(*start, types=[at.type, job_id.type])
    return [place > limit if is_upward else place < limit]


def _matches(filters: HistoryFilter) -> list[ColumnElement[bool]]:
    return [
        IS_RESULT,
        *([jobs.c.kind == filters.kind] if filters.kind else []),
        *([jobs.c.engine_id == filters.engine_id] if filters.engine_id else []),
    ]


def _find_by_index(
    connection: Connection,
    account: Account,
    filters: HistoryFilter,
    limit: int,
    start: Start,
    *,
    is_upward: bool,
) -> tuple[list[Job], str]:
    """Results of a member, and the last of them if there are more."""
    at, job_id = jobs.c.accepted_at, jobs.c.id
    query = (
        select(jobs)
        .where(
            jobs.c.guild_id == account.guild_id,
            jobs.c.member_id == account.member_id,
            *_matches(filters),
            *_beyond(at, job_id, start, is_upward=is_upward),
        )
        .order_by(*_ordered(at, job_id, is_upward=is_upward))
        .limit(limit + 1)
    )
    found = [job_of_row(row) for row in connection.execute(query).mappings()]
    return found[:limit], found[limit - 1].id if len(found) > limit else ""


def _find_by_words(
    connection: Connection,
    account: Account,
    filters: HistoryFilter,
    limit: int,
    start: Start,
    *,
    is_upward: bool,
) -> tuple[list[Job], str]:
    """Results with all of the words, and the job after which there may be more.

    The rows of the rarest word are looked at, a few first and then more.
    """
    words = _rarest_first(connection, account, filters)
    found: list[Job] = []
    looked_at, size = 0, FIRST_LOOKED_AT
    while words and looked_at < MOST_LOOKED_AT:
        size = min(size, MOST_LOOKED_AT - looked_at)
        query = _rows_of(account, words[0], start, size, is_upward=is_upward)
        rows = connection.execute(query).all()
        ids = _with_words(connection, [row.job_id for row in rows], words[1:])
        found += _in_order(connection, ids, filters)
        if len(found) > limit:
            return found[:limit], found[limit - 1].id
        if len(rows) < size:
            return found, ""
        looked_at, size, start = looked_at + size, 4 * size, (rows[-1].accepted_at, rows[-1].job_id)
    return found, start[1] if words and start else ""


def _in_order(connection: Connection, ids: list[str], filters: HistoryFilter) -> list[Job]:
    """Those of the jobs that are results, as they are listed."""
    if not ids:
        return []
    rows = connection.execute(select(jobs).where(jobs.c.id.in_(ids), *_matches(filters)))
    known = {row["id"]: job_of_row(row) for row in rows.mappings()}
    return [known[job_id] for job_id in ids if job_id in known]


def _with_words(connection: Connection, ids: list[str], words: list[str]) -> list[str]:
    """Those of the jobs that have all of the words, in the same order."""
    if not ids or not words:
        return ids
    its = job_words.c.job_id
    # Not the column itself: SQLite would look through every row of a common word for the ids.
    word = job_words.c.word + ""
    query = (
        select(its)
        .where(its.in_(ids), word.in_(words))
        .group_by(its)
        .having(func.count() == len(words))
    )
    known = set(connection.execute(query).scalars())
    return [job_id for job_id in ids if job_id in known]


def _rows_of(
    account: Account, word: str, start: Start, size: int, *, is_upward: bool
) -> Select[Any, Any]:
    """Some rows of a word."""
    at, job_id = job_words.c.accepted_at, job_words.c.job_id
    return (
        select(at, job_id)
        .where(
            job_words.c.guild_id == account.guild_id,
            job_words.c.member_id == account.member_id,
            job_words.c.word == word,
            *_beyond(at, job_id, start, is_upward=is_upward),
        )
        .order_by(*_ordered(at, job_id, is_upward=is_upward))
        .limit(size)
    )


def _ordered(
    at: ColumnElement[Any], job_id: ColumnElement[Any], *, is_upward: bool
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return (at.asc(), job_id.asc()) if is_upward else (at.desc(), job_id.desc())


def _rarest_first(connection: Connection, account: Account, filters: HistoryFilter) -> list[str]:
    """The words that are looked for; empty where one of them is in no result."""
    counts: dict[str, int] = {}
    wanted = [favourites.MARK] if filters.is_favourite else []
    for word in wanted + split_words(filters.words, MAX_SEARCH_WORDS):
        some = (
            select(job_words.c.job_id)
            .where(
                job_words.c.guild_id == account.guild_id,
                job_words.c.member_id == account.member_id,
                job_words.c.word == word,
            )
            # In an order, so that it is read from the index.
            .order_by(job_words.c.accepted_at)
            .limit(MOST_COUNTED)
            .subquery()
        )
        counts[word] = connection.execute(select(func.count()).select_from(some)).scalar_one()
    if not all(counts.values()):
        return []
    return sorted(counts, key=lambda word: counts[word])
