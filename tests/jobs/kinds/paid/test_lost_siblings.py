"""What has come of a job is shown at once, whatever became of the answer about another picture."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from generation.errors import Declined, Filtered, Unauthorized
from jobs.delivery import NOTHING_MADE
from jobs.errors import GivenUp
from storage import overview
from storage.jobs.jobs import JobState
from storage.ledger.entries import BillReason
from storage.overview import Billed
from tests.generation.stability.asking import flat
from tests.generation.stability.service import BAD_KEY, FLAGGED, RATE, hangs_up, refuses, says
from tests.jobs.kinds.paid.harness import EACH_MC, SEED, PaidWorkshop

if TYPE_CHECKING:
    from aiohttp import web

    from storage.jobs.jobs import Job


async def lost(workshop: PaidWorkshop, count: int = 2) -> Job:
    """A job of so many pictures, of which the answer about the first gets lost."""
    workshop.service.by_seed[str(SEED)] = [hangs_up]
    return await workshop.accept_pictures(count)


async def test_the_others_are_shown_beside_the_question(workshop: PaidWorkshop):
    async def press() -> None:
        (beside,) = workshop.board.beside
        assert [one.seed for one in beside.files] == [SEED + 1, SEED + 2]
        assert (beside.made, beside.failure) == (2, None)
        assert (await workshop.job()).state is JobState.DELIVERING
        assert not await workshop.cancel()
        assert await workshop.answer(wants_again=True)

    workshop.board.on_question = press
    job = await workshop.run(await lost(workshop, 3))
    assert job.state is JobState.DELIVERED
    assert await workshop.kept_seeds() == [SEED, SEED + 1, SEED + 2]
    # That of the two is shown again while the third is under way.
    assert workshop.board.steps == [1, 2, 2, 3]
    assert await workshop.pays(3, billed=1)


async def test_why_further_ones_are_missing_is_told_beside_it(workshop: PaidWorkshop):
    workshop.service.by_seed[str(SEED + 1)] = [refuses(403, "content_moderation", FLAGGED)]
    await workshop.run(await lost(workshop, 3))
    (beside,) = workshop.board.beside
    assert (beside.made, type(beside.failure)) == (1, Declined)
    assert await workshop.pays(1, billed=1)


async def test_a_withheld_one_is_not_shown_beside_it(workshop: PaidWorkshop):
    filtered = says(200, flat(), content_type="image/png", finish_reason="CONTENT_FILTERED")
    workshop.service.by_seed[str(SEED + 1)] = [filtered]
    await workshop.run(await lost(workshop, 3))
    (beside,) = workshop.board.beside
    assert [one.seed for one in beside.files] == [SEED + 2]
    assert type(beside.failure) is Filtered
    assert await workshop.pays(1, billed=2)


async def test_where_nothing_has_come_the_question_stands_alone(workshop: PaidWorkshop):
    async def press() -> None:
        assert (await workshop.job()).state is JobState.RUNNING
        assert await workshop.cancel()

    workshop.board.on_question = press
    job = await workshop.run(await lost(workshop, 1))
    assert job.state is JobState.CANCELLED
    assert workshop.board.beside == [NOTHING_MADE]
    assert await workshop.pays(0, billed=1)


async def test_the_operator_hears_of_a_refused_key_at_once_and_once(workshop: PaidWorkshop):
    workshop.service.by_seed[str(SEED + 1)] = [refuses(401, "unauthorized", BAD_KEY)]

    heard: list[str] = []

    async def press() -> None:
        heard.extend(workshop.board.alerts)
        assert await workshop.answer(wants_again=False)

    workshop.board.on_question = press
    job = await workshop.run(await lost(workshop))
    assert heard == [f"{Unauthorized.__name__}: {BAD_KEY} (engine {job.engine_id})"]
    assert workshop.board.alerts == heard


@pytest.mark.parametrize("comes_first", [True, False])
async def test_what_has_come_is_shown_while_another_is_tried_again(
    workshop: PaidWorkshop, comes_first: bool
):
    is_busy, was_seen = refuses(429, "rate_limit_exceeded", RATE, retry_after="60"), False

    async def first(request: web.Request) -> web.StreamResponse:
        if comes_first:
            await workshop.board.has_come.wait()
        return await is_busy(request)

    async def second(request: web.Request) -> web.StreamResponse:
        nonlocal was_seen
        await workshop.board.has_come.wait()
        was_seen = (await workshop.job()).state is JobState.DELIVERING
        assert not await workshop.cancel()
        return await is_busy(request)

    workshop.service.by_seed[str(SEED + 1)] = [first, second]
    job = await workshop.run(await workshop.accept_pictures())
    assert was_seen
    assert job.state is JobState.DELIVERED
    assert await workshop.pays(2)


async def test_a_short_pause_shows_nothing_early(workshop: PaidWorkshop):
    states: list[JobState] = []
    is_busy = refuses(429, "rate_limit_exceeded", RATE, retry_after="5")

    async def first(request: web.Request) -> web.StreamResponse:
        await workshop.board.has_come.wait()
        return await is_busy(request)

    async def second(request: web.Request) -> web.StreamResponse:
        states.append((await workshop.job()).state)
        return await is_busy(request)

    workshop.service.by_seed[str(SEED + 1)] = [first, second]
    await workshop.run(await workshop.accept_pictures())
    assert states == [JobState.RUNNING]


@pytest.mark.parametrize("wants_again", [True, False])
async def test_a_crash_while_it_is_asked_shows_the_same_again(
    workshop: PaidWorkshop, wants_again: bool
):
    asked = asyncio.Event()

    async def think() -> None:
        asked.set()
        await asyncio.Event().wait()

    workshop.board.on_question = think
    job = await lost(workshop)
    running = asyncio.create_task(workshop.run(job))
    await asked.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await workshop.restart()

    async def press() -> None:
        assert (await workshop.job()).state is JobState.DELIVERING
        assert not await workshop.cancel()
        assert await workshop.answer(wants_again=wants_again)

    workshop.board.on_question = press
    job = await workshop.run(job)
    assert job.state is JobState.DELIVERED
    assert [[one.seed for one in beside.files] for beside in workshop.board.beside] == [
        [SEED + 1],
        [SEED + 1],
    ]
    ((made, failure),) = workshop.board.results
    assert (made, type(failure)) == ((2, type(None)) if wants_again else (1, GivenUp))
    assert await workshop.pays(made, billed=1)


async def test_one_lost_to_a_kill_and_never_resolved_is_the_operators(workshop: PaidWorkshop):
    job = await workshop.accept_pictures()
    assert await workshop.database.write(workshop.store.start, job.id)
    await workshop.database.write(workshop.segments.note_sent, job.id, 1)
    assert await workshop.settlement.abandon(await workshop.job())
    assert await workshop.pays(0, billed=1)
    month = job.accepted_at.replace(day=1)
    billed = await workshop.database.read(overview.billed, month)
    assert billed == {BillReason.LOST: Billed(1, EACH_MC)}


async def test_one_that_was_refused_before_a_kill_is_nobodys(workshop: PaidWorkshop):
    job = await workshop.accept_pictures()
    assert await workshop.database.write(workshop.store.start, job.id)
    await workshop.database.write(workshop.segments.note_sent, job.id, 1)
    await workshop.database.write(workshop.segments.take_back, job.id, 1)
    assert await workshop.settlement.abandon(await workshop.job())
    assert await workshop.pays(0)
