"""Jobs as the commands look at them, and what is erased of them."""

from __future__ import annotations

import asyncio

import pytest

from jobs.delivery import CARD_IS_DUE, Shown
from jobs.errors import TooLate
from jobs.orders.order import Input
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance
from tests.generation.image.scripted import SIDE, png
from tests.jobs.harness import MEMBER, PRICE_MC, START_MC, an_order
from tests.jobs.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

INIT = Input(role="init", data=png(), size=(SIDE, SIDE))
ANSWER_LIMIT_S = 2.5


async def test_what_is_not_kept_is_too_late(closed_office: Office):
    with pytest.raises(TooLate):
        await closed_office.records.get("nothing1")
    assert not await closed_office.records.is_known("nothing1")


async def test_a_job_at_work_is_not_erased_and_the_answer_comes_in_time(closed_office: Office):
    job = await closed_office.workshop.accept()
    await closed_office.workshop.database.write(closed_office.workshop.store.start, job.id)
    began = asyncio.get_running_loop().time()
    with pytest.raises(TooLate):
        await closed_office.records.erase(job.id, MEMBER, is_moderator=False)
    assert asyncio.get_running_loop().time() - began < ANSWER_LIMIT_S


async def test_erasing_takes_results_and_uploads(office: Office):
    job, _ = await office.submit(an_order(uses_init=True), inputs=[INIT])
    await office.until_over(job.id)
    assert len(office.files(job)) == 2
    assert await office.records.uploads(job) == {"init": png()}
    await office.records.erase(job.id, MEMBER, is_moderator=False)
    assert office.files(job) == set()
    with pytest.raises(TooLate):
        await office.records.uploads(job)


async def test_what_is_shown_in_part_can_be_erased(office: Office):
    """The rest of it is due again for a day, and must not come back."""
    workshop = office.workshop
    job = await workshop.accept(an_order(3), f"partly{workshop.guild_id}")
    await workshop.steps.generate(job.id)
    await workshop.steps.close(job.id, None, Shown(count=2, is_result_due=True))
    # Who only looks for it takes nothing away.
    with pytest.raises(TooLate):
        await office.records.once_over(await workshop.job(job.id))
    assert (await workshop.job(job.id)).show_at is not None
    erased = await office.records.erase(job.id, MEMBER, is_moderator=False)
    assert (erased.state, erased.show_at) == (JobState.DELIVERED, None)
    assert office.files(job) == set()
    assert await workshop.balance() == Balance(START_MC - 2 * PRICE_MC, 0)


async def test_the_due_card_of_what_was_erased_does_not_come_back(office: Office):
    workshop = office.workshop
    job = await workshop.accept(job_id=f"due{workshop.guild_id}")
    await workshop.steps.close(job.id, None, CARD_IS_DUE)
    assert (await workshop.job(job.id)).show_at is not None
    erased = await office.records.erase(job.id, MEMBER, is_moderator=False)
    assert (erased.state, erased.show_at) == (JobState.FAILED, None)


async def test_what_is_to_be_shown_later_is_no_repeat_at_work(closed_office: Office):
    workshop = closed_office.workshop
    job = await workshop.accept()
    await workshop.steps.close(job.id, None, Shown(is_result_due=True))
    assert await closed_office.records.repeats("key-") == (1, False)


async def test_repeats_are_counted(closed_office: Office):
    assert await closed_office.records.repeats("key-") == (0, False)
    await closed_office.workshop.accept()
    assert await closed_office.records.repeats("key-") == (1, True)
    await closed_office.cancellation.cancel("job1", MEMBER, is_moderator=False)
    assert await closed_office.records.repeats("key-") == (1, False)
    assert await closed_office.records.is_taken("key-job1")
