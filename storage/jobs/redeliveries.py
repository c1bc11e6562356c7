"""Jobs whose end Discord did not take: when it is shown again, and who does that.

A result that is to be shown again belongs to an open job, of which nothing is charged yet; of a job
that is closed only the card is. Several processes may look for such jobs: the one whose change of
`show_at` comes first has the job for a while, and after that it is anybody's again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, bindparam, case, func, or_, select, update

from storage.jobs.jobs import Job, job_of_row
from storage.tables import IS_OPEN, IS_UNSHOWN, Instant, jobs
from storage.units import repeatable

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_NOW = bindparam("now", type_=Instant)
_NEXT = bindparam("next", type_=Instant)
_SHOWN = bindparam("shown", type_=Integer)
_IS_DUE = (IS_UNSHOWN, jobs.c.show_at <= _NOW)
_DUE = select(jobs.c.id).where(*_IS_DUE).order_by(jobs.c.show_at).limit(bindparam("most"))
_CHANGE = update(jobs).where(jobs.c.id == bindparam("of_job"))
_CLAIM = _CHANGE.where(*_IS_DUE).values(show_at=_NEXT).returning(*jobs.c)
_RENEW = (
    _CHANGE.where(or_(IS_UNSHOWN, ~IS_OPEN))
    .values(show_at=_NEXT, interaction_token=bindparam("token"), token_at=_NOW)
    .returning(*jobs.c)
)
_WHERE = {
    "message_id": func.coalesce(bindparam("shown_in", type_=BigInteger), jobs.c.message_id),
    "more_message_id": func.coalesce(
        bindparam("continued_in", type_=BigInteger), jobs.c.more_message_id
    ),
}
_LATER: dict[str, Any] = {
    "show_at": _NEXT,
    "unshown_since": func.coalesce(jobs.c.unshown_since, _NOW),
}
_POSTPONE_RESULT = _CHANGE.where(IS_OPEN).values(
    **_LATER,
    **_WHERE,
    failure=bindparam("because"),
    shown_count=case((jobs.c.shown_count < _SHOWN, _SHOWN), else_=jobs.c.shown_count),
)
_POSTPONE_CARD = _CHANGE.where(~IS_OPEN).values(**_LATER)
_NOTE_SHOWN = _CHANGE.where(~IS_OPEN).values(
    **_WHERE, show_at=None, unshown_since=None, interaction_token=None
)


def due(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Jobs whose end is to be shown again now, those first that wait for longest."""
    return list(connection.execute(_DUE, {"now": now, "most": limit}).scalars())


@repeatable
def claim(connection: Connection, job_id: str, now: datetime, until: datetime) -> Job | None:
    """The job, if its end is due and nobody else shows it; until then nobody else will."""
    return _change(connection, _CLAIM, of_job=job_id, now=now, next=until)


@repeatable
def renew(
    connection: Connection, job_id: str, token: str, now: datetime, until: datetime
) -> Job | None:
    """The job with the token of an interaction on its card, and its claim as by `claim`.

    None where its end is not known yet, or is on its way.
    """
    return _change(connection, _RENEW, of_job=job_id, token=token, now=now, next=until)


@repeatable
def postpone_result(
    connection: Connection,
    job_id: str,
    *,
    now: datetime,
    show_at: datetime,
    failure: dict[str, Any] | None,
    shown_count: int = 0,
    message_id: int | None = None,
    more_message_id: int | None = None,
) -> None:
    """Show the result of a job later, unless it was closed meanwhile.

    `failure` is why not all was made; `shown_count` units are shown all the same.
    """
    values = {"now": now, "next": show_at, "because": failure, "shown": shown_count}
    where = {"shown_in": message_id, "continued_in": more_message_id}
    connection.execute(_POSTPONE_RESULT, {"of_job": job_id, **values, **where})


@repeatable
def postpone_card(connection: Connection, job_id: str, *, now: datetime, show_at: datetime) -> None:
    """Bring the card of a closed job up to date later."""
    connection.execute(_POSTPONE_CARD, {"of_job": job_id, "now": now, "next": show_at})


@repeatable
def note_shown(
    connection: Connection,
    job_id: str,
    message_id: int | None = None,
    more_message_id: int | None = None,
) -> None:
    """The card of a closed job is up to date, or never will be; where it is, if that is known."""
    values = {"shown_in": message_id, "continued_in": more_message_id}
    connection.execute(_NOTE_SHOWN, {"of_job": job_id, **values})


def _change(connection: Connection, statement: Any, **values: object) -> Job | None:
    row = connection.execute(statement, values).mappings().one_or_none()
    return job_of_row(row) if row else None
