"""The jobs: what was asked, where the answer goes, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)

from storage.inserts import insert_once
from storage.tables import IS_OPEN, IS_UNSHOWN, Instant, closes, jobs
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sqlalchemy import Connection, Executable, RowMapping


class JobState(StrEnum):
    """How far a job is; the last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_STATES = (JobState.WAITING, JobState.RUNNING, JobState.DELIVERING)
CANCELLABLE_STATES = (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A row of `jobs`; `spec` is what to draw, as the jobs room wrote it.

    `locale` is the language of its card, as Discord names it. `show_at` is when its end is shown
    again that Discord has not taken since `unshown_since`.
    """

    id: str
    key: str
    kind: str
    state: JobState
    guild_id: int
    channel_id: int
    message_id: int | None
    more_message_id: int | None = None
    member_id: int
    interaction_token: str | None
    token_at: datetime | None = None
    file_limit_bytes: int | None = None
    engine_id: str
    spec: dict[str, Any]
    price_mc: int
    budget_mc: int = 0
    ceiling_mc: int = 0
    is_metered: bool = True
    tier: int = 0
    starts: int = 0
    request_id: str | None = None
    failure: dict[str, Any] | None = None
    accepted_at: datetime
    started_at: datetime | None = None
    waiting_since: datetime | None = None
    cancelled_at: datetime | None = None
    finished_at: datetime | None = None
    shown_count: int = 0
    show_at: datetime | None = None
    unshown_since: datetime | None = None
    erased_at: datetime | None = None
    is_age_restricted: bool | None = None
    is_private: bool = False
    locale: str = ""

    @property
    def token_given_at(self) -> datetime:
        """When the interaction began whose token the job has."""
        return self.token_at or self.accepted_at


# Built once: building a statement takes longer than running it.
_ROW = tuple(jobs.c)
_NOW = bindparam("now", type_=Instant)
_SINCE = bindparam("since", type_=Instant)
_IT = jobs.c.id == bindparam("of_job")
_OPEN = jobs.c.state.in_(OPEN_STATES)
_CANCELLABLE = jobs.c.state.in_(CANCELLABLE_STATES)
_NOT_CANCELLED = jobs.c.cancelled_at.is_(None)
_GET = select(jobs).where(_IT)
_BY_KEY = select(jobs).where(jobs.c.key == bindparam("of_key"))
_CANCELLED_AMONG = select(jobs.c.id).where(
    jobs.c.id.in_(bindparam("of_jobs", expanding=True)), ~_NOT_CANCELLED
)
_COUNT_OPEN_OF = (
    select(func.count())
    .select_from(jobs)
    .where(
        IS_OPEN,
        ~IS_UNSHOWN,
        jobs.c.guild_id == bindparam("of_guild"),
        jobs.c.member_id == bindparam("of_member"),
    )
)
_TAKE = update(jobs).where(_IT, _OPEN, _NOT_CANCELLED).returning(*_ROW)
# What was delivered in part before a crash stays so: it cannot be cancelled any more.
_RUNNING_OR_DELIVERING = case(
    (jobs.c.state == JobState.DELIVERING, JobState.DELIVERING), else_=JobState.RUNNING
)
_START = _TAKE.values(
    state=_RUNNING_OR_DELIVERING,
    started_at=func.coalesce(jobs.c.started_at, _NOW),
    starts=jobs.c.starts + 1,
    request_id=func.coalesce(
        jobs.c.request_id,
        case(
            (jobs.c.engine_id.in_(bindparam("asked_later", expanding=True)), None),
            else_=bindparam("asked_as", type_=String(40)),
        ),
    ),
)
_BEGIN_DELIVERY = _TAKE.values(state=JobState.DELIVERING)
_BEGIN_FAILED_DELIVERY = _BEGIN_DELIVERY.values(failure=bindparam("because"))
_CANCEL = (
    update(jobs).where(_IT, _CANCELLABLE, _NOT_CANCELLED).values(cancelled_at=_NOW).returning(*_ROW)
)
_CHANGE = update(jobs).where(_IT)
_NOTE_WAITING = _CHANGE.values(waiting_since=func.coalesce(jobs.c.waiting_since, _SINCE)).returning(
    *_ROW
)
_NOTE_ANSWERED = _CHANGE.values(waiting_since=None).returning(*_ROW)
_NOTE_ASKED = _CHANGE.values(request_id=bindparam("asked_as")).returning(*_ROW)
_NOTE_MESSAGE = _CHANGE.values(
    message_id=bindparam("shown_in"),
    more_message_id=bindparam("continued_in"),
    shown_count=bindparam("shown"),
)
_FINISH = _CHANGE.values(
    state=bindparam("ended"),
    failure=bindparam("because"),
    finished_at=_NOW,
    interaction_token=None,
    show_at=None,
    unshown_since=None,
    message_id=func.coalesce(bindparam("shown_in", type_=BigInteger), jobs.c.message_id),
    more_message_id=func.coalesce(
        bindparam("continued_in", type_=BigInteger), jobs.c.more_message_id
    ),
)
_FINISH_UNSHOWN = _FINISH.values(
    interaction_token=jobs.c.interaction_token,
    show_at=bindparam("shown_again", type_=Instant),
    unshown_since=func.coalesce(jobs.c.unshown_since, _NOW),
)


class JobStore:
    """Reads and changes the rows of `jobs`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def add(self, connection: Connection, job: Job) -> bool:
        """Insert a job unless one of its key or id exists; whether it was inserted."""
        values = {field.name: getattr(job, field.name) for field in fields(job)}
        return insert_once(connection, jobs, **values)

    def get(self, connection: Connection, job_id: str) -> Job | None:
        """The job of that id."""
        return self._one(connection, _GET, of_job=job_id)

    def by_key(self, connection: Connection, key: str) -> Job | None:
        """The job that was accepted under that key."""
        return self._one(connection, _BY_KEY, of_key=key)

    @repeatable
    def start(
        self,
        connection: Connection,
        job_id: str,
        request_id: str | None = None,
        asked_later: Collection[str] = (),
    ) -> Job | None:
        """Take a job up, also again after a crash; None when it is over or was cancelled.

        The engine is about to be asked under that id, unless it was asked under another before, or
        is one of those that the job has to wait for.
        """
        values = {"asked_as": request_id, "asked_later": list(asked_later), "now": self._now()}
        return self._change(connection, _START, of_job=job_id, **values)

    @repeatable
    def begin_delivery(
        self, connection: Connection, job_id: str, failure: dict[str, Any] | None = None
    ) -> Job | None:
        """From here on the job cannot be cancelled; None when it was, or when it is over.

        The failure is remembered, so that the work is not begun again after a crash.
        """
        if failure is None:
            return self._change(connection, _BEGIN_DELIVERY, of_job=job_id)
        return self._change(connection, _BEGIN_FAILED_DELIVERY, of_job=job_id, because=failure)

    @repeatable
    def note_waiting(self, connection: Connection, job_id: str, since: datetime) -> Job | None:
        """Remember since when the engine is away; the first time counts."""
        return self._change(connection, _NOTE_WAITING, of_job=job_id, since=since)

    @repeatable
    def note_answered(self, connection: Connection, job_id: str) -> Job | None:
        """The engine is there again; its next absence is counted anew."""
        return self._change(connection, _NOTE_ANSWERED, of_job=job_id)

    @repeatable
    def note_asked(self, connection: Connection, job_id: str, request_id: str) -> Job | None:
        """Remember under which id the engine is about to be asked."""
        return self._change(connection, _NOTE_ASKED, of_job=job_id, asked_as=request_id)

    @repeatable
    def note_message(
        self,
        connection: Connection,
        job_id: str,
        message_id: int,
        more_message_id: int | None = None,
        shown_count: int = 0,
    ) -> None:
        """Remember which messages show the job now, and how many of its units."""
        values = {"of_job": job_id, "shown_in": message_id, "continued_in": more_message_id}
        connection.execute(_NOTE_MESSAGE, {**values, "shown": shown_count})

    def cancel(self, connection: Connection, job_id: str) -> Job | None:
        """Mark a job as cancelled; None when its pictures are on their way, or it is over.

        A job that still waits is over with this; a running one sees the mark and ends itself.
        """
        values = {"of_job": job_id, "now": self._now()}
        row = connection.execute(_CANCEL, values).mappings().one_or_none()
        return job_of_row(row) if row else None

    def finish(
        self,
        connection: Connection,
        job_id: str,
        state: JobState,
        failure: dict[str, Any] | None = None,
        message_id: int | None = None,
        more_message_id: int | None = None,
        show_at: datetime | None = None,
    ) -> None:
        """Write the final state, and where it is shown if that is known, or when it will be.

        Once it is shown, the interaction's token is not needed any more.
        """
        values = {
            "of_job": job_id,
            "ended": state,
            "because": failure,
            "shown_in": message_id,
            "continued_in": more_message_id,
            "now": self._now(),
        }
        if show_at is None:
            connection.execute(_FINISH, values)
        else:
            connection.execute(_FINISH_UNSHOWN, {**values, "shown_again": show_at})

    def cancelled_among(self, connection: Connection, job_ids: Collection[str]) -> list[str]:
        """Those of the jobs that were marked as cancelled."""
        found = connection.execute(_CANCELLED_AMONG, {"of_jobs": list(job_ids)})
        return list(found.scalars())

    def count_open_of(self, connection: Connection, guild_id: int, member_id: int) -> int:
        """How many jobs of a member are not over."""
        values = {"of_guild": guild_id, "of_member": member_id}
        return connection.execute(_COUNT_OPEN_OF, values).scalar_one()

    def count_by_key(self, connection: Connection, key_prefix: str) -> tuple[int, int]:
        """How many jobs have keys that begin like that, and how many of them are at work.

        Those that are to be shown again are not at work any more.
        """
        at_work = func.count(case((and_(IS_OPEN, ~IS_UNSHOWN), 1)))
        its = jobs.c.key.startswith(key_prefix, autoescape=True)
        row = connection.execute(select(func.count(), at_work).where(its)).one()
        return row[0], row[1]

    def unclosed(self, connection: Connection) -> list[str]:
        """The ids of open jobs, and of any that ended without the close of their hold.

        Those that are to be shown again are closed with that.
        """
        is_unclosed = ~exists().where(closes.c.job_id == jobs.c.id)
        query = select(jobs.c.id).where(is_unclosed, ~IS_UNSHOWN)
        return list(connection.execute(query).scalars())

    def at_work(self, connection: Connection, waiting_since: datetime) -> list[str]:
        """The ids of jobs that were begun, or that wait since before that instant.

        Those that are to be shown again are not at work any more.
        """
        query = select(jobs.c.id).where(
            ~IS_UNSHOWN,
            or_(
                jobs.c.state.in_((JobState.RUNNING, JobState.DELIVERING)),
                and_(jobs.c.state == JobState.WAITING, jobs.c.accepted_at < waiting_since),
            ),
        )
        return list(connection.execute(query).scalars())

    def _one(self, connection: Connection, query: Select[Any], **values: object) -> Job | None:
        row = connection.execute(query, values).mappings().one_or_none()
        return job_of_row(row) if row else None

    def _change(
        self, connection: Connection, statement: Executable, **values: object
    ) -> Job | None:
        row = connection.execute(statement, values).mappings().one_or_none()
        return job_of_row(row) if row else None


def job_of_row(row: RowMapping) -> Job:
    """The job of a whole row."""
    values: dict[str, Any] = {**row}
    values["state"] = JobState(values["state"])
    return Job(**values)
