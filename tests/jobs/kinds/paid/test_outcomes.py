"""Each picture of a job has its own end: what one submit was answered is nothing to the others."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from generation.errors import BadRequest, Declined, EngineFailed, Filtered, Unauthorized
from generation.hosts.host import HostState
from jobs.errors import Cancelled, GivenUp, NotAnswered
from jobs.kinds.paid_pictures import IN_FLIGHT
from storage import overview
from storage.jobs.jobs import JobState
from storage.ledger.entries import BillReason
from storage.overview import Billed
from tests.generation.stability.asking import flat
from tests.generation.stability.service import (
    BAD_KEY,
    BROKEN,
    FLAGGED,
    RATE,
    hangs_up,
    refuses,
    says,
)
from tests.jobs.kinds.paid.harness import EACH_MC, SEED, PaidWorkshop
from tests.media.recipes import read_recipe

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

    from tests.generation.stability.service import Script

BOTH = [SEED, SEED + 1]


async def test_each_picture_is_one_submit(workshop: PaidWorkshop):
    job = await workshop.run(await workshop.accept_pictures())
    assert job.state is JobState.DELIVERED
    assert workshop.submitted == BOTH
    assert await workshop.kept_seeds() == BOTH
    assert workshop.board.steps == [1, 2]
    assert await workshop.pays(2)


async def test_its_recipe_has_no_steps(workshop: PaidWorkshop):
    await workshop.run(await workshop.accept_pictures(1))
    recipe = read_recipe(workshop.board.files[0][0])
    assert recipe is not None
    assert (recipe.steps, recipe.cfg_scale, recipe.seed) == (None, None, SEED)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (refuses(400, "bad_request", "prompt: too long"), BadRequest),
        (refuses(403, "content_moderation", FLAGGED), Declined),
    ],
)
async def test_one_that_is_refused_does_not_touch_the_other(
    workshop: PaidWorkshop, script: Script, error: type[Exception]
):
    workshop.service.by_seed[str(SEED)] = [script]
    job = await workshop.run(await workshop.accept_pictures())
    assert job.state is JobState.DELIVERED
    assert workshop.submitted == BOTH
    ((made, failure),) = workshop.board.results
    assert (made, type(failure)) == (1, error)
    assert workshop.board.questions == []
    assert await workshop.pays(1)


async def test_one_that_is_filtered_is_the_operators(workshop: PaidWorkshop):
    filtered = says(
        200, flat(), content_type="image/png", finish_reason="CONTENT_FILTERED", seed="42"
    )
    workshop.service.by_seed[str(SEED)] = [filtered]
    job = await workshop.run(await workshop.accept_pictures())
    assert job.state is JobState.DELIVERED
    ((made, failure),) = workshop.board.results
    assert (made, type(failure)) == (1, Filtered)
    assert await workshop.pays(1, billed=1)
    month = job.accepted_at.replace(day=1)
    billed = await workshop.database.read(overview.billed, month)
    assert billed == {BillReason.FILTERED: Billed(1, EACH_MC)}
    assert await workshop.database.read(overview.spent_mc, 1, month) == 2 * EACH_MC


async def test_all_are_filtered(workshop: PaidWorkshop):
    workshop.service.filters = True
    job = await workshop.run(await workshop.accept_pictures())
    assert job.state is JobState.FAILED
    assert await workshop.pays(0, billed=2)


async def test_what_was_filtered_is_known_after_a_crash(workshop: PaidWorkshop):
    workshop.service.filters = True
    job = await workshop.accept_pictures()
    await workshop.steps.generate(job.id)
    await workshop.restart()
    job = await workshop.run(job)
    assert job.state is JobState.FAILED
    assert workshop.submitted == BOTH
    assert await workshop.pays(0, billed=2)


async def test_what_was_filtered_is_billed_though_the_job_is_abandoned(workshop: PaidWorkshop):
    workshop.service.filters = True
    job = await workshop.accept_pictures(1)
    await workshop.steps.generate(job.id)
    assert await workshop.settlement.abandon(await workshop.job())
    assert await workshop.pays(0, billed=1)


async def test_a_refused_key_is_the_operators_to_know(workshop: PaidWorkshop):
    workshop.service.by_seed[str(SEED + 1)] = [refuses(401, "unauthorized", BAD_KEY)]
    workshop.service.by_seed[str(SEED)] = [refuses(403, "content_moderation", FLAGGED)]
    job = await workshop.run(await workshop.accept_pictures(3))
    assert job.state is JobState.DELIVERED
    ((made, failure),) = workshop.board.results
    assert (made, type(failure)) == (1, Unauthorized)
    assert workshop.board.alerts
    assert workshop.host_of_pictures.state is HostState.OFF
    assert await workshop.pays(1)


async def test_one_over_the_rate_limit_is_repeated_when_it_may(workshop: PaidWorkshop):
    busy = refuses(429, "rate_limit_exceeded", RATE, retry_after="60")
    workshop.service.by_seed[str(SEED)] = [busy]
    job = await workshop.run(await workshop.accept_pictures(1))
    assert job.state is JobState.DELIVERED
    assert workshop.submitted == [SEED, SEED]
    assert sum(workshop.clock.slept) >= 60
    assert await workshop.pays(1)


@pytest.mark.parametrize(("times", "made"), [(2, 2), (3, 1)])
async def test_one_that_failed_is_tried_three_times_in_all(
    workshop: PaidWorkshop, times: int, made: int
):
    broken = refuses(500, "internal_error", BROKEN)
    workshop.service.by_seed[str(SEED)] = [broken] * times
    job = await workshop.run(await workshop.accept_pictures())
    assert job.state is JobState.DELIVERED
    assert workshop.submitted.count(SEED) == 3
    ((shown, failure),) = workshop.board.results
    assert shown == made
    assert type(failure) is (EngineFailed if made == 1 else type(None))
    assert workshop.board.questions == []
    assert await workshop.pays(made)


@pytest.mark.parametrize(
    "script",
    [
        hangs_up,
        says(502, b"<html>bad gateway</html>", content_type="text/html"),
        says(200, b"", content_type="image/png", finish_reason="SUCCESS"),
        says(200, b"no picture", content_type="image/png", finish_reason="SUCCESS"),
    ],
)
async def test_lost_ones_are_sent_again_at_their_authors_word(
    workshop: PaidWorkshop, script: Script
):
    for seed in BOTH:
        workshop.service.by_seed[str(seed)] = [script]

    async def press() -> None:
        assert workshop.submitted == [*BOTH, SEED + 2]
        assert await workshop.answer(wants_again=True)

    workshop.board.on_question = press
    job = await workshop.run(await workshop.accept_pictures(3))
    assert job.state is JobState.DELIVERED
    assert workshop.board.questions == [(0, 2)]
    assert workshop.submitted == sorted([*BOTH, *BOTH, SEED + 2])
    assert await workshop.kept_seeds() == [*BOTH, SEED + 2]
    # The first sendings may have been paid too, which is the operator's to know.
    assert await workshop.pays(3, billed=2)


async def test_each_lost_sending_is_the_operators(workshop: PaidWorkshop):
    workshop.service.by_seed[str(SEED)] = [hangs_up, hangs_up]

    async def press() -> None:
        assert await workshop.answer(wants_again=len(workshop.board.questions) == 1)

    workshop.board.on_question = press
    job = await workshop.run(await workshop.accept_pictures(1))
    assert workshop.submitted == [SEED, SEED]
    assert job.state is JobState.FAILED
    assert await workshop.pays(0, billed=2)
    month = job.accepted_at.replace(day=1)
    billed = await workshop.database.read(overview.billed, month)
    assert billed == {BillReason.LOST: Billed(2, 2 * EACH_MC)}


@pytest.mark.parametrize("is_answered", [True, False])
async def test_lost_ones_that_are_let_go_cost_their_author_nothing(
    workshop: PaidWorkshop, is_answered: bool
):
    workshop.service.by_seed[str(SEED)] = [hangs_up]

    async def press() -> None:
        assert await workshop.answer(wants_again=False)

    workshop.board.on_question = press if is_answered else None
    job = await workshop.run(await workshop.accept_pictures())
    assert job.state is JobState.DELIVERED
    ((made, failure),) = workshop.board.results
    assert (made, type(failure)) == (1, GivenUp if is_answered else NotAnswered)
    assert workshop.submitted == BOTH
    # It may have been paid, which is the operator's to know.
    assert await workshop.pays(1, billed=1)
    # An hour of thinking says nothing of the engine.
    assert await workshop.database.read(workshop.estimate.duration, job.engine_id, 3_000) is None


async def test_it_is_asked_again_when_discord_is_back(workshop: PaidWorkshop):
    workshop.service.by_seed[str(SEED)] = [hangs_up]
    board = workshop.board
    board.away_until = workshop.clock() + timedelta(minutes=20)

    async def press() -> None:
        assert await workshop.answer(wants_again=True)

    board.on_question = press
    await workshop.run(await workshop.accept_pictures(1))
    assert board.questions == [(0, 1)]
    assert 10 <= len(board.unasked_at) <= 20
    assert await workshop.pays(1, billed=1)


async def test_an_hour_without_discord_is_over(workshop: PaidWorkshop):
    workshop.service.by_seed[str(SEED)] = [hangs_up]
    workshop.board.away_until = workshop.clock() + timedelta(hours=2)
    job = await workshop.run(await workshop.accept_pictures(1))
    assert job.state is JobState.FAILED
    assert workshop.board.questions == []
    assert await workshop.pays(0, billed=1)


async def test_one_that_was_sent_before_a_crash_is_asked_for(workshop: PaidWorkshop):
    job = await workshop.accept_pictures()
    assert await workshop.database.write(workshop.store.start, job.id)
    await workshop.database.write(workshop.segments.note_sent, job.id, 1)
    await workshop.restart()

    async def press() -> None:
        assert workshop.submitted == [SEED]
        assert await workshop.answer(wants_again=True)

    workshop.board.on_question = press
    job = await workshop.run(job)
    assert job.state is JobState.DELIVERED
    assert workshop.board.questions == [(1, 1)]
    assert workshop.submitted == BOTH


async def test_who_let_go_before_a_crash_is_not_asked_again(workshop: PaidWorkshop):
    job = await workshop.accept_pictures()
    await workshop.database.write(workshop.segments.note_sent, job.id, 0)
    await workshop.database.write(workshop.segments.ask, job.id, 0)
    assert await workshop.answer(wants_again=False)
    job = await workshop.run(job)
    assert workshop.board.questions == []
    assert workshop.submitted == [SEED + 1]
    ((made, failure),) = workshop.board.results
    assert (made, type(failure)) == (1, GivenUp)


async def test_a_picture_that_is_kept_is_never_submitted_again(workshop: PaidWorkshop):
    came = asyncio.Event()

    async def never(request: web.Request) -> web.StreamResponse:
        came.set()
        return await hanging(request)

    workshop.service.by_seed[str(SEED + 1)] = [never]
    job = await workshop.accept_pictures()
    running = asyncio.create_task(workshop.run(job))
    await came.wait()
    await workshop.board.has_come.wait()
    assert await workshop.kept_seeds() == [SEED]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await workshop.restart()

    async def press() -> None:
        assert await workshop.answer(wants_again=True)

    workshop.board.on_question = press
    job = await workshop.run(job)
    assert job.state is JobState.DELIVERED
    assert workshop.board.questions == [(1, 1)]
    assert workshop.submitted == [SEED, SEED + 1, SEED + 1]
    assert await workshop.pays(2, billed=1)


async def test_what_was_not_sent_is_not_sent_after_a_cancellation(workshop: PaidWorkshop):
    count, came = IN_FLIGHT + 2, asyncio.Event()

    async def never(request: web.Request) -> web.StreamResponse:
        if len(workshop.service.submits) == IN_FLIGHT:
            came.set()
        return await hanging(request)

    for number in range(count):
        workshop.service.by_seed[str(SEED + number)] = [never]
    job = await workshop.accept_pictures(count)
    running = asyncio.create_task(workshop.run(job))
    await came.wait()
    await asyncio.sleep(0.1)
    assert len(workshop.submitted) == IN_FLIGHT
    assert await workshop.cancel()
    job = await running
    assert job.state is JobState.CANCELLED
    assert job.failure == {"error": Cancelled.__name__}
    assert len(workshop.submitted) == IN_FLIGHT
    assert workshop.board.questions == []
    # Those that were sent may have been paid.
    assert await workshop.pays(0, billed=IN_FLIGHT)


async def hanging(_request: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def test_the_reading_time_out_loses_the_answer(tmp_path: Path):
    async with PaidWorkshop(tmp_path) as workshop:
        workshop.service.by_seed[str(SEED)] = [hanging]
        workshop.read_within = timedelta(seconds=0.05)
        await workshop.restart()
        job = await workshop.run(await workshop.accept_pictures(1))
        assert job.state is JobState.FAILED
        assert workshop.board.questions == [(0, 1)]
        assert job.failure == {"error": NotAnswered.__name__}
