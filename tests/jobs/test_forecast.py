"""What a new job has to expect, before it is accepted."""

from __future__ import annotations

import pytest

from jobs.errors import QueueFull
from tests.jobs.harness import MEMBER, PRICE_MC
from tests.jobs.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_wait_estimate_counts_what_is_ahead(closed_office: Office):
    workshop, jobs = closed_office.workshop, closed_office.forecast()
    terms = await workshop.limits.terms(workshop.guild_id, MEMBER, frozenset())
    assert (await jobs.wait_estimate(terms, "sd", PRICE_MC)).ahead == 0
    await workshop.accept(job_id="job1")
    await workshop.accept(job_id="job2")
    wait_estimate = await jobs.wait_estimate(terms, "sd", PRICE_MC)
    assert (wait_estimate.ahead, wait_estimate.ready_in) == (2, None)


async def test_too_many_that_wait_are_refused(closed_office: Office):
    workshop = closed_office.workshop
    jobs = closed_office.forecast(most_waiting=1)
    terms = await workshop.limits.terms(workshop.guild_id, MEMBER, frozenset())
    await jobs.wait_estimate(terms, "sd", PRICE_MC)
    await workshop.accept(job_id="job1")
    with pytest.raises(QueueFull):
        await jobs.wait_estimate(terms, "sd", PRICE_MC)
