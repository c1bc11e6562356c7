"""Jobs as the commands see them: accepted, looked at, cancelled, erased."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from jobs.errors import NoSpace, NotYours, QueueFull, TooLate
from jobs.orders.image import ImageOrder
from storage.jobs.artifacts import NotKept
from storage.jobs.jobs import OPEN_STATES, Job, JobState
from storage.ledger.ledger import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from jobs.orders.order import Input, Order
    from jobs.rules.limits import Asker, Limits
    from jobs.runner.cancellation import CancellationScope
    from jobs.runner.durable import WorkflowRunner
    from jobs.runner.estimate import Estimate, WaitEstimate
    from jobs.settlement import Settlement
    from storage.database import Database
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.jobs import JobStore
    from storage.jobs.unaccepted_cards import UnacceptedCards

log = logging.getLogger(__name__)

ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 8
LOOKS = 15
"""Together 1.5 s: Discord waits 3 s for the answer to the press."""

BETWEEN_LOOKS_S = 0.1
MAX_REASON = 100
LOOK_FOR_CANCELLATIONS_EVERY_S = 0.5
LONG_WAIT = timedelta(minutes=30)
MOST_WAITING = 10_000


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


class Jobs:
    """Accepts jobs and acts on them."""

    def __init__(
        self,
        *,
        database: Database,
        store: JobStore,
        limits: Limits,
        artifacts: Artifacts,
        engine: WorkflowRunner,
        running: CancellationScope,
        settlement: Settlement,
        estimate: Estimate,
        unaccepted_cards: UnacceptedCards,
        now: Callable[[], datetime],
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._database = database
        self._unaccepted_cards = unaccepted_cards
        self._most_waiting = most_waiting
        self._store = store
        self._limits = limits
        self._artifacts = artifacts
        self._engine = engine
        self._running = running
        self._settlement = settlement
        self._estimate = estimate
        self._now = now

    async def submit(
        self,
        job_id: str,
        order: Order,
        place: Place,
        asker: Asker,
        *,
        key: str,
        price_mc: int,
        inputs: Sequence[Input] = (),
        parent_id: str | None = None,
    ) -> tuple[Job, bool]:
        """Hold the credits, record the job and hand it to the engine, in one transaction.

        `job_id` is new (see `new_job_id`); `inputs` are kept as artifacts. Returns the job
        and whether it is new: a key that was used before gives the job it was used for.

        Raises:
            OverBudget, NoSpace: nothing was moved or recorded.
        """
        job = self._new_job(job_id, order, place, key, price_mc, parent_id)
        try:
            kept = [await self._keep(job.id, one) for one in inputs]
            return await self._record(job, asker, order.title[:MAX_REASON], kept), True
        except Exception as error:
            if recorded := await self._recorded(job):
                return recorded, True
            if isinstance(error, NotKept):
                raise NoSpace from error
            known = await self._store.by_key(key) if isinstance(error, _KeyTaken) else None
            if known is None:
                raise
            return known, False

    async def _recorded(self, job: Job) -> Job | None:
        """The job if it exists after all: its transaction was written, the answer was lost.

        Else what was kept for it goes: that was written before the transaction.
        """
        recorded = await self._store.get(job.id)
        if recorded is None:
            await self._artifacts.discard(job.id)
            return None
        # Another job may have the same id by chance, and keeps its pictures.
        return recorded if recorded.key == job.key else None

    async def _keep(self, job_id: str, one: Input) -> Artifact:
        return await self._artifacts.put(
            job_id, one.role, one.position, one.data, mime=one.mime, size=one.size
        )

    async def _record(self, job: Job, asker: Asker, reason: str, kept: Sequence[Artifact]) -> Job:
        async with self._database.begin() as connection:
            terms = await self._limits.admit(connection, asker, job.price_mc)
            job = terms.apply(job)
            if not await self._store.add(connection, job):
                raise _KeyTaken(f"the key or the id of job {job.id} is taken")
            for artifact in kept:
                await self._artifacts.record(connection, artifact)
            partition = f"{job.guild_id}:{job.member_id}"
            await self._engine.enqueue(
                connection, job.kind, job.id, partition, engine_id=job.engine_id, tier=job.tier
            )
            await self._unaccepted_cards.keep(connection, job.id)
            await self._limits.hold(connection, job, terms, reason)
        return job

    async def is_taken(self, key: str) -> bool:
        """Whether a job was accepted under that key."""
        return await self._store.by_key(key) is not None

    async def is_known(self, job_id: str) -> bool:
        """Whether a job of that id was ever accepted."""
        return await self._store.get(job_id) is not None

    async def get(self, job_id: str) -> Job:
        """The job of that id.

        Raises:
            TooLate: it is not kept.
        """
        job = await self._store.get(job_id)
        if job is None:
            raise TooLate
        return job

    async def outlook(self, asker: Asker, engine_id: str, price_mc: int) -> WaitEstimate:
        """How many jobs are ahead of a new one, and when it would be ready.

        Raises:
            QueueFull: there are too many already.
        """
        waiting = await self._store.count_waiting(self._most_waiting)
        if waiting >= self._most_waiting:
            raise QueueFull(waiting, self._most_waiting)
        terms = await self._limits.terms(asker.guild_id, asker.member_id, asker.roles)
        account = Account(asker.guild_id, asker.member_id)
        return await self._estimate.outlook(engine_id, price_mc, terms.tier, account)

    async def cancel(self, job_id: str, actor_id: int, *, is_moderator: bool) -> Job:
        """Cancel a job that is not over; a waiting one is refunded at once.

        Raises:
            NotYours, TooLate
        """
        job = await self.get(job_id)
        if actor_id != job.member_id and not is_moderator:
            raise NotYours
        async with self._database.begin() as connection:
            marked = await self._store.cancel(connection, job_id)
            if marked is None:
                raise TooLate
            if marked.state is JobState.WAITING:
                await self._settlement.release(connection, marked)
        self._running.interrupt(job_id)
        return marked

    async def watch_cancellations(self) -> NoReturn:
        """Notice what another process cancels of the jobs that run here."""
        while True:
            await asyncio.sleep(LOOK_FOR_CANCELLATIONS_EVERY_S)
            if not (running := self._running.ids):
                continue
            try:
                cancelled = await self._store.cancelled_among(running)
            except Exception as error:
                # The database may be away for a moment.
                log.warning("cancellations were not looked for: %s", type(error).__name__)
                continue
            for job_id in cancelled:
                self._running.interrupt(job_id)

    async def uploads(self, job: Job) -> dict[str, bytes]:
        """The init image and the mask that a job was given, by role.

        Raises:
            TooLate: they were erased.
        """
        order = ImageOrder.from_json(job.spec)
        roles = [("init", order.uses_init), ("mask", order.uses_mask)]
        found: dict[str, bytes] = {}
        for role, is_used in roles:
            kept = await self._artifacts.of_job(job.id, role) if is_used else []
            if is_used and not kept:
                raise TooLate
            for artifact in kept:
                found[role] = await self._read(artifact)
        return found

    async def _read(self, artifact: Artifact) -> bytes:
        try:
            return await self._artifacts.read(artifact)
        except FileNotFoundError:
            # Erased since its row was read.
            raise TooLate from None

    async def repeats(self, key_prefix: str) -> tuple[int, bool]:
        """How many jobs have keys that begin like that, and whether one of them is open."""
        states = await self._store.states_of(key_prefix)
        return len(states), any(state in OPEN_STATES for state in states)

    async def erase(self, job_id: str, actor_id: int, *, is_moderator: bool) -> Job:
        """Erase the kept pictures of a job that is over.

        Raises:
            NotYours, TooLate
        """
        job = await self.get(job_id)
        if actor_id != job.member_id and not is_moderator:
            raise NotYours
        job = await self._once_over(job)
        await self._artifacts.erase(job_id)
        return job

    async def reconcile(self, *, is_thorough: bool = True) -> int:
        """Close what ended without its close; how many jobs that were.

        Thoroughly, every job is looked at; else only those that should be at work.
        """
        if is_thorough:
            suspects = await self._store.unclosed()
        else:
            suspects = await self._store.at_work(self._now() - LONG_WAIT)
        closed = 0
        for job_id in await self._engine.over_among(suspects):
            job = await self.get(job_id)
            async with self._database.begin() as connection:
                is_first = await self._settlement.release(connection, job)
            if is_first:
                closed += 1
                await self._settlement.give_up(job)
        return closed

    async def _once_over(self, job: Job) -> Job:
        """The job when it is over: its card shows the result a moment before that.

        Raises:
            TooLate: it is really still at work.
        """
        for _ in range(LOOKS):
            if job.state not in OPEN_STATES:
                return job
            await asyncio.sleep(BETWEEN_LOOKS_S)
            job = await self.get(job.id)
        raise TooLate

    def _new_job(
        self,
        job_id: str,
        order: Order,
        place: Place,
        key: str,
        price_mc: int,
        parent_id: str | None,
    ) -> Job:
        return Job(
            id=job_id,
            key=key,
            kind=order.kind,
            state=JobState.WAITING,
            guild_id=place.guild_id,
            channel_id=place.channel_id,
            message_id=place.message_id,
            member_id=place.member_id,
            parent_id=parent_id,
            interaction_token=place.interaction_token,
            file_limit_bytes=place.file_limit_bytes,
            engine_id=order.engine_id,
            spec=order.to_json(),
            price_mc=price_mc,
            accepted_at=self._now(),
        )


def new_job_id() -> str:
    """A short id that members can read out: 40 random bits in 8 characters."""
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))


class _KeyTaken(Exception):
    """Another submit used the key, or a new id is taken already."""
