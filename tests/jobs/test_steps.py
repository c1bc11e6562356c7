"""A kind by its contract alone: what it makes and shows is charged, whatever it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from generation.errors import Filtered, GarbledAnswer, TooSlow, Unauthorized
from jobs.delivery import Result, Shown
from jobs.errors import Interrupted
from jobs.kinds.kind import NewArtifact
from jobs.orders.order import charge_mc
from jobs.runner.queues import QueueClass
from jobs.steps import MAX_STARTS
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance, Policy
from tests.jobs.harness import PRICE_MC, START_MC, Workshop, a_job, an_order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from generation.request import ImageRequest
    from jobs.kinds.kind import JobRun
    from storage.database import Transaction
    from storage.jobs.jobs import Job
    from tests.jobs.harness import Board

SIDE = 8
UNTOUCHED = Balance(START_MC, 0)


@dataclass(frozen=True, slots=True)
class PosterOrder:
    """So many copies of a poster."""

    kind: ClassVar[str] = "poster"

    title: str = "a poster"
    prompt: str = ""
    engine_id: str = "printer"
    units: int = 3
    unit: str = "posters"

    @property
    def requests(self) -> tuple[ImageRequest, ...]:
        return ()

    def charge_mc(self, price_mc: int, count: int) -> int:
        return charge_mc(price_mc, self.units, count)

    def to_json(self) -> dict[str, Any]:
        return {"units": self.units}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PosterOrder:
        return cls(**data)


class PosterKind:
    """Prints posters, as many as a test lets it."""

    order_type = PosterOrder
    queue = QueueClass.SAMPLED

    def __init__(self) -> None:
        self.prints = 3
        self.trouble: Exception | None = None
        self.unreadable: Exception | None = None

    def first_request(self, job_id: str) -> None:
        del job_id

    async def make(self, run: JobRun, order: PosterOrder) -> None:
        kept = {one.position for one in await run.artifacts()}
        for position in range(self.prints):
            if position not in kept:
                await run.keep(
                    NewArtifact(
                        role="result",
                        position=position,
                        data=b"a poster",
                        mime="image/png",
                        size=(SIDE, SIDE),
                    )
                )
        if self.trouble:
            raise self.trouble

    async def result(self, run: JobRun, order: PosterOrder) -> Result:
        if self.unreadable:
            raise self.unreadable
        files = await run.artifacts()
        is_short = len(files) < order.units
        failure = GarbledAnswer("too few posters") if is_short else None
        return Result(files=files, made=len(files), failure=failure)


class Press:
    """A workshop whose jobs are posters."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.kind = PosterKind()
        self.steps = workshop.steps_of(self.kind)

    @property
    def board(self) -> Board:
        return self.workshop.board

    async def accept(self, order: PosterOrder | None = None) -> Job:
        shop, order = self.workshop, order or PosterOrder()
        like = a_job(an_order(order.units or 1), shop.clock(), "job1", shop.guild_id)
        job = replace(like, kind=order.kind, spec=order.to_json())
        if not order.units:
            job = replace(job, price_mc=0)

        def unit(connection: Transaction) -> None:
            assert shop.store.add(connection, job)
            shop.ledger.open(connection, shop.account, Policy())
            shop.ledger.hold(connection, shop.account, job.price_mc, job.id, order.title)

        await shop.database.write(unit)
        return job

    async def run(self, order: PosterOrder | None = None) -> Job:
        return await self.workshop.run(await self.accept(order), self.steps)

    async def left(self) -> Balance:
        return await self.workshop.balance()


@pytest.fixture
async def press(tmp_path: Path) -> AsyncGenerator[Press]:
    async with Workshop(tmp_path) as workshop:
        yield Press(workshop)


def paid(count: int) -> Balance:
    return Balance(START_MC - PRICE_MC * count, 0)


async def test_what_was_made_is_shown_and_paid(press: Press):
    assert (await press.run()).state is JobState.DELIVERED
    assert press.board.shown == [("result", (3, None))]
    assert await press.left() == paid(3)


async def test_what_was_made_before_a_failure_is_shown_with_it(press: Press):
    press.kind.prints, press.kind.trouble = 2, TooSlow("away")
    assert (await press.run()).state is JobState.DELIVERED
    ((made, failure),) = press.board.results
    assert (made, type(failure)) == (2, TooSlow)
    assert await press.left() == paid(2)


async def test_what_is_missing_without_a_failure_is_told_by_the_kind(press: Press):
    press.kind.prints = 1
    await press.run()
    ((made, failure),) = press.board.results
    assert (made, type(failure)) == (1, GarbledAnswer)
    assert await press.left() == paid(1)


async def test_only_the_files_that_could_be_shown_are_paid(press: Press):
    press.board.room_for = 2
    assert (await press.run()).state is JobState.DELIVERED
    assert await press.left() == paid(2)


@pytest.mark.parametrize(
    ("trouble", "told"), [(Filtered("poster"), Filtered), (None, GarbledAnswer)]
)
async def test_nothing_made_is_nothing_paid(press: Press, trouble: Exception | None, told: Any):
    press.kind.prints, press.kind.trouble = 0, trouble
    assert (await press.run()).state is JobState.FAILED
    ((what, failure),) = press.board.shown
    assert (what, type(failure)) == ("failed", told)
    assert await press.left() == UNTOUCHED


async def test_a_result_that_cannot_be_made_is_not_paid(press: Press):
    press.kind.unreadable = GarbledAnswer("it is torn")
    assert (await press.run()).state is JobState.FAILED
    ((what, failure),) = press.board.shown
    assert (what, type(failure)) == ("failed", GarbledAnswer)
    assert await press.left() == UNTOUCHED


async def test_free_work_that_is_shown_is_delivered(press: Press):
    press.kind.prints = 1
    assert (await press.run(PosterOrder(units=0))).state is JobState.DELIVERED
    assert await press.left() == UNTOUCHED


async def test_free_work_that_failed_is_not_shown(press: Press):
    press.kind.prints, press.kind.trouble = 0, TooSlow("away")
    assert (await press.run(PosterOrder(units=0))).state is JobState.FAILED
    ((what, failure),) = press.board.shown
    assert (what, type(failure)) == ("failed", TooSlow)


@pytest.mark.parametrize("units", [0, 3])
async def test_what_ended_a_job_is_told_even_if_its_result_is_torn(press: Press, units: int):
    press.kind.prints, press.kind.trouble = 1, TooSlow("away")
    press.kind.unreadable = GarbledAnswer("it is torn")
    assert (await press.run(PosterOrder(units=units))).state is JobState.FAILED
    ((what, failure),) = press.board.shown
    assert (what, type(failure)) == ("failed", TooSlow)
    assert await press.left() == UNTOUCHED


async def test_what_the_operator_has_to_mend_wakes_them(press: Press):
    press.kind.prints, press.kind.trouble = 0, Unauthorized("no such key")
    await press.run()
    assert press.board.alerts == ["Unauthorized: no such key (engine sd)"]


async def test_a_cancelled_job_is_not_made(press: Press):
    job = await press.accept()
    assert await press.workshop.cancel()
    assert (await press.workshop.run(job, press.steps)).state is JobState.CANCELLED
    assert press.board.shown == [("cancelled", None)]
    assert await press.left() == UNTOUCHED


async def test_a_job_that_ends_each_process_is_interrupted(press: Press):
    job = await press.accept()
    for _ in range(MAX_STARTS):
        await press.workshop.database.write(press.workshop.store.start, job.id)
    assert (await press.workshop.run(job, press.steps)).state is JobState.FAILED
    ((what, failure),) = press.board.shown
    assert (what, type(failure)) == ("failed", Interrupted)


async def test_a_failure_that_was_being_told_stays_one_after_a_crash(press: Press):
    press.kind.prints, press.kind.trouble = 0, TooSlow("away")
    job = await press.accept()
    outcome = await press.steps.generate(job.id)
    await press.steps.deliver(job.id, outcome.get("failure"))
    press.kind.prints, press.kind.trouble = 3, None
    assert (await press.workshop.run(job, press.steps)).state is JobState.FAILED
    assert [type(failure) for _, failure in press.board.shown] == [TooSlow, TooSlow]
    assert await press.left() == UNTOUCHED


async def test_every_step_may_be_repeated(press: Press):
    job = await press.accept()
    for _ in range(2):
        assert await press.steps.generate(job.id) == {"failure": None}
    for _ in range(2):
        assert (await press.steps.deliver(job.id, None)).count == 3
    for _ in range(2):
        await press.steps.close(job.id, None, Shown(count=3))
    assert await press.steps.generate(job.id) == {"over": True}
    assert await press.left() == paid(3)
