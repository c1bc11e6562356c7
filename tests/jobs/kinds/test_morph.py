"""The workflow of a morph: drawn frame by frame, resumed, cut short, and paid for what is shown."""

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
from jobs.delivery import Shown
from jobs.kinds.assembly import Assembly
from jobs.kinds.morph import MorphKind
from jobs.orders.morph import MorphOrder
from media.pool import MediaPool
from media.video import probe
from storage.jobs.jobs import Job, JobState
from storage.ledger.accounts import Balance, Policy
from tests.generation.image.scripted import SIDE, answer, answers, fails, image, png, verdict
from tests.jobs.harness import ENGINE_ID, PRICE_MC, START_MC, Workshop, a_job, an_order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from storage.database import Transaction
    from tests.generation.image.scripted import Script

FRAMES = 8
AWAY = fails(grpc.StatusCode.UNAVAILABLE, "nobody is here")
REFUSED = fails(grpc.StatusCode.INVALID_ARGUMENT, "prompt: no")
WITHHELD = answers(answer(image(), verdict(pb.ACTION_OBFUSCATE)))
NOTHING = answers()
UNTOUCHED = Balance(START_MC, 0)


class Morphs:
    """A workshop whose jobs are walks; `reopen` is a process that starts after a crash."""

    def __init__(self, workshop: Workshop, pool: MediaPool) -> None:
        self.workshop = workshop
        self.engine, self.board = workshop.engine, workshop.board
        self._pool = pool
        self._build()

    async def reopen(self) -> None:
        await self.workshop.open()
        self._build()

    def _build(self) -> None:
        shop = self.workshop
        assembly = Assembly(self._pool, _as_it_is, shop.folder / "making")
        self.steps = shop.steps_of(MorphKind(shop.sampling, assembly))

    async def accept(self) -> Job:
        """A walk with its hold, as it is submitted."""
        shop, order = self.workshop, a_morph()
        like = a_job(an_order(FRAMES), shop.clock(), "job1", shop.guild_id)
        job = replace(like, kind=order.kind, spec=order.to_json())

        def unit(connection: Transaction) -> None:
            assert shop.store.add(connection, job)
            shop.ledger.open(connection, shop.account, Policy())
            shop.ledger.hold(connection, shop.account, job.price_mc, job.id, "a walk")

        await shop.database.write(unit)
        return job

    async def run(self, job: Job) -> Job:
        return await self.workshop.run(job, self.steps)

    async def left(self) -> Balance:
        return await self.workshop.balance()

    def frames_of_clip(self, folder: Path) -> int:
        """How many frames the newest film has."""
        path = folder / "shown.mp4"
        path.write_bytes(self.board.clips[-1])
        return probe(path).frames


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[Morphs]:
    async with Workshop(folder) as workshop, MediaPool() as pool:
        yield Morphs(workshop, pool)


@pytest.fixture
async def morphs(tmp_path: Path) -> AsyncGenerator[Morphs]:
    async with opened(tmp_path) as morphs:
        yield morphs


def a_morph() -> MorphOrder:
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


async def _as_it_is(video: Path, into: Path, _job: Job, _recipe: Any) -> None:
    await asyncio.to_thread(video.rename, into)


async def test_a_morph_is_drawn_shown_and_paid_by_the_frame(morphs: Morphs, tmp_path: Path):
    morphs.engine.scripts = drawn(FRAMES)
    job = await morphs.run(await morphs.accept())
    assert job.state is JobState.DELIVERED
    assert morphs.board.results == [(FRAMES, None)]
    assert morphs.frames_of_clip(tmp_path) == FRAMES
    assert morphs.board.steps == list(range(1, FRAMES + 1))
    assert await morphs.left() == paid(FRAMES)
    asked = [[one.text for one in request.prompt] for request in morphs.engine.requests]
    assert asked == [["a fox"], *[["a fox", "a hare"]] * (FRAMES - 2), ["a hare"]]
    assert {tuple(request.image.seed) for request in morphs.engine.requests} == {(7,)}


async def test_a_morph_that_was_shown_is_not_called_cancelled(morphs: Morphs):
    """The engine may begin a job again that has ended since, in the same process."""
    morphs.engine.scripts = drawn(FRAMES)
    job = await morphs.run(await morphs.accept())
    assert (await morphs.steps.deliver(job.id, None)).count == 0
    assert morphs.board.shown == [("result", (FRAMES, None))]


async def test_the_estimate_learns_from_it(morphs: Morphs):
    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        morphs.workshop.clock.advance(seconds=1)
        yield answer(image())

    morphs.engine.scripts = [slow]
    await morphs.run(await morphs.accept())
    shop = morphs.workshop
    wait_estimate = await shop.database.read(
        shop.estimate.wait_estimate, ENGINE_ID, PRICE_MC, 0, shop.account
    )
    assert wait_estimate.ready_in
    assert wait_estimate.ready_in.total_seconds() == 1


async def test_after_a_crash_no_kept_frame_is_asked_for_again(morphs: Morphs, tmp_path: Path):
    async def hang(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        morphs.workshop.board.said_away.set()
        await asyncio.Event().wait()
        yield pb.Answer()

    morphs.engine.scripts = [*drawn(3), hang]
    job = await morphs.accept()
    dying = asyncio.create_task(morphs.steps.generate(job.id))
    await morphs.workshop.board.said_away.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    asked = len(morphs.engine.requests)
    await morphs.reopen()
    morphs.engine.scripts = drawn(FRAMES)
    assert (await morphs.run(job)).state is JobState.DELIVERED
    again = [request.request_id for request in morphs.engine.requests[asked:]]
    assert again == [f"job1-{number}" for number in range(3, FRAMES)]
    assert morphs.frames_of_clip(tmp_path) == FRAMES
    assert await morphs.left() == paid(FRAMES)


async def test_a_film_that_is_shown_gets_no_more_frames_after_a_crash(morphs: Morphs):
    """They would be paid for and not shown."""
    morphs.engine.scripts = [*drawn(FRAMES - 1), NOTHING]
    job = await morphs.accept()
    outcome = await morphs.steps.generate(job.id)
    await morphs.steps.deliver(job.id, outcome.get("failure"))
    await morphs.reopen()
    morphs.engine.scripts = drawn(FRAMES)
    assert (await morphs.run(job)).state is JobState.DELIVERED
    assert [made for made, _ in morphs.board.results] == [FRAMES - 1] * 2
    assert await morphs.left() == paid(FRAMES - 1)


async def test_a_failure_on_the_way_delivers_the_video_so_far(morphs: Morphs, tmp_path: Path):
    morphs.engine.scripts = [*drawn(5), REFUSED]
    job = await morphs.run(await morphs.accept())
    ((made, failure),) = morphs.board.results
    assert (made, type(failure)) == (5, BadRequest)
    assert job.state is JobState.DELIVERED
    assert morphs.frames_of_clip(tmp_path) == 5
    assert await morphs.left() == paid(5)


@pytest.mark.parametrize("count", [0, 1])
async def test_fewer_than_two_frames_are_no_video(morphs: Morphs, count: int):
    morphs.engine.scripts = [*drawn(count), REFUSED]
    job = await morphs.run(await morphs.accept())
    ((what, failure),) = morphs.board.shown
    assert (what, type(failure)) == ("failed", BadRequest)
    assert job.state is JobState.FAILED
    assert morphs.board.results == []
    assert await morphs.left() == UNTOUCHED


async def test_a_withheld_frame_is_left_out_and_not_charged(morphs: Morphs, tmp_path: Path):
    morphs.engine.scripts = [*drawn(3), WITHHELD, *drawn(FRAMES - 4)]
    job = await morphs.run(await morphs.accept())
    ((made, failure),) = morphs.board.results
    assert (made, type(failure)) == (FRAMES - 1, Filtered)
    assert job.state is JobState.DELIVERED
    assert morphs.frames_of_clip(tmp_path) == FRAMES - 1
    assert await morphs.left() == paid(FRAMES - 1)


async def test_a_morph_that_is_withheld_wholly_costs_nothing(morphs: Morphs):
    morphs.engine.scripts = [WITHHELD]
    job = await morphs.run(await morphs.accept())
    ((_, failure),) = morphs.board.shown
    assert isinstance(failure, Filtered)
    assert job.state is JobState.FAILED
    assert await morphs.left() == UNTOUCHED


async def test_an_engine_that_goes_away_is_asked_again(morphs: Morphs):
    morphs.engine.scripts = [*drawn(2), AWAY, AWAY, *drawn(FRAMES - 2)]
    job = await morphs.run(await morphs.accept())
    assert job.state is JobState.DELIVERED
    assert len(morphs.board.aways) == 2
    assert await morphs.left() == paid(FRAMES)


async def test_an_engine_that_stays_away_leaves_the_video_so_far(morphs: Morphs):
    morphs.engine.scripts = [*drawn(4), AWAY]
    await morphs.run(await morphs.accept())
    ((made, failure),) = morphs.board.results
    assert (made, type(failure)) == (4, Unreachable)
    assert await morphs.left() == paid(4)


async def test_cancelling_on_the_way_releases_all(morphs: Morphs):
    async def cancel(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        await morphs.workshop.cancel()
        await asyncio.Event().wait()
        yield pb.Answer()

    morphs.engine.scripts = [*drawn(3), cancel]
    job = await morphs.run(await morphs.accept())
    assert job.state is JobState.CANCELLED
    assert morphs.board.results == []
    assert morphs.board.shown == [("cancelled", None)]
    assert await morphs.left() == UNTOUCHED


async def test_every_step_may_be_repeated(morphs: Morphs):
    morphs.engine.scripts = drawn(FRAMES)
    job = await morphs.accept()
    for _ in range(2):
        assert await morphs.steps.generate(job.id) == {"failure": None}
    for _ in range(2):
        assert (await morphs.steps.deliver(job.id, None)).count == FRAMES
    for _ in range(2):
        await morphs.steps.close(job.id, None, Shown(count=FRAMES))
    assert len(morphs.engine.requests) == FRAMES
    assert morphs.board.clips[0] == morphs.board.clips[1]
    assert await morphs.left() == paid(FRAMES)


async def test_a_kept_frame_that_is_spoilt_makes_no_video(morphs: Morphs, tmp_path: Path):
    morphs.engine.scripts = drawn(FRAMES)
    job = await morphs.accept()
    await morphs.steps.generate(job.id)
    (kept,) = (tmp_path / "artifacts").rglob("frame-3-*.png")
    kept.write_bytes(b"no picture")
    await morphs.run(job)
    ((_, failure),) = morphs.board.shown
    assert isinstance(failure, GarbledAnswer)
    assert (await morphs.workshop.job()).state is JobState.FAILED
    assert await morphs.left() == UNTOUCHED


async def test_a_frame_of_another_size_is_no_frame(morphs: Morphs):
    odd = answers(answer(image(data=png(0, (SIDE * 2, SIDE)))))
    morphs.engine.scripts = [*drawn(3), odd]
    await morphs.run(await morphs.accept())
    ((made, failure),) = morphs.board.results
    assert (made, type(failure)) == (3, GarbledAnswer)
    assert await morphs.left() == paid(3)


async def test_what_could_not_be_shown_is_not_charged(morphs: Morphs):
    morphs.engine.scripts = drawn(FRAMES)
    morphs.board.room_for = 0
    assert (await morphs.run(await morphs.accept())).state is JobState.FAILED
    assert await morphs.left() == UNTOUCHED
