"""The jobs room at work: a real database, a real ledger and a scripted engine at the wire."""

from __future__ import annotations

import asyncio
import math
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from generation.image.client import Endpoint, ImageClient, RetryPolicy
from generation.request import ImageRequest, TextPrompt
from jobs.delivery import CARD_IS_DUE, NOTHING_MADE, NOTHING_SHOWN, Shown
from jobs.kinds.image import ImageKind
from jobs.kinds.kind import JobEnvironment
from jobs.kinds.sampling import Sampling
from jobs.orders.image import ImageOrder
from jobs.redelivery import Redelivery
from jobs.rules.limits import Limits
from jobs.runner.cancellation import CancellationScope
from jobs.runner.estimate import Estimate
from jobs.runner.queues import QueueLimits
from jobs.runner.slots import EngineSlots
from jobs.settlement import Settlement
from jobs.steps import JobSteps
from jobs.workflow import run_job
from storage.database import Database
from storage.jobs.artifacts import Artifacts, open_store
from storage.jobs.jobs import Job, JobState, JobStore
from storage.jobs.unaccepted_cards import UnacceptedCards
from storage.ledger.accounts import Account, Balance, Policy
from storage.ledger.balance import balance_of
from storage.ledger.ledger import Ledger
from storage.rules import RuleStore
from tests.databases import migrated_sqlite
from tests.generation.image.scripted import SIDE, ScriptedEngine, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from generation.image.client import Picture
    from jobs.delivery import Progress, Result
    from jobs.kinds.kind import Kind
    from jobs.workflow import Steps
    from storage.database import Transaction
    from storage.jobs.artifacts import Artifact

CHANNEL, MEMBER, MODERATOR = 10, 2, 3
ENGINE_ID = "sd"
PRICE_MC = 200
START_MC = 25_000


class Clock:
    """A clock that stands until it is moved, or until somebody sleeps by it."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.slept: list[float] = []
        self.stride = 1
        """How much longer each sleep is than was asked for; who looks often looks less often."""

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **duration: float) -> None:
        self.instant += timedelta(**duration)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        # Rounded up, as one sleeps: else who waits for an instant might never get there.
        self.advance(microseconds=math.ceil(seconds * 1e6) * self.stride)
        await asyncio.sleep(0)


class Board:
    """Shows jobs to a test: what a channel would have seen, in order; nothing without Discord."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, Any]] = []
        self.alerts: list[str] = []
        self.aways: list[datetime] = []
        self.no_rooms: list[datetime] = []
        self.no_room_trouble: Exception | None = None
        self.steps: list[int] = []
        self.files: list[list[bytes]] = []
        self.read: Callable[[Artifact], Awaitable[bytes]]
        self.room_for: int | None = None
        self.trouble: Exception | None = None
        self.is_discord_away = False
        self.said_away = asyncio.Event()
        self.before_result = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def away(self, job: Job, since: datetime) -> None:
        self.aways.append(since)
        self.said_away.set()

    async def no_room(self, job: Job, since: datetime) -> None:
        self.no_rooms.append(since)
        if self.no_room_trouble:
            raise self.no_room_trouble

    async def progress(self, job: Job, progress: Progress) -> None:
        self.steps.append(progress.done)

    async def question(
        self,
        job: Job,
        number: int,
        until: datetime,
        count: int = 1,
        result: Result = NOTHING_MADE,
    ) -> bool:
        raise AssertionError("nobody is asked")

    async def result(self, job: Job, result: Result) -> Shown:
        self.before_result.set()
        await self.go_on.wait()
        if self.trouble:
            raise self.trouble
        if self.is_discord_away:
            return Shown(count=job.shown_count, is_result_due=True)
        self.files.append([await self.read(one) for one in result.files])
        self.shown.append(("result", (result.made, result.failure)))
        count = len(result.files)
        return Shown(count=count if self.room_for is None else min(self.room_for, count))

    @property
    def results(self) -> list[Any]:
        """What was shown of results: how many units, and why any are missing."""
        return [facts for what, facts in self.shown if what == "result"]

    @property
    def clips(self) -> list[bytes]:
        """The films that were shown."""
        return [file for (file,) in self.files]

    async def take_back(self, job: Job, shown: Shown) -> None:
        self.shown.append(("taken back", shown.count))

    async def failed(self, job: Job, failure: Exception) -> Shown:
        if self.is_discord_away:
            return CARD_IS_DUE
        self.shown.append(("failed", failure))
        return Shown()

    async def cancelled(self, job: Job) -> Shown:
        if self.is_discord_away:
            return CARD_IS_DUE
        self.shown.append(("cancelled", None))
        return NOTHING_SHOWN

    async def alert(self, text: str) -> None:
        self.alerts.append(text)


def stay() -> None:
    """The process goes on."""


class Workshop:
    """Everything that a job's workflow needs, in a folder of its own; an async context manager.

    `guild_id` is where the author of all jobs is a member; another one is another account.
    `place` is where pictures are kept if not in the folder, and so with the address of a database.
    """

    def __init__(self, folder: Path, place: str = "", database_url: str = "") -> None:
        self.folder = folder
        self._database_url = database_url
        self._place = place or str(folder / "artifacts")
        self.guild_id = 1
        self.is_metered = True
        self.clock = Clock()
        self.board = Board()
        self.engine = ScriptedEngine()
        self.slots = EngineSlots({})
        self._stack = AsyncExitStack()
        self.database: Database

    async def __aenter__(self) -> Self:
        self.host = await self._stack.enter_async_context(serving(self.engine))
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            assert await self.database.read(self.ledger.verify) == []
        finally:
            await self._stack.aclose()

    async def open(self) -> None:
        """Open the rooms, as a fresh process would."""
        url = self._database_url or await migrated_sqlite(self.folder / "atelier.sqlite")
        self.database = await Database.open(url)
        self._stack.push_async_callback(self.database.close)
        client = await self._stack.enter_async_context(
            ImageClient(Endpoint(self.host), retries=RetryPolicy(attempts=1))
        )
        self.store = JobStore(self.clock)
        self.ledger = Ledger(self.clock)
        self.rules = RuleStore(self.clock)
        self.limits = Limits(
            database=self.database,
            ledger=self.ledger,
            jobs=self.store,
            now=self.clock,
            default_ceiling_mc=None,
            is_metered=lambda _: self.is_metered,
            reads_emphasis=lambda _engine_id: True,
        )
        self.artifacts = Artifacts(self.database, open_store(self._place), self.clock)
        self.estimate = Estimate(QueueLimits())
        self.unaccepted_cards = UnacceptedCards(self.clock)
        self.board.read = self.artifacts.read
        self.running = CancellationScope()
        self.settlement = Settlement(
            self.database,
            self.store,
            self.ledger,
            self.board,
            lambda _: self.is_metered,
            self.clock,
        )
        self.environment = JobEnvironment(
            database=self.database,
            store=self.store,
            artifacts=self.artifacts,
            delivery=self.board,
            cancellation=self.running,
            estimate=self.estimate,
            now=self.clock,
            sleep=self._sleep,
        )
        self.sampling = Sampling(client, _as_it_came, self.slots, timedelta(seconds=0.05))
        self.steps = self.steps_of(ImageKind(self.sampling))
        self.redelivery = Redelivery(
            self.database, {"image": self.steps}, self.settlement, self.clock, self._sleep
        )

    def steps_of(self, kind: Kind[Any]) -> JobSteps:
        """The steps of jobs of a kind, here."""
        return JobSteps(kind, self.environment, self.settlement)

    async def _sleep(self, seconds: float) -> None:
        # Looked up anew, so that a test may put another one in its place.
        await self.clock.sleep(seconds)

    async def accept(
        self, order: ImageOrder | None = None, job_id: str = "job1", *, is_free: bool = False
    ) -> Job:
        """A job with its hold, as `Jobs.submit` leaves it."""
        job = a_job(order or an_order(), self.clock(), job_id, self.guild_id)
        if is_free:
            job = replace(job, price_mc=0)

        def unit(connection: Transaction) -> None:
            assert self.store.add(connection, job)
            self.ledger.open(connection, self.account, Policy())
            self.ledger.hold(connection, self.account, job.price_mc, job.id, "a fox")

        await self.database.write(unit)
        return job

    async def run(self, job: Job, steps: Steps | None = None) -> Job:
        """The job's whole workflow, step by step; the job as it is then."""
        await run_job(steps or self.steps, job.id, stay)
        return await self.job(job.id)

    async def job(self, job_id: str = "job1") -> Job:
        found = await self.database.read(self.store.get, job_id)
        assert found
        return found

    @property
    def account(self) -> Account:
        return Account(self.guild_id, MEMBER)

    async def balance(self) -> Balance:
        assert await self.database.read(self.ledger.verify) == []
        return await balance_of(self.database, self.ledger, self.account, Policy())

    async def cancel(self, job_id: str = "job1") -> bool:
        """Mark a job as cancelled; whether that was possible."""
        marked = await self.database.write(self.store.cancel, job_id)
        if marked is not None:
            self.running.interrupt(job_id)
        return marked is not None


def an_order(*samples: int, **values: Any) -> ImageOrder:
    """An order of one request for each number of samples."""
    requests = tuple(
        ImageRequest(ENGINE_ID, (TextPrompt("a fox"),), SIDE, SIDE, 7 + n, 30, 7.0, samples=count)
        for n, count in enumerate(samples or (1,))
    )
    known: dict[str, Any] = {"prompt": "a fox", "title": "a fox", "requests": requests}
    return ImageOrder(**{**known, **values})


def a_job(order: ImageOrder, accepted_at: datetime, job_id: str, guild_id: int) -> Job:
    return Job(
        id=job_id,
        key=f"key-{job_id}",
        kind="image",
        state=JobState.WAITING,
        guild_id=guild_id,
        channel_id=CHANNEL,
        message_id=100,
        member_id=MEMBER,
        interaction_token="token",
        engine_id=ENGINE_ID,
        spec=order.to_json(),
        price_mc=PRICE_MC * order.pictures,
        accepted_at=accepted_at,
    )


async def _as_it_came(picture: Picture, _request: ImageRequest, _job: Job) -> bytes:
    return picture.png
