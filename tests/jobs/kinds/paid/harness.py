"""Jobs of pictures that are paid by submit, with a scripted REST service at the wire."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.delivery.provenance import finish
from generation.catalogue.engine import STABILITY_REST
from generation.hosts.clients import StabilityHostClient
from generation.hosts.host import Host, HostTraits
from generation.hosts.hosts import Hosts
from generation.stability.address import StabilityAddress, StabilityTimeouts
from generation.stability.client import StabilityClient
from jobs.delivery import NOTHING_MADE
from jobs.kinds.image import ImageKind
from jobs.kinds.paid_pictures import PaidPictures
from jobs.kinds.sampling import Sampling
from jobs.orders.image import ImageOrder
from storage.jobs.segments import Segments
from storage.ledger.accounts import Balance, Policy
from storage.ledger.periods import IN_UTC
from storage.ledger.pools import MonthLimit, Pool
from tests.generation.stability.asking import CATALOGUE, CORE, request
from tests.generation.stability.service import KEY, Service, serving
from tests.jobs.harness import START_MC, Board, Workshop, a_job
from tests.media.signing import marks_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from jobs.delivery import Progress, Result
    from storage.database import Transaction
    from storage.jobs.jobs import Job
    from storage.ledger.pools import BudgetState

EACH_MC = 3_000
SEED = 42
CEILING = MonthLimit(Pool.CEILING, 100_000, IN_UTC)
BUDGET = MonthLimit(Pool.BUDGET, 50_000, IN_UTC)


class AskingBoard(Board):
    """Asks a test: `on_question` is what the author does."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[tuple[int, int]] = []
        self.beside: list[Result] = []
        self.on_question: Callable[[], Awaitable[Any]] | None = None
        self.has_come = asyncio.Event()
        self.now: Callable[[], datetime]
        self.away_until: datetime | None = None
        self.unasked_at: list[datetime] = []

    @property
    def is_away(self) -> bool:
        """Whether Discord takes no question now."""
        return self.away_until is not None and self.now() < self.away_until

    async def progress(self, job: Job, progress: Progress) -> None:
        await super().progress(job, progress)
        self.has_come.set()

    async def question(
        self,
        job: Job,
        number: int,
        until: datetime,
        count: int = 1,
        result: Result = NOTHING_MADE,
    ) -> bool:
        if self.is_away:
            self.unasked_at.append(self.now())
            return False
        self.questions.append((number, count))
        self.beside.append(result)
        if self.on_question:
            await self.on_question()
        return True


class PaidWorkshop(Workshop):
    """Everything that such a job's workflow needs, in a folder of its own."""

    board: AskingBoard

    def __init__(self, folder: Path, **known: Any) -> None:
        super().__init__(folder, **known)
        self.board = AskingBoard()
        # Authors are waited for by the second, an hour long.
        self.clock.stride = 10
        self.board.now = self.clock
        self.service = Service()
        self._process = AsyncExitStack()
        self.read_within = timedelta(seconds=20)

    async def __aexit__(self, *problem: object) -> None:
        await self._process.aclose()
        await super().__aexit__(*problem)

    async def open(self) -> None:
        await super().open()
        self.segments = Segments(self.clock)
        self.base = await self._stack.enter_async_context(serving(self.service))
        await self.restart()

    async def restart(self) -> None:
        """Begin as a fresh process would."""
        await self._process.aclose()
        self._process = AsyncExitStack()
        timeouts = StabilityTimeouts(read=self.read_within)
        client = StabilityClient(
            StabilityAddress(self.base, KEY), timeouts=timeouts, clock=self.seconds
        )
        await self._process.enter_async_context(client)
        traits = HostTraits(name="the service", transport=STABILITY_REST, is_metered=True)
        self.host_of_pictures = Host(traits, StabilityHostClient(client, CATALOGUE), self.clock)
        hosts = Hosts([self.host_of_pictures], CATALOGUE)
        await hosts.check()
        finishing = partial(finish, marks=marks_in(self.folder))
        paid = PaidPictures(hosts, self.segments, finishing)
        self.sampling = Sampling(hosts, finishing, paid=paid)
        self.steps = self.steps_of(ImageKind(self.sampling))

    def seconds(self) -> float:
        return self.clock().timestamp()

    async def accept_pictures(self, count: int = 2, engine_id: str = CORE.id) -> Job:
        """A job of so many pictures, each a request of its own, with what it holds."""
        requests = tuple(request(engine_id, seed=SEED + number) for number in range(count))
        order = ImageOrder(prompt="a fox", title="a fox", requests=requests)
        held_mc = EACH_MC * count
        job = replace(
            a_job(order, self.clock(), "job1", self.guild_id),
            engine_id=engine_id,
            price_mc=held_mc,
            budget_mc=held_mc,
            ceiling_mc=held_mc,
        )

        def unit(connection: Transaction) -> None:
            assert self.store.add(connection, job)
            self.ledger.open(connection, self.account, Policy())
            self.ledger.hold(connection, self.account, held_mc, job.id, "a fox")
            for limit in (BUDGET, CEILING):
                self.ledger.hold_month(connection, self.guild_id, limit, held_mc, job.id)

        await self.database.write(unit)
        return job

    async def spent_mc(self, limit: MonthLimit) -> int:
        """What is spent of a pool of the guild, of which nothing may be held any more."""
        state: BudgetState = await self.database.read(self.ledger.month, self.guild_id, limit)
        assert state.held_mc == 0
        return state.spent_mc

    async def pays(self, count: int, *, billed: int = 0) -> bool:
        """Whether member and guild pay for so many pictures, and the operator for more."""
        paid = Balance(START_MC - count * EACH_MC, 0)
        return (
            await self.balance() == paid
            and await self.spent_mc(BUDGET) == count * EACH_MC
            and await self.spent_mc(CEILING) == (count + billed) * EACH_MC
        )

    async def answer(self, *, wants_again: bool) -> bool:
        """What the author presses when asked."""
        return await self.database.write(self.segments.answer, "job1", wants_again=wants_again)

    @property
    def submitted(self) -> list[int]:
        """The seeds of all submits that came, in order of the seeds."""
        return sorted(int(one.texts["seed"]) for one in self.service.submits)

    async def kept_seeds(self) -> list[int]:
        """The seeds of the pictures that are kept and may be shown."""
        kept = await self.artifacts.of_job("job1")
        return [one.seed for one in kept if not one.is_filtered]
