"""Pictures of an engine that is away, slow or hangs: asked again with patience, then given up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc

from generation.errors import (
    TooSlow,
    Unreachable,
)
from generation.wire import generation_pb2 as pb
from jobs.patience import LIMIT, LONGEST_PAUSE_S
from storage.jobs.jobs import JobState
from tests.generation.image.scripted import answer, fails, image
from tests.jobs.harness import Workshop, an_order
from tests.jobs.kinds.drawn import AWAY, UNTOUCHED, paid, pictures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def test_an_engine_that_is_away_is_asked_again(workshop: Workshop):
    workshop.engine.scripts = [AWAY, AWAY, pictures(0)]
    began = workshop.clock()
    job = await workshop.run(await workshop.accept())
    assert job.state is JobState.DELIVERED
    assert workshop.board.aways == [began, began]
    assert job.waiting_since is None
    assert workshop.clock.slept == [1, 2]


async def test_after_fifteen_minutes_the_credits_come_back(workshop: Workshop):
    workshop.engine.scripts = [AWAY]
    began = workshop.clock()
    job = await workshop.run(await workshop.accept())
    waited = workshop.clock() - began
    assert LIMIT - timedelta(seconds=LONGEST_PAUSE_S) <= waited <= LIMIT
    ((what, failure),) = workshop.board.shown
    assert (what, type(failure)) == ("failed", Unreachable)
    assert job.state is JobState.FAILED
    assert await workshop.balance() == UNTOUCHED


async def test_an_engine_names_its_own_pause(workshop: Workshop):
    busy = fails(grpc.StatusCode.RESOURCE_EXHAUSTED, "slow down", (), (("retry-after", "7"),))
    workshop.engine.scripts = [busy, pictures(0)]
    await workshop.run(await workshop.accept())
    assert workshop.clock.slept == [7]


async def test_each_absence_has_a_patience_of_its_own(workshop: Workshop):
    """Two outages of ten minutes each, with a picture in between."""

    async def away_for_ten_minutes(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        workshop.clock.advance(minutes=10)
        await context.abort(grpc.StatusCode.UNAVAILABLE, "nobody is here")
        yield pb.Answer()

    outage = away_for_ten_minutes
    workshop.engine.scripts = [outage, pictures(0), outage, pictures(0)]
    job = await workshop.run(await workshop.accept(an_order(1, 1)))
    assert job.state is JobState.DELIVERED
    assert len(set(workshop.board.aways)) == 2
    assert await workshop.balance() == paid(2)


async def test_the_time_in_the_queue_counts_when_the_engine_was_away(workshop: Workshop):
    workshop.engine.scripts = [AWAY]
    first, behind = await workshop.accept(), await workshop.accept(job_id="job2")
    await workshop.run(first)
    began = workshop.clock()
    await workshop.run(behind)
    assert workshop.clock() - began <= timedelta(seconds=LONGEST_PAUSE_S)
    assert await workshop.balance() == UNTOUCHED


async def test_an_engine_that_breaks_off_at_the_same_place_is_given_up(workshop: Workshop):
    """The picture that comes again and again is no sign of progress."""
    workshop.engine.scripts = [
        fails(grpc.StatusCode.UNAVAILABLE, "out of memory", first=(answer(image(0, seed=7)),))
    ]
    began = workshop.clock()
    job = await workshop.run(await workshop.accept(an_order(2)))
    assert workshop.clock() - began <= LIMIT
    assert job.state is JobState.DELIVERED
    assert await workshop.balance() == paid(1)


async def test_a_slow_answer_after_an_absence_is_not_cut_off(workshop: Workshop):
    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        yield answer(image(0, seed=7))
        # Longer than what is left of the patience, which is counted on the test's clock.
        await asyncio.sleep(0.3)
        yield answer(image(1, seed=8))

    async def nearly_over(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        workshop.clock.advance(minutes=14, seconds=57.9)
        await context.abort(grpc.StatusCode.UNAVAILABLE, "nobody is here")
        yield pb.Answer()

    workshop.engine.scripts = [nearly_over, slow]
    job = await workshop.run(await workshop.accept(an_order(2)))
    assert job.state is JobState.DELIVERED


async def test_an_engine_that_hangs_after_an_absence_is_given_up(workshop: Workshop):
    async def hang(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        await asyncio.Event().wait()
        yield pb.Answer()

    async def nearly_over(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        workshop.clock.advance(minutes=14, seconds=57.9)
        await context.abort(grpc.StatusCode.UNAVAILABLE, "nobody is here")
        yield pb.Answer()

    workshop.engine.scripts = [nearly_over, hang]
    await workshop.run(await workshop.accept())
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, TooSlow)


async def test_after_a_long_absence_of_the_bot_the_engine_is_asked_once_more(workshop: Workshop):
    workshop.engine.scripts = [AWAY]
    job = await workshop.accept()
    await workshop.database.write(workshop.store.note_waiting, job.id, workshop.clock())
    workshop.clock.advance(hours=2)
    workshop.engine.scripts = [pictures(0)]
    assert (await workshop.run(job)).state is JobState.DELIVERED


async def test_a_silent_engine_is_said_to_be_away(workshop: Workshop):
    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        await workshop.board.said_away.wait()
        yield answer(image())

    workshop.engine.scripts = [slow]
    began = workshop.clock()
    job = await workshop.run(await workshop.accept())
    assert workshop.board.aways == [began]
    assert job.state is JobState.DELIVERED
