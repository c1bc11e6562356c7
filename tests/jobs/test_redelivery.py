"""Ends of jobs that Discord did not take: shown later, paid for then, and given up after a day."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from generation.errors import Filtered
from jobs.delivery import Shown
from jobs.errors import NotShown, TooLate
from jobs.failure import restore
from jobs.patience import (
    CARD_LIMIT,
    FIRST_GAP,
    LONGEST_GAP,
    RESULT_LIMIT,
    next_card_at,
    next_result_at,
)
from jobs.redelivery import CLAIMED_FOR
from storage.jobs import history, redeliveries, retention
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance
from tests.jobs.harness import PRICE_MC, START_MC, Workshop, an_order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from storage.jobs.jobs import Job

HELD = Balance(START_MC - PRICE_MC, PRICE_MC)
PAID = Balance(START_MC - PRICE_MC, 0)
UNTOUCHED = Balance(START_MC, 0)


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncGenerator[Workshop]:
    async with Workshop(tmp_path) as workshop:
        yield workshop


async def unshown(workshop: Workshop) -> Job:
    """A job whose picture is drawn while Discord is away."""
    workshop.board.is_discord_away = True
    return await workshop.run(await workshop.accept())


async def sweep(workshop: Workshop, **later: float) -> int:
    """Look after some time; how many ends were shown."""
    workshop.clock.advance(**(later or {"hours": 1}))
    return await workshop.redelivery.sweep()


async def test_a_picture_is_shown_and_paid_when_discord_is_back(workshop: Workshop):
    job = await unshown(workshop)
    assert (job.state, job.finished_at) == (JobState.DELIVERING, None)
    assert await workshop.balance() == HELD
    assert await sweep(workshop) == 0
    workshop.board.is_discord_away = False
    assert await sweep(workshop) == 1
    assert workshop.board.results == [(1, None)]
    job = await workshop.job()
    assert (job.state, job.show_at, job.interaction_token) == (JobState.DELIVERED, None, None)
    assert await workshop.balance() == PAID
    assert await sweep(workshop) == 0


async def test_why_not_all_was_made_is_told_later_too(workshop: Workshop):
    workshop.board.is_discord_away = True
    job = await workshop.accept(an_order(2))
    await workshop.steps.generate(job.id)
    failure = {"error": "TooSlow", "detail": "", "retry_after": None}
    await workshop.steps.close(job.id, failure, await workshop.steps.deliver(job.id, failure))
    workshop.board.is_discord_away = False
    assert await sweep(workshop) == 1
    ((made, why),) = workshop.board.results
    assert (made, type(why)) == (1, type(restore(failure)))


async def test_what_is_to_be_shown_later_is_no_job_at_work(workshop: Workshop):
    job = await unshown(workshop)
    account = workshop.account
    count = workshop.store.count_open_of
    assert await workshop.database.read(count, account.guild_id, account.member_id) == 0
    assert await workshop.database.read(workshop.store.unclosed) == []
    assert await workshop.database.read(workshop.store.at_work, workshop.clock()) == []
    assert not await workshop.cancel(job.id)


async def test_after_a_day_it_is_given_up_and_nothing_charged(workshop: Workshop):
    await unshown(workshop)
    assert await sweep(workshop, hours=25) == 0
    job = await workshop.job()
    assert job.state is JobState.FAILED
    assert isinstance(restore(job.failure or {}), NotShown)
    assert await workshop.balance() == UNTOUCHED
    # Its card still says that it is being drawn, so that is told when Discord takes it.
    workshop.board.is_discord_away = False
    assert await sweep(workshop, days=2) == 1
    ((what, failure),) = workshop.board.shown
    assert (what, type(failure)) == ("failed", NotShown)
    assert await sweep(workshop, days=2) == 0


async def test_what_was_shown_beside_a_question_is_paid_after_a_day(workshop: Workshop):
    workshop.board.is_discord_away = True
    job = await workshop.accept(an_order(3))
    await workshop.steps.generate(job.id)
    note = workshop.store.note_message
    await workshop.database.write(note, job.id, 100, shown_count=1)
    await workshop.steps.close(job.id, None, await workshop.steps.deliver(job.id, None))
    assert await sweep(workshop, hours=25) == 0
    assert (await workshop.job()).state is JobState.DELIVERED
    assert await workshop.balance() == PAID


async def test_a_result_that_breaks_off_is_given_up_after_a_day(workshop: Workshop):
    await unshown(workshop)
    workshop.board.is_discord_away, workshop.board.trouble = (
        False,
        RuntimeError("a mistake of ours"),
    )
    assert await sweep(workshop) == 0
    assert await workshop.balance() == HELD
    assert await sweep(workshop, hours=25) == 0
    assert await workshop.balance() == UNTOUCHED


async def test_what_is_erased_while_it_is_shown_is_taken_back(workshop: Workshop):
    await unshown(workshop)
    workshop.board.is_discord_away = False
    workshop.board.before_result.clear()
    workshop.board.go_on.clear()
    workshop.clock.advance(hours=1)
    sweeping = asyncio.create_task(workshop.redelivery.sweep())
    await workshop.board.before_result.wait()
    # As the board reads its files late, they stay until then; Discord has them already.
    await workshop.database.write(history.note_erased, "job1", workshop.clock())
    workshop.board.go_on.set()
    await sweeping
    assert [what for what, _ in workshop.board.shown] == ["result", "taken back"]


async def test_the_card_of_a_failed_job_is_brought_up_to_date(workshop: Workshop):
    workshop.board.is_discord_away = True
    job = await workshop.accept()
    await workshop.steps.close(job.id, None, await workshop.steps.deliver(job.id, None))
    assert (await workshop.job()).state is JobState.FAILED
    assert await workshop.balance() == UNTOUCHED
    assert await sweep(workshop) == 0
    workshop.board.is_discord_away = False
    assert await sweep(workshop) == 1
    assert [what for what, _ in workshop.board.shown] == ["failed"]
    assert await sweep(workshop, days=2) == 0


async def test_why_there_is_no_result_is_told_later_too(workshop: Workshop):
    workshop.board.is_discord_away = True
    job = await workshop.accept()
    await workshop.steps.generate(job.id)
    await workshop.artifacts.withhold(job.id, 0)
    await workshop.steps.close(job.id, None, await workshop.steps.deliver(job.id, None))
    workshop.board.is_discord_away = False
    assert await sweep(workshop) == 1
    ((what, failure),) = workshop.board.shown
    assert (what, type(failure)) == ("failed", Filtered)


async def test_what_was_not_paid_for_is_not_shown_after_the_end(workshop: Workshop):
    workshop.board.is_discord_away = True
    job = await workshop.accept(an_order(3))
    await workshop.steps.generate(job.id)
    note = workshop.store.note_message
    await workshop.database.write(note, job.id, 100, shown_count=1)
    await workshop.steps.close(job.id, None, await workshop.steps.deliver(job.id, None))
    assert await sweep(workshop, hours=25) == 0
    workshop.board.is_discord_away = False
    assert await sweep(workshop, days=2) == 1
    assert [made for made, _ in workshop.board.results] == [1]


async def test_a_card_whose_order_is_not_kept_any_more_stays(workshop: Workshop):
    job = await workshop.run(await workshop.accept())
    workshop.clock.advance(days=40)
    await workshop.database.write(retention.forget_words, workshop.clock(), 1)
    await workshop.redelivery.show(await workshop.redelivery.take(job.id, "newer"))
    assert (await workshop.job()).show_at is None


async def test_the_card_of_a_cancelled_job_is_brought_up_to_date(workshop: Workshop):
    workshop.board.is_discord_away = True
    job = await workshop.accept()
    assert await workshop.cancel()
    job = await workshop.run(job)
    assert (job.state, job.interaction_token) == (JobState.CANCELLED, "token")
    workshop.board.is_discord_away = False
    assert await sweep(workshop) == 1
    assert workshop.board.shown == [("cancelled", None)]
    assert (await workshop.job()).interaction_token is None


async def test_a_process_that_dies_before_it_shows_an_end_leaves_it_due(workshop: Workshop):
    job = await workshop.accept()
    job = replace(job, state=JobState.RUNNING)
    workshop.board.is_discord_away = True
    assert await workshop.settlement.abandon(job)
    assert not await workshop.settlement.abandon(job)
    workshop.board.is_discord_away = False
    assert await sweep(workshop) == 1
    assert [what for what, _ in workshop.board.shown] == ["failed"]


async def test_a_repeated_workflow_does_not_open_it_again(workshop: Workshop):
    job = await unshown(workshop)
    workshop.board.is_discord_away = False
    assert await sweep(workshop) == 1
    again = Shown(is_result_due=True)
    await workshop.steps.close(job.id, None, again)
    assert (await workshop.job()).show_at is None
    assert await workshop.balance() == PAID


async def test_one_process_at_a_time_shows_it(workshop: Workshop):
    job = await unshown(workshop)
    workshop.clock.advance(hours=1)
    now = workshop.clock()
    assert await workshop.database.write(redeliveries.claim, job.id, now, now + CLAIMED_FOR)
    workshop.board.is_discord_away = False
    assert await workshop.redelivery.sweep() == 0
    # That process died.
    assert await sweep(workshop, seconds=CLAIMED_FOR.total_seconds()) == 1


async def test_a_press_shows_it_by_its_own_token(workshop: Workshop):
    job = await unshown(workshop)
    workshop.board.is_discord_away = False
    workshop.clock.advance(seconds=10)
    taken = await workshop.redelivery.take(job.id, "newer")
    assert (taken.interaction_token, taken.token_given_at) == ("newer", workshop.clock())
    assert await workshop.redelivery.show(taken)
    assert await workshop.balance() == PAID


async def test_a_press_shows_the_end_of_what_is_over(workshop: Workshop):
    """As on a card that was left by a version that did not try again."""
    job = await workshop.run(await workshop.accept())
    assert await workshop.redelivery.show(await workshop.redelivery.take(job.id, "newer"))
    assert workshop.board.results == [(1, None)] * 2
    assert await workshop.balance() == PAID


async def test_what_is_at_work_is_not_taken(workshop: Workshop):
    job = await workshop.accept()
    await workshop.steps.generate(job.id)
    with pytest.raises(TooLate):
        await workshop.redelivery.take(job.id, "newer")


def test_the_gaps_grow():
    since = datetime(2026, 11, 21, tzinfo=UTC)
    tries: list[timedelta] = []
    at = next_result_at(since, since)
    while at is not None:
        tries.append(at - since)
        at = next_result_at(at, since)
    assert tries[0] == FIRST_GAP
    assert tries[-1] == RESULT_LIMIT
    gaps = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert max(gaps) == LONGEST_GAP
    assert len(tries) < 50
    assert next_card_at(since + CARD_LIMIT, since) is None
