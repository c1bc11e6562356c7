"""Accepting a job: its credits held, its row written, the engine told, in one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobs.errors import NoSpace
from jobs.orders.order import search_text
from storage.errors import DatabaseUnavailable, OutcomeUnknown
from storage.jobs import history, parents
from storage.jobs.artifacts import NotKept
from storage.jobs.jobs import Job, JobState
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from jobs.orders.order import Input, Order
    from jobs.rules.limits import Asker, Limits
    from jobs.runner.durable import WorkflowRunner
    from storage.database import Database, Transaction
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.jobs import JobStore
    from storage.jobs.unaccepted_cards import UnacceptedCards

ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 8
MAX_REASON = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job was asked for and where its card is.

    `file_limit_bytes` is how large a file may be there while the interaction's token lives.
    """

    guild_id: int
    channel_id: int
    member_id: int
    message_id: int | None
    interaction_token: str | None
    file_limit_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be accepted: `job_id` is new (see `new_job_id`), `inputs` are kept as artifacts.

    Of several with the same `key` only the first becomes a job; `parent_ids` are the jobs that it
    goes on from. What `is_private` is shown to its author alone; `locale` is the language of
    its card, as Discord names it.
    """

    job_id: str
    order: Order
    place: Place
    asker: Asker
    key: str
    price_mc: int
    inputs: Sequence[Input] = ()
    parent_ids: Sequence[str] = ()
    is_private: bool = False
    locale: str = ""

    def row(self, accepted_at: datetime) -> Job:
        """The job as it is recorded."""
        return Job(
            id=self.job_id,
            key=self.key,
            kind=self.order.kind,
            state=JobState.WAITING,
            guild_id=self.place.guild_id,
            channel_id=self.place.channel_id,
            message_id=self.place.message_id,
            member_id=self.place.member_id,
            interaction_token=self.place.interaction_token,
            file_limit_bytes=self.place.file_limit_bytes,
            engine_id=self.order.engine_id,
            spec=self.order.to_json(),
            price_mc=self.price_mc,
            accepted_at=accepted_at,
            is_age_restricted=self.asker.is_age_restricted,
            is_private=self.is_private,
            locale=self.locale,
        )


@dataclass(frozen=True, slots=True)
class JobTables:
    """What a new job is written to.

    `patient` waits longer: it is asked where the answer to the acceptance was lost.
    """

    database: Database
    patient: Database
    jobs: JobStore
    artifacts: Artifacts
    unaccepted_cards: UnacceptedCards


class JobSubmission:
    """Accepts jobs."""

    def __init__(
        self,
        tables: JobTables,
        limits: Limits,
        runner: WorkflowRunner,
        now: Callable[[], datetime],
    ) -> None:
        self._tables = tables
        self._limits = limits
        self._runner = runner
        self._now = now

    async def submit(self, new: NewJob) -> tuple[Job, bool]:
        """Hold the credits, record the job and hand it to the engine, in one transaction.

        Returns the job and whether it is new: a key that was used before gives the job it was
        used for.

        Raises:
            OverBudget, NoSpace, DatabaseUnavailable: nothing was moved or recorded.
        """
        job, database = new.row(self._now()), self._tables.database
        try:
            kept = [await self._keep(job.id, file) for file in new.inputs]
            accepted = await database.write(self._record, job, new, kept)
            self._runner.wake(accepted.kind, engine_id=accepted.engine_id, tier=accepted.tier)
            return accepted, True
        except Exception as error:
            if recorded := await self._recorded(job, error, has_files=bool(new.inputs)):
                return recorded, True
            if isinstance(error, NotKept):
                raise NoSpace from error
            is_taken = isinstance(error, _KeyTaken)
            known = await database.read(self._tables.jobs.by_key, job.key) if is_taken else None
            if known is None:
                raise
            return known, False

    async def _recorded(self, job: Job, error: Exception, *, has_files: bool) -> Job | None:
        """The job if it exists after all: its transaction was written, the answer was lost.

        Else what was kept for it goes: that was written before the transaction.
        """
        recorded = None
        if isinstance(error, OutcomeUnknown):
            recorded = await self._tables.patient.write(self._settled, job)
        elif not isinstance(error, DatabaseUnavailable):
            recorded = await self._tables.database.read(self._tables.jobs.get, job.id)
        if recorded is None:
            if has_files:
                await self._tables.artifacts.discard(job.id)
            return None
        # Another job may have the same id by chance, and keeps its pictures.
        return recorded if recorded.key == job.key else None

    @repeatable
    def _settled(self, connection: Transaction, job: Job) -> Job | None:
        """The job if it is recorded; its insert waits for a commit that is still under way."""
        with connection.begin_nested() as probe:
            if self._tables.jobs.add(connection, job):
                probe.rollback()
                return None
        return self._tables.jobs.get(connection, job.id)

    async def _keep(self, job_id: str, file: Input) -> Artifact:
        return await self._tables.artifacts.put(
            job_id, file.role, file.position, file.data, mime=file.mime, size=file.size
        )

    def _record(
        self, connection: Transaction, job: Job, new: NewJob, kept: Sequence[Artifact]
    ) -> Job:
        asker = replace(new.asker, engine_id=job.engine_id)
        terms = self._limits.admit(connection, asker, job.price_mc)
        job = terms.apply(job)
        if not self._tables.jobs.add(connection, job):
            raise _KeyTaken(f"the key or the id of job {job.id} is taken")
        for artifact in kept:
            self._tables.artifacts.record(connection, artifact)
        history.note_words(connection, job, search_text(new.order))
        parents.note(connection, job, new.parent_ids)
        self._enqueue(connection, job)
        self._tables.unaccepted_cards.drop(connection, job.id)
        self._limits.hold(connection, job, terms, new.order.title[:MAX_REASON])
        return job

    def _enqueue(self, connection: Transaction, job: Job) -> None:
        partition = f"{job.guild_id}:{job.member_id}"
        self._runner.enqueue(
            connection, job.kind, job.id, partition, engine_id=job.engine_id, tier=job.tier
        )


def new_job_id() -> str:
    """A short id that members can read out: 40 random bits in 8 characters."""
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))


class _KeyTaken(Exception):
    """Another submit used the key, or a new id is taken already."""
