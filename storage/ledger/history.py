"""What happened, newest first and page by page: a member's movements, and a guild's audit log."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, or_, select

from storage.jobs.history import jobs_of_guild
from storage.rules import Change
from storage.tables import audit, closes, entries

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.jobs.jobs import Job
    from storage.ledger.accounts import Account


@dataclass(frozen=True, slots=True)
class Movement:
    """What a member reads as one movement; `title` is what the job draws.

    `kind` is that of the ledger's entry: a job is a hold until it ends, then a settle for what it
    cost, or a release where it cost nothing. `amount_mc` is what the balance gained.
    """

    id: int
    kind: str
    amount_mc: int
    reason: str
    title: str | None
    actor_id: int | None
    job_id: str | None
    made_at: datetime


_hold = entries.alias("hold")
_TITLE = (
    select(_hold.c.reason)
    .where(_hold.c.job_id == entries.c.job_id, _hold.c.account == "held", _hold.c.kind == "hold")
    .limit(1)
    .scalar_subquery()
)
_its_close = closes.c.job_id == entries.c.job_id
_MOVEMENTS = (
    select(
        entries.c.id,
        entries.c.kind,
        entries.c.amount_mc,
        entries.c.reason,
        _TITLE.label("title"),
        entries.c.actor_id,
        entries.c.job_id,
        entries.c.made_at,
    )
    .where(
        entries.c.guild_id == bindparam("of_guild"),
        entries.c.member_id == bindparam("of_member"),
        or_(
            and_(
                entries.c.account == "available",
                or_(
                    entries.c.kind.not_in(("hold", "release")),
                    and_(entries.c.kind == "hold", ~exists().where(_its_close)),
                    and_(
                        entries.c.kind == "release",
                        exists().where(_its_close, closes.c.delivered_mc == 0),
                    ),
                ),
            ),
            and_(entries.c.account == "revenue", entries.c.kind == "settle"),
        ),
    )
    .order_by(entries.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("skipped"))
)
_CHANGES = (
    select(*(audit.c[field.name] for field in fields(Change)))
    .where(audit.c.guild_id == bindparam("of_guild"))
    .order_by(audit.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("skipped"))
)


def movements(
    connection: Connection, account: Account, limit: int, skipped: int = 0
) -> list[Movement]:
    """A member's movements, without what the end of a job took back of its hold."""
    values = {"of_guild": account.guild_id, "of_member": account.member_id}
    rows = connection.execute(_MOVEMENTS, {**values, "limit": limit, "skipped": skipped})
    return [_movement(Movement(*row)) for row in rows]


def movements_with_jobs(
    connection: Connection, account: Account, limit: int, skipped: int = 0
) -> tuple[list[Movement], dict[str, Job]]:
    """The same with the jobs that they name, by id, as far as those are known."""
    found = movements(connection, account, limit, skipped)
    named = {movement.job_id for movement in found if movement.job_id}
    return found, {job.id: job for job in jobs_of_guild(connection, account.guild_id, named)}


def changes(connection: Connection, guild_id: int, limit: int, skipped: int = 0) -> list[Change]:
    """The lines of a guild's audit log."""
    values = {"of_guild": guild_id, "limit": limit, "skipped": skipped}
    rows = connection.execute(_CHANGES, values)
    return [Change(**row) for row in rows.mappings()]


def _movement(movement: Movement) -> Movement:
    """Seen from the member: what went to the revenue is lost, what was only held is not."""
    if movement.kind not in ("settle", "release"):
        return movement
    return replace(movement, amount_mc=-movement.amount_mc if movement.kind == "settle" else 0)
