"""Taking jobs out of the job engine's queues: one statement for all members of a queue.

The engine's own claim asks each member's part of a queue for itself, in random order, and builds
five statements anew each time. Members take turns here: first who has the fewest jobs at work, then
who has waited longest. The rows are the engine's, and then say what its own claim would say.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from storage.job_engine.rows import JOBS, POSTGRES_SCHEMA

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOCK = text("select pg_advisory_xact_lock(hashtext('atelier queues'), hashtext(:queue))")
"""One process at a time takes jobs out of a queue: others would count the same jobs at work."""

WAITS = """queue_name = :queue and status = 'ENQUEUED'
    and status in ('ENQUEUED', 'PENDING') and queue_partition_key is not null"""
"""In the words of the engine's partial index, without which SQLite does not use it."""

IS_AT_WORK = WAITS.replace("= 'ENQUEUED'", "= 'PENDING'")
IS_OURS = """application_version = :version and serialization = :format
    and (application_name = :application or application_name is null)"""
"""Written by this program, in its version and its format: others are left where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """Who takes jobs: its name, and what it calls its program, its version and its format."""

    executor: str
    application: str
    version: str
    format: str


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that is at work from now on, for so many times; `token` says that this claim took it.

    `kind` is the name of its workflow, `member` whose it is in the words of the queue.
    """

    job_id: str
    kind: str
    member: str
    attempts: int
    token: str


class EngineClaims:
    """Claims jobs for one process."""

    def __init__(self, claimant: Claimant, *, is_sqlite: bool) -> None:
        self._claimant = claimant
        self._locks = not is_sqlite
        self._statement = text(_claim(JOBS if is_sqlite else f"{POSTGRES_SCHEMA}.{JOBS}"))

    def claim(
        self, connection: Connection, queue: str, most: int, of_member: int
    ) -> list[ClaimedJob]:
        """Take up to so many jobs of a queue, so that no member has more than theirs at work."""
        if self._locks:
            connection.execute(LOCK, {"queue": queue})
        token = secrets.token_hex(16)
        values = {
            **asdict(self._claimant),
            "queue": queue,
            "most": most,
            "of_member": of_member,
            "token": token,
            "now_ms": int(time.time() * 1000),
        }
        rows = connection.execute(self._statement, values)
        return [
            ClaimedJob(job_id, kind, member, attempts, token)
            for job_id, kind, member, attempts in rows
        ]


def _claim(jobs: str) -> str:
    return f"""
with recursive
-- Who has a job that waits: from one to the next along the index, however many jobs wait.
members (member) as (
    select min(queue_partition_key) from {jobs} where {WAITS}
    union all
    select (select min(queue_partition_key) from {jobs}
            where {WAITS} and queue_partition_key > member)
    from members where member is not null
),
turns as materialized (
    select member,
        (select count(*) from {jobs}
         where {IS_AT_WORK} and queue_partition_key = member) as at_work,
        (select created_at from {jobs} where {WAITS} and {IS_OURS} and queue_partition_key = member
         order by priority, created_at limit 1) as since
    from members where member is not null
),
chosen as (
    select member, at_work from turns
    where at_work < :of_member and since is not null
    order by at_work, since limit :most
),
ranked as (
    select workflow_uuid, created_at, at_work + row_number() over (
        partition by queue_partition_key order by priority, created_at
    ) as nth
    -- SQLite takes this order for granted in a cross join.
    from chosen cross join {jobs}
    where queue_partition_key = member and {WAITS} and {IS_OURS}
)
update {jobs} set
    status = 'PENDING', owner_xid = :token, executor_id = :executor,
    application_name = :application, started_at_epoch_ms = :now_ms, updated_at = :now_ms,
    recovery_attempts = recovery_attempts + 1
where status = 'ENQUEUED' and workflow_uuid in (
    select workflow_uuid from ranked
    where nth <= :of_member order by nth, created_at limit :most
)
returning workflow_uuid, name, queue_partition_key, recovery_attempts
"""  # noqa: S608 - of our own words alone
