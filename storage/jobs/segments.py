"""Segments of videos, and pictures paid by submit: what was sent, its id, and its next poll."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, exists, false, func, select, true, update

from storage.inserts import insert_once
from storage.tables import Instant, artifacts, segments
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection, Executable, RowMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One part of a film, or one picture that is paid by submit: one generation.

    With `sent_at` but no `result_id` the answer to its start was lost, or never read: whether it
    was begun is not known. `begun_at` is when the id was received. `lost_starts` counts those that
    were lost before its author had another one sent.
    """

    job_id: str
    number: int
    starts: int = 0
    lost_starts: int = 0
    sent_at: datetime | None = None
    result_id: str | None = None
    begun_at: datetime | None = None
    next_poll_at: datetime | None = None
    asked_at: datetime | None = None
    is_given_up: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether it was sent and nobody knows what became of that."""
        return self.sent_at is not None and self.result_id is None

    @property
    def next_start(self) -> int:
        """The number of its next start: of one that was lost, the same once more."""
        return self.starts if self.sent_at is not None else self.starts + 1


_ROW = tuple(segments.c)
_IT = (segments.c.job_id == bindparam("of_job"), segments.c.number == bindparam("of_number"))
_NOW = bindparam("now", type_=Instant)
_UNSENT = segments.c.sent_at.is_(None)
_GET = select(segments).where(*_IT)
_OF_JOB = (
    select(segments).where(segments.c.job_id == bindparam("of_job")).order_by(segments.c.number)
)
_CHANGE = update(segments).where(*_IT).returning(*_ROW)
# A start that is sent again under its own id is no other generation.
_SEND = _CHANGE.values(
    sent_at=_NOW, starts=segments.c.starts + case((_UNSENT, 1), else_=0), asked_at=None
)
_BEGIN = _CHANGE.values(result_id=bindparam("known_as"), begun_at=_NOW, next_poll_at=None)
_TAKE_BACK = _CHANGE.values(sent_at=None, asked_at=None)
_ASK = _CHANGE.values(asked_at=func.coalesce(segments.c.asked_at, _NOW))
_ASKED = (
    update(segments)
    .where(
        segments.c.job_id == bindparam("of_job"),
        segments.c.asked_at.is_not(None),
        segments.c.result_id.is_(None),
        segments.c.is_given_up == false(),
    )
    .returning(*_ROW)
)
_AGAIN = _ASKED.values(sent_at=None, asked_at=None, lost_starts=segments.c.lost_starts + 1)
_GIVE_UP = _ASKED.values(is_given_up=true())
_REMEMBER = (
    update(segments)
    .where(segments.c.result_id == bindparam("known_as"))
    .values(next_poll_at=bindparam("at", type_=Instant))
)

_IS_UNANSWERED = and_(
    segments.c.sent_at.is_not(None),
    segments.c.result_id.is_(None),
    ~exists().where(
        artifacts.c.job_id == segments.c.job_id,
        artifacts.c.role == bindparam("in_role"),
        artifacts.c.position == segments.c.number,
    ),
)
_UNANSWERED = select(
    func.coalesce(func.sum(segments.c.lost_starts + case((_IS_UNANSWERED, 1), else_=0)), 0)
).where(segments.c.job_id == bindparam("of_job"))


class Segments:
    """Reads and changes the rows of `segments`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def of_job(self, connection: Connection, job_id: str) -> list[Segment]:
        """All parts of a job that something was done for, in order."""
        return [_segment(row) for row in connection.execute(_OF_JOB, {"of_job": job_id}).mappings()]

    def get(self, connection: Connection, job_id: str, number: int) -> Segment:
        """That part of a film; one that nothing was done for yet has no row."""
        row = connection.execute(_GET, _of(job_id, number)).mappings().one_or_none()
        return _segment(row) if row else Segment(job_id=job_id, number=number)

    @repeatable
    def note_sent(self, connection: Connection, job_id: str, number: int) -> Segment:
        """Write down that its start is about to be sent."""
        insert_once(connection, segments, job_id=job_id, number=number)
        values = {**_of(job_id, number), "now": self._now()}
        return _segment(connection.execute(_SEND, values).mappings().one())

    @repeatable
    def note_begun(
        self, connection: Connection, job_id: str, number: int, result_id: str
    ) -> Segment:
        """Write down under which id it is made."""
        return self._change(connection, _BEGIN, job_id, number, known_as=result_id, now=self._now())

    @repeatable
    def take_back(self, connection: Connection, job_id: str, number: int) -> None:
        """Its start was not sent, or refused: nothing is made under it."""
        connection.execute(_TAKE_BACK, _of(job_id, number))

    @repeatable
    def ask(self, connection: Connection, job_id: str, number: int) -> Segment:
        """Its author is asked what to do; the first time counts."""
        return self._change(connection, _ASK, job_id, number, now=self._now())

    def answer(self, connection: Connection, job_id: str, *, wants_again: bool) -> bool:
        """Take the author's answer, once; whether there was a question."""
        statement = _AGAIN if wants_again else _GIVE_UP
        row = connection.execute(statement, {"of_job": job_id}).first()
        return row is not None

    @repeatable
    def note_next_poll(self, connection: Connection, result_id: str, at: datetime) -> None:
        """Remember when it may be asked for next, at the earliest."""
        connection.execute(_REMEMBER, {"known_as": result_id, "at": at})

    def _change(
        self,
        connection: Connection,
        statement: Executable,
        job_id: str,
        number: int,
        **values: object,
    ) -> Segment:
        values |= _of(job_id, number)
        return _segment(connection.execute(statement, values).mappings().one())


def unanswered_of(connection: Connection, job_id: str, role: str) -> int:
    """How often pictures of that role were sent, and nobody knows what became of it."""
    values = {"of_job": job_id, "in_role": role}
    return int(connection.execute(_UNANSWERED, values).scalar_one())


def _of(job_id: str, number: int) -> dict[str, object]:
    return {"of_job": job_id, "of_number": number}


def _segment(row: RowMapping) -> Segment:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Segment)}
    return Segment(**values)
