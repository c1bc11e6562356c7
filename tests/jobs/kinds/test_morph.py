"""The road of a walk: drawn frame by frame, resumed, cut short, and paid for what is shown."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from generation.errors import BadRequest, Filtered, GarbledAnswer, Unreachable
from generation.request import ImageRequest, TextPrompt
from generation.wire import generation_pb2 as pb
from jobs.kinds.assembly import Cutting
from jobs.kinds.morph import MorphRoad
from jobs.orders.morph import MorphOrder
from media.film import probe
from media.pool import MediaPool
from storage.jobs.jobs import Job, JobState
from storage.ledger.ledger import Balance, Policy
from tests.generation.image.scripted import SIDE, answer, answers, fails, image, png, verdict
from tests.jobs.harness import ENGINE_ID, PRICE_MC, START_MC, Workshop, a_job, an_order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from datetime import datetime

    from storage.jobs.artifacts import Artifact
    from tests.generation.image.scripted import Script

FRAMES = 8
AWAY = fails(grpc.StatusCode.UNAVAILABLE, "nobody is here")
REFUSED = fails(grpc.StatusCode.INVALID_ARGUMENT, "prompt: no")
WITHHELD = answers(answer(image(), verdict(pb.ACTION_OBFUSCATE)))
UNTOUCHED = Balance(START_MC, 0)


class Screen:
    """Where walks are shown to a test."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, Exception | None]] = []
        self.clips: list[bytes] = []
        self.is_there = True

    async def film(
        self, job: Job, clip: Artifact, data: bytes, made: int, failure: Exception | None
    ) -> bool:
        self.shown.append((made, failure))
        self.clips.append(data)
        return self.is_there

    async def underway(self, job: Job, ready_at: datetime, *, is_late: bool = False) -> None:
        raise AssertionError("only a film's own engine says that")

    async def asks(self, job: Job, number: int, until: datetime) -> None:
        raise AssertionError("only a film's own engine says that")


class Walks:
    """A workshop whose jobs are walks; `reopen` is a process that starts after a crash."""

    def __init__(self, workshop: Workshop, pool: MediaPool) -> None:
        self.workshop = workshop
        self.screen = Screen()
        self.engine, self.board = workshop.engine, workshop.board
        self._pool = pool
        self._build()

    async def reopen(self) -> None:
        await self.workshop.open()
        self._build()

    def _build(self) -> None:
        shop = self.workshop
        cutting = Cutting(
            database=shop.database,
            artifacts=shop.artifacts,
            pool=self._pool,
            finish=_as_it_is,
            folder=shop.folder / "making",
            now=shop.clock,
        )
        self.road = MorphRoad(
            jobs=shop.store,
            artifacts=shop.artifacts,
            drawing=shop.drawing,
            cutting=cutting,
            shown=shop.board,
            delivery=self.screen,
            running=shop.running,
            ending=shop.ending,
            estimate=shop.estimate,
            now=shop.clock,
        )

    async def accept(self) -> Job:
        """A walk with its hold, as it is submitted."""
        shop, order = self.workshop, a_walk()
        like = a_job(an_order(FRAMES), shop.clock(), "job1", shop.guild_id)
        job = replace(like, kind=order.kind, spec=order.to_json())
        async with shop.database.begin() as connection:
            assert await shop.store.add(connection, job)
            await shop.ledger.open(connection, shop.account, Policy())
            await shop.ledger.hold(connection, shop.account, job.price_mc, job.id, "a walk")
        return job

    async def run(self, job: Job) -> Job:
        outcome = await self.road.generate(job.id)
        if not outcome.get("over"):
            count = await self.road.deliver(job.id, outcome["failure"])
            await self.road.close(job.id, outcome["failure"], count)
        return await self.workshop.job(job.id)

    async def left(self) -> Balance:
        return await self.workshop.balance()

    def frames_of_clip(self, folder: Path) -> int:
        """How many frames the newest film has."""
        path = folder / "shown.mp4"
        path.write_bytes(self.screen.clips[-1])
        return probe(path).frames


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[Walks]:
    async with Workshop(folder) as workshop, MediaPool() as pool:
        yield Walks(workshop, pool)


@pytest.fixture
async def walks(tmp_path: Path) -> AsyncGenerator[Walks]:
    async with opened(tmp_path) as walks:
        yield walks


def a_walk() -> MorphOrder:
    return MorphOrder(
        title="a fox → a hare",
        prompts=("a fox", "a hare"),
        scenes=((TextPrompt("a fox"),), (TextPrompt("a hare"),)),
        settings=ImageRequest(ENGINE_ID, (), SIDE, SIDE, 7, 30, 7.0),
        frames=FRAMES,
    )


def drawn(count: int) -> list[Script]:
    return [answers(answer(image(0, data=png(number * 30)))) for number in range(count)]


def paid(count: int) -> Balance:
    return Balance(START_MC - PRICE_MC * count, 0)


async def _as_it_is(film: Path, into: Path, _job: Job) -> None:
    await asyncio.to_thread(film.rename, into)


async def test_a_walk_is_drawn_shown_and_paid_by_the_frame(walks: Walks, tmp_path: Path):
    walks.engine.scripts = drawn(FRAMES)
    job = await walks.run(await walks.accept())
    assert job.state is JobState.DELIVERED
    assert walks.screen.shown == [(FRAMES, None)]
    assert walks.frames_of_clip(tmp_path) == FRAMES
    assert walks.board.steps == list(range(1, FRAMES + 1))
    assert await walks.left() == paid(FRAMES)
    asked = [[one.text for one in request.prompt] for request in walks.engine.requests]
    assert asked == [["a fox"], *[["a fox", "a hare"]] * (FRAMES - 2), ["a hare"]]
    assert {tuple(request.image.seed) for request in walks.engine.requests} == {(7,)}


async def test_a_walk_that_was_shown_is_not_called_cancelled(walks: Walks):
    """The engine may begin a job again that has ended since, in the same process."""
    walks.engine.scripts = drawn(FRAMES)
    job = await walks.run(await walks.accept())
    assert await walks.road.deliver(job.id, None) == 0
    assert walks.board.shown == []
    assert walks.screen.shown == [(FRAMES, None)]


async def test_the_estimate_learns_from_it(walks: Walks):
    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        walks.workshop.clock.advance(seconds=1)
        yield answer(image())

    walks.engine.scripts = [slow]
    await walks.run(await walks.accept())
    shop = walks.workshop
    outlook = await shop.estimate.outlook(ENGINE_ID, PRICE_MC, 0, shop.account)
    assert outlook.ready_in
    assert outlook.ready_in.total_seconds() == 1


async def test_after_a_crash_no_kept_frame_is_asked_for_again(walks: Walks, tmp_path: Path):
    async def hang(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        walks.workshop.board.said_away.set()
        await asyncio.Event().wait()
        yield pb.Answer()

    walks.engine.scripts = [*drawn(3), hang]
    job = await walks.accept()
    dying = asyncio.create_task(walks.road.generate(job.id))
    await walks.workshop.board.said_away.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    asked = len(walks.engine.requests)
    await walks.reopen()
    walks.engine.scripts = drawn(FRAMES)
    assert (await walks.run(job)).state is JobState.DELIVERED
    again = [request.request_id for request in walks.engine.requests[asked:]]
    assert again == [f"job1-{number}" for number in range(3, FRAMES)]
    assert walks.frames_of_clip(tmp_path) == FRAMES
    assert await walks.left() == paid(FRAMES)


async def test_a_failure_on_the_way_delivers_the_film_so_far(walks: Walks, tmp_path: Path):
    walks.engine.scripts = [*drawn(5), REFUSED]
    job = await walks.run(await walks.accept())
    ((made, failure),) = walks.screen.shown
    assert (made, type(failure)) == (5, BadRequest)
    assert job.state is JobState.DELIVERED
    assert walks.frames_of_clip(tmp_path) == 5
    assert await walks.left() == paid(5)


@pytest.mark.parametrize("count", [0, 1])
async def test_fewer_than_two_frames_are_no_film(walks: Walks, count: int):
    walks.engine.scripts = [*drawn(count), REFUSED]
    job = await walks.run(await walks.accept())
    ((what, failure),) = walks.board.shown
    assert (what, type(failure)) == ("failed", BadRequest)
    assert job.state is JobState.FAILED
    assert walks.screen.shown == []
    assert await walks.left() == UNTOUCHED


async def test_a_withheld_frame_is_left_out_and_not_charged(walks: Walks, tmp_path: Path):
    walks.engine.scripts = [*drawn(3), WITHHELD, *drawn(FRAMES - 4)]
    job = await walks.run(await walks.accept())
    ((made, failure),) = walks.screen.shown
    assert (made, type(failure)) == (FRAMES - 1, Filtered)
    assert job.state is JobState.DELIVERED
    assert walks.frames_of_clip(tmp_path) == FRAMES - 1
    assert await walks.left() == paid(FRAMES - 1)


async def test_a_walk_that_is_withheld_wholly_costs_nothing(walks: Walks):
    walks.engine.scripts = [WITHHELD]
    job = await walks.run(await walks.accept())
    ((_, failure),) = walks.board.shown
    assert isinstance(failure, Filtered)
    assert job.state is JobState.FAILED
    assert await walks.left() == UNTOUCHED


async def test_an_engine_that_goes_away_is_asked_again(walks: Walks):
    walks.engine.scripts = [*drawn(2), AWAY, AWAY, *drawn(FRAMES - 2)]
    job = await walks.run(await walks.accept())
    assert job.state is JobState.DELIVERED
    assert len(walks.board.aways) == 2
    assert await walks.left() == paid(FRAMES)


async def test_an_engine_that_stays_away_leaves_the_film_so_far(walks: Walks):
    walks.engine.scripts = [*drawn(4), AWAY]
    await walks.run(await walks.accept())
    ((made, failure),) = walks.screen.shown
    assert (made, type(failure)) == (4, Unreachable)
    assert await walks.left() == paid(4)


async def test_cancelling_on_the_way_releases_all(walks: Walks):
    async def cancel(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        await walks.workshop.cancel()
        await asyncio.Event().wait()
        yield pb.Answer()

    walks.engine.scripts = [*drawn(3), cancel]
    job = await walks.run(await walks.accept())
    assert job.state is JobState.CANCELLED
    assert walks.screen.shown == []
    assert walks.board.shown == [("cancelled", None)]
    assert await walks.left() == UNTOUCHED


async def test_every_step_may_be_repeated(walks: Walks):
    walks.engine.scripts = drawn(FRAMES)
    job = await walks.accept()
    for _ in range(2):
        assert await walks.road.generate(job.id) == {"failure": None}
    for _ in range(2):
        assert await walks.road.deliver(job.id, None) == FRAMES
    for _ in range(2):
        await walks.road.close(job.id, None, FRAMES)
    assert len(walks.engine.requests) == FRAMES
    assert walks.screen.clips[0] == walks.screen.clips[1]
    assert await walks.left() == paid(FRAMES)


async def test_a_kept_frame_that_is_spoilt_makes_no_film(walks: Walks, tmp_path: Path):
    walks.engine.scripts = drawn(FRAMES)
    job = await walks.accept()
    await walks.road.generate(job.id)
    (kept,) = (tmp_path / "artifacts").rglob("frame-3-*.png")
    kept.write_bytes(b"no picture")
    await walks.run(job)
    ((_, failure),) = walks.board.shown
    assert isinstance(failure, GarbledAnswer)
    assert (await walks.workshop.job()).state is JobState.FAILED
    assert await walks.left() == UNTOUCHED


async def test_a_frame_of_another_size_is_no_frame(walks: Walks):
    odd = answers(answer(image(data=png(0, (SIDE * 2, SIDE)))))
    walks.engine.scripts = [*drawn(3), odd]
    await walks.run(await walks.accept())
    ((made, failure),) = walks.screen.shown
    assert (made, type(failure)) == (3, GarbledAnswer)
    assert await walks.left() == paid(3)


async def test_what_could_not_be_shown_is_not_charged(walks: Walks):
    walks.engine.scripts = drawn(FRAMES)
    walks.screen.is_there = False
    assert (await walks.run(await walks.accept())).state is JobState.FAILED
    assert await walks.left() == UNTOUCHED
