"""The contract of a kind of job, and the context that each run of a job is given."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from jobs.errors import Cancelled, Interrupted, NoSpace
from jobs.patience import Patience
from storage.jobs.artifacts import NotKept
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence
    from datetime import datetime, timedelta

    from generation.errors import Misconfigured
    from jobs.delivery import Delivery, Progress, Result
    from jobs.orders.order import Order
    from jobs.runner.cancellation import CancellationScope
    from jobs.runner.estimate import Estimate
    from jobs.runner.queues import QueueClass
    from storage.database import Database, Transaction
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.jobs import Job, JobStore

T = TypeVar("T")
OrderT = TypeVar("OrderT", bound="Order", contravariant=True)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnvironment:
    """What the runs of all jobs have in common; a job waits for a slot of `slotted_engines`."""

    database: Database
    store: JobStore
    artifacts: Artifacts
    delivery: Delivery
    cancellation: CancellationScope
    estimate: Estimate
    now: Callable[[], datetime]
    slotted_engines: Collection[str] = ()
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArtifact:
    """A file that a job has made: of that role and position, size in pixels."""

    role: str
    position: int
    data: bytes = field(repr=False)
    mime: str
    size: tuple[int, int]
    seed: int = 0


@dataclass(slots=True)
class _Unwritten:
    """What a run writes together with the end of its work."""

    artifacts: list[Artifact] = field(default_factory=list["Artifact"])
    took: timedelta | None = None


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job, as its kind is given it; `job` is its row when the run began.

    `is_first` says that nothing was made for it before.
    """

    job: Job
    environment: JobEnvironment
    is_first: bool = False
    _made: dict[str, list[Artifact]] = field(
        default_factory=dict[str, "list[Artifact]"], repr=False
    )
    _unwritten: _Unwritten = field(default_factory=_Unwritten, repr=False)
    _alerts: set[str] = field(default_factory=set[str], repr=False)

    @property
    def database(self) -> Database:
        """The database, for units that wait while it is away."""
        return self.environment.database

    @property
    def store(self) -> JobStore:
        """The rows of jobs."""
        return self.environment.store

    @property
    def delivery(self) -> Delivery:
        """Who shows the job to its author."""
        return self.environment.delivery

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""
        return self.environment.now

    @property
    def patience(self) -> Patience:
        """What tries again, by the clock of the run."""
        return Patience(self.environment.now, self.environment.sleep)

    async def artifacts(self, role: str = "result") -> list[Artifact]:
        """The job's files of a role, in order; withheld ones too."""
        return await self.environment.artifacts.of_job(self.job.id, role)

    async def made(self, role: str = "result") -> list[Artifact]:
        """The files of a role that only the job's own work makes, in order; withheld ones too.

        What this run has made itself is not read again.
        """
        if role not in self._made:
            self._made[role] = [] if self.is_first else await self.artifacts(role)
        return sorted(self._made[role], key=lambda artifact: artifact.position)

    async def read(self, artifact: Artifact) -> bytes:
        """The bytes of one of the job's files."""
        return await self.environment.artifacts.read(artifact)

    async def find(self, role: str, position: int = 0) -> bytes:
        """The bytes of the job's file of that role and position.

        Raises:
            Interrupted: it is gone.
        """
        for artifact in await self.artifacts(role):
            if artifact.position == position:
                return await self.read(artifact)
        raise Interrupted

    async def keep(self, *files: NewArtifact) -> list[Artifact]:
        """Keep files that were paid for, all or none, trying again while there is no room.

        Raises:
            NoSpace: there was none for 15 minutes.
        """
        kept = [await self._put(file) for file in files]
        await self._record(kept)
        return kept

    async def keep_last(self, file: NewArtifact) -> None:
        """Keep the last file of the work; it is recorded by `finish`, or by `record`.

        Raises:
            NoSpace
        """
        self._unwritten.artifacts.append(await self._put(file))

    async def record(self) -> None:
        """Record what was kept last: the work does not end well."""
        await self._record(self._unwritten.artifacts)
        self._unwritten.artifacts.clear()

    async def finish(self) -> JobRun:
        """The run as it is delivered: what was kept last, the pace and the new state, in one.

        The state stays as it is where the job was cancelled, or is over.
        """
        job = await self.database.write(self._finish)
        self._note_made(self._unwritten.artifacts)
        self._unwritten.artifacts.clear()
        return self if job is None else replace(self, job=job)

    @repeatable
    def _finish(self, connection: Transaction) -> Job | None:
        environment, took = self.environment, self._unwritten.took
        for artifact in self._unwritten.artifacts:
            environment.artifacts.record(connection, artifact)
        if took is not None:
            job = self.job
            environment.estimate.learn(connection, job.engine_id, job.price_mc, took)
        return self.store.begin_delivery(connection, self.job.id)

    async def begin_delivery(self) -> JobRun:
        """The run of a job of which a part is shown from now on: it is not cancelled any more.

        Raises:
            Cancelled: it was before.
        """
        job = await self.database.write(self.store.begin_delivery, self.job.id)
        if job is None:
            raise Cancelled
        return replace(self, job=job)

    async def _record(self, kept: Sequence[Artifact]) -> None:
        if kept:
            await self.database.write(self._write, kept)
            self._note_made(kept)

    @repeatable
    def _write(self, connection: Transaction, kept: Sequence[Artifact]) -> None:
        for artifact in kept:
            self.environment.artifacts.record(connection, artifact)

    def _note_made(self, kept: Sequence[Artifact]) -> None:
        for artifact in kept:
            if artifact.role in self._made:
                self._made[artifact.role].append(artifact)

    async def _put(self, file: NewArtifact) -> Artifact:
        since = self.now()
        try:
            async for attempt in self.patience.attempts(NotKept):
                with attempt:
                    return await self._put_once(file, since)
        except NotKept as error:
            raise NoSpace from error
        raise NoSpace

    async def _put_once(self, file: NewArtifact, since: datetime) -> Artifact:
        try:
            return await self.environment.artifacts.put(
                self.job.id,
                file.role,
                file.position,
                file.data,
                mime=file.mime,
                size=file.size,
                seed=file.seed,
            )
        except NotKept as error:
            log.error("a file of job %s could not be kept: %s", self.job.id, error)
            await self._say_no_room(since)
            raise

    async def _say_no_room(self, since: datetime) -> None:
        try:
            await self.delivery.no_room(self.job, since)
        except Exception as error:
            # What was paid for is tried again, whatever can be told.
            log.warning("job %s waits for room untold: %s", self.job.id, type(error).__name__)

    async def withhold(self, role: str, position: int, *, is_billed: bool = False) -> None:
        """Never show that file of the job, whether it has come yet or not.

        It is billed where the operator pays for it all the same.
        """
        await self.record()
        await self.environment.artifacts.withhold(self.job.id, position, role, is_billed=is_billed)
        if role in self._made:
            self._made[role] = await self.artifacts(role)

    async def progress(self, progress: Progress) -> None:
        """Show how far the job is."""
        await self.delivery.progress(self.job, progress)

    async def alert(self, error: Misconfigured) -> None:
        """Tell the operator what they have to act on, once a run."""
        # Of several hosts the engine tells which one it is.
        text = f"{type(error).__name__}: {error.detail} (engine {self.job.engine_id})"
        if text not in self._alerts:
            self._alerts.add(text)
            await self.delivery.alert(text)

    async def or_cancel(self, work: Awaitable[T]) -> T:
        """What the work gives; it is stopped when the member cancels the job meanwhile.

        Raises:
            Cancelled
        """
        return await self.environment.cancellation.run_or_cancel(self.job.id, work)

    async def learn(self, price_mc: int, took: timedelta) -> None:
        """Take in how long work of that price took, unless it was begun anew after a crash."""
        if self.job.starts == 1:
            await self.database.write(
                self.environment.estimate.learn, self.job.engine_id, price_mc, took
            )

    def learn_all(self) -> None:
        """Take in with `finish` how long the whole job took, unless it was begun anew."""
        if self.job.starts == 1:
            now = self.now()
            self._unwritten.took = now - (self.job.started_at or now)


class Kind(Protocol[OrderT]):
    """One kind of job: what it makes of an order of its type; `queue` is where its jobs wait."""

    @property
    def order_type(self) -> type[Any]:
        """The type of its orders; their `kind` is its name."""
        ...

    @property
    def queue(self) -> QueueClass:
        """Where its jobs wait."""
        ...

    def first_request(self, job_id: str) -> str | None:
        """Under which id an engine is asked first; None where that is kept elsewhere."""
        ...

    async def make(self, run: JobRun, order: OrderT) -> None:
        """Make what is paid for and keep it; what is kept already is not made again.

        Raises:
            GenerationError, JobError: why not all of it was made; what was kept is shown.
        """
        ...

    async def result(self, run: JobRun, order: OrderT) -> Result:
        """What was made; the same again after a crash.

        Raises:
            GenerationError, JobError: why it cannot be shown.
        """
        ...
