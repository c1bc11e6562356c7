"""The workflow of an image job: each step by itself, and whatever happens in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from generation.errors import (
    BadRequest,
    Filtered,
    GarbledAnswer,
    Unauthorized,
)
from generation.wire import generation_pb2 as pb
from jobs.delivery import Shown
from jobs.kinds.engine_wait import GARBLED_TRIES
from jobs.runner.slots import EngineSlots
from storage.jobs.jobs import JobState
from tests.generation.image.scripted import answer, answers, fails, image, verdict
from tests.jobs.harness import ENGINE_ID, PRICE_MC, Workshop, an_order
from tests.jobs.kinds.drawn import AWAY, UNTOUCHED, paid, pictures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.generation.image.scripted import Script


async def test_a_picture_is_drawn_shown_and_paid(workshop: Workshop):
    job = await workshop.run(await workshop.accept())
    assert job.state is JobState.DELIVERED
    assert job.interaction_token is None
    assert workshop.board.shown == [("result", (1, None))]
    assert await workshop.balance() == paid(1)


async def test_a_picture_that_was_shown_is_not_called_cancelled(workshop: Workshop):
    """The engine may begin a job again that has ended since, in the same process."""
    job = await workshop.run(await workshop.accept())
    assert (await workshop.steps.deliver(job.id, None)).count == 0
    assert workshop.board.shown == [("result", (1, None))]


async def test_a_picture_that_was_drawn_before_a_crash_waits_for_no_slot(workshop: Workshop):
    job = await workshop.accept()
    await workshop.steps.generate(job.id)
    workshop.slots = EngineSlots({ENGINE_ID: 1})
    await workshop.open()
    async with workshop.slots.of(ENGINE_ID):
        job = await workshop.run(job)
    assert job.state is JobState.DELIVERED


async def test_the_estimate_learns_from_it(workshop: Workshop):
    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        workshop.clock.advance(seconds=3)
        yield answer(image())

    workshop.engine.scripts = [slow]
    await workshop.run(await workshop.accept())
    wait_estimate = await workshop.database.read(
        workshop.estimate.wait_estimate, "sd", 2 * PRICE_MC, 0, workshop.account
    )
    assert wait_estimate.ready_in == timedelta(seconds=6)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (fails(grpc.StatusCode.INVALID_ARGUMENT, "size: too large"), BadRequest),
        (answers(answer(pb.Artifact(type=pb.ARTIFACT_TEXT, finish_reason=pb.FILTER))), Filtered),
        (fails(grpc.StatusCode.UNAUTHENTICATED, "bad key"), Unauthorized),
    ],
)
async def test_a_refusal_is_shown_and_costs_nothing(
    workshop: Workshop, script: Script, kind: type[Exception]
):
    workshop.engine.scripts = [script]
    job = await workshop.run(await workshop.accept())
    ((what, failure),) = workshop.board.shown
    assert (what, type(failure)) == ("failed", kind)
    assert job.state is JobState.FAILED
    assert job.failure
    assert job.failure["error"] == kind.__name__
    assert await workshop.balance() == UNTOUCHED
    assert bool(workshop.board.alerts) == (kind is Unauthorized)


async def test_garbage_gets_a_few_tries(workshop: Workshop):
    workshop.engine.scripts = [answers(answer(image(data=b"no picture")))]
    await workshop.run(await workshop.accept())
    assert len(workshop.engine.requests) == GARBLED_TRIES
    ((_, failure),) = workshop.board.shown
    assert isinstance(failure, GarbledAnswer)


async def test_a_verdict_after_the_picture_withholds_it(workshop: Workshop):
    workshop.engine.scripts = [
        answers(
            answer(image(0, seed=7), image(1, seed=8)),
            answer(verdict(pb.ACTION_OBFUSCATE, 1)),
        )
    ]
    job = await workshop.run(await workshop.accept(an_order(2)))
    ((_, (count, failure)),) = workshop.board.shown
    assert (count, type(failure)) == (1, Filtered)
    assert job.state is JobState.DELIVERED
    assert await workshop.balance() == paid(1)
    files = list((workshop.folder / "artifacts").rglob("*.png"))
    assert len(files) == 1


@pytest.mark.parametrize("fails_then", [False, True])
async def test_a_request_that_is_not_answered_lets_the_next_one_go_ahead(
    workshop: Workshop, *, fails_then: bool
):
    has_come = asyncio.Event()

    async def late(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        await has_come.wait()
        if fails_then:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no")
        yield answer(image(seed=7))

    async def at_once(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        yield answer(image(seed=8))
        has_come.set()

    workshop.engine.scripts = [late, at_once]
    job = await workshop.run(await workshop.accept(an_order(1, 1)))
    assert job.state is JobState.DELIVERED
    ((made, failure),) = workshop.board.results
    assert (made, isinstance(failure, BadRequest)) == ((1, True) if fails_then else (2, False))
    assert len(workshop.engine.requests) == 2
    assert await workshop.balance() == paid(made)


async def test_after_a_failure_no_other_request_is_begun(workshop: Workshop):
    workshop.engine.scripts = [fails(grpc.StatusCode.INVALID_ARGUMENT, "no"), pictures(0)]
    job = await workshop.run(await workshop.accept(an_order(1, 1, 1)))
    assert job.state is JobState.FAILED
    assert len(workshop.engine.requests) == 1


async def test_cancelling_while_it_waits_asks_no_more(workshop: Workshop):
    workshop.engine.scripts = [AWAY]
    job = await workshop.accept()

    async def cancel_while_it_sleeps(seconds: float) -> None:
        await workshop.cancel()
        await asyncio.Event().wait()

    workshop.clock.sleep = cancel_while_it_sleeps
    await workshop.open()
    job = await workshop.run(job)
    assert len(workshop.engine.requests) == 1
    assert job.state is JobState.CANCELLED
    assert await workshop.balance() == UNTOUCHED


async def test_a_job_that_is_begun_twice_in_one_process_ends_well(workshop: Workshop):
    """It was taken for lost, came back to its queue and was taken up beside its first run."""
    first, second = asyncio.Event(), asyncio.Event()

    def held(until: asyncio.Event):
        async def script(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
            await until.wait()
            yield answer(image(0))

        return script

    workshop.engine.scripts = [held(first), fails(grpc.StatusCode.UNAVAILABLE), held(second)]
    job = await workshop.accept()
    runs = [asyncio.create_task(workshop.steps.generate(job.id)) for _ in range(2)]
    await workshop.board.said_away.wait()
    first.set()
    await asyncio.wait(runs, return_when=asyncio.FIRST_COMPLETED)
    second.set()
    assert [await run for run in runs] == [{"failure": None}] * 2


async def test_cancelling_reaches_the_server(workshop: Workshop):
    async def hang(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        await asyncio.Event().wait()
        yield pb.Answer()

    workshop.engine.scripts = [hang]
    running = asyncio.create_task(workshop.run(await workshop.accept()))
    await workshop.engine.called.wait()
    assert await workshop.cancel()
    job = await running
    async with asyncio.timeout(5):
        await workshop.engine.cancelled.wait()
    assert job.state is JobState.CANCELLED
    assert workshop.board.shown == [("cancelled", None)]
    assert await workshop.balance() == UNTOUCHED


async def test_cancelling_is_too_late_once_the_pictures_are_kept(workshop: Workshop):
    job = await workshop.accept()
    outcome = await workshop.steps.generate(job.id)
    assert (await workshop.job()).state is JobState.DELIVERING
    assert not await workshop.cancel()
    shown = await workshop.steps.deliver(job.id, outcome.get("failure"))
    await workshop.steps.close(job.id, outcome.get("failure"), shown)
    assert workshop.board.shown == [("result", (1, None))]
    assert await workshop.balance() == paid(1)


async def test_cancelling_a_job_that_failed_counts_until_it_is_delivered(workshop: Workshop):
    workshop.engine.scripts = [fails(grpc.StatusCode.INVALID_ARGUMENT, "size: too large")]
    job = await workshop.accept()
    outcome = await workshop.steps.generate(job.id)
    assert await workshop.cancel()
    shown = await workshop.steps.deliver(job.id, outcome.get("failure"))
    await workshop.steps.close(job.id, outcome.get("failure"), shown)
    assert workshop.board.shown == [("cancelled", None)]
    assert (await workshop.job()).state is JobState.CANCELLED
    assert await workshop.balance() == UNTOUCHED


async def test_cancelling_is_too_late_once_the_pictures_are_on_their_way(workshop: Workshop):
    workshop.board.go_on.clear()
    running = asyncio.create_task(workshop.run(await workshop.accept()))
    await workshop.board.before_result.wait()
    assert not await workshop.cancel()
    workshop.board.go_on.set()
    assert (await running).state is JobState.DELIVERED
    assert await workshop.balance() == paid(1)


async def test_a_job_that_was_cancelled_in_the_queue_is_over(workshop: Workshop):
    job = await workshop.accept()
    await workshop.cancel()
    await workshop.steps.close(job.id, None, Shown(count=0))
    assert (await workshop.job()).state is JobState.CANCELLED
    assert await workshop.steps.generate(job.id) == {"over": True}
    assert workshop.engine.requests == []
    assert workshop.board.shown == [("cancelled", None)]


async def test_a_repeated_generation_asks_only_for_what_is_missing(workshop: Workshop):
    workshop.engine.scripts = [pictures(0), fails(grpc.StatusCode.INVALID_ARGUMENT, "x: y")]
    job = await workshop.accept(an_order(1, 1))
    await workshop.steps.generate(job.id)
    workshop.engine.scripts = [pictures(0)]
    asked = len(workshop.engine.requests)
    assert await workshop.steps.generate(job.id) == {"failure": None}
    assert len(workshop.engine.requests) == asked + 1
    assert [one.position for one in await workshop.artifacts.of_job(job.id)] == [0, 1]


async def test_every_step_may_be_repeated(workshop: Workshop):
    job = await workshop.accept()
    for _ in range(3):
        assert await workshop.steps.generate(job.id) == {"failure": None}
    for _ in range(3):
        assert (await workshop.steps.deliver(job.id, None)).count == 1
    for _ in range(3):
        await workshop.steps.close(job.id, None, Shown(count=1))
    assert len(workshop.engine.requests) == 1
    assert (await workshop.job()).state is JobState.DELIVERED
    assert await workshop.balance() == paid(1)


async def test_a_second_close_changes_nothing(workshop: Workshop):
    job = await workshop.run(await workshop.accept())
    workshop.clock.advance(minutes=1)
    await workshop.steps.close(job.id, {"error": "Interrupted"}, Shown(count=0))
    assert await workshop.job() == job
    assert await workshop.balance() == paid(1)


@pytest.mark.parametrize(("room_for", "state"), [(0, JobState.FAILED), (2, JobState.DELIVERED)])
async def test_only_what_could_be_shown_is_charged(
    workshop: Workshop, room_for: int, state: JobState
):
    workshop.engine.scripts = [pictures(0, 1, 2)]
    workshop.board.room_for = room_for
    job = await workshop.run(await workshop.accept(an_order(3)))
    assert job.state is state
    assert await workshop.balance() == paid(room_for)


async def test_an_upload_that_is_gone_ends_the_job(workshop: Workshop):
    """It was erased between the acceptance and the start."""
    job = await workshop.run(await workshop.accept(an_order(uses_init=True)))
    assert job.state is JobState.FAILED
    assert workshop.engine.requests == []
    assert await workshop.balance() == UNTOUCHED
