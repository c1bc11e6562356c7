"""Accepting jobs: all or nothing, and once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from jobs.errors import NoSpace, OverBudget
from jobs.orders.order import Input
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance
from tests.generation.image.scripted import SIDE, png
from tests.jobs.harness import PRICE_MC, START_MC, Workshop, an_order
from tests.jobs.office import Office
from tests.storage.jobs.s3 import PLACE, serving_s3

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


pytestmark = pytest.mark.asyncio(loop_scope="module")

UNTOUCHED = Balance(START_MC, 0)
INIT = Input(role="init", data=png(), size=(SIDE, SIDE))


async def test_a_submitted_job_is_held_drawn_and_paid(office: Office):
    job, is_new = await office.submit()
    assert is_new
    assert (await office.until_over(job.id)).state is JobState.DELIVERED
    assert await office.workshop.balance() == Balance(START_MC - PRICE_MC, 0)


async def test_when_it_cannot_be_enqueued_nothing_happened(closed_office: Office):
    with pytest.raises(AssertionError):
        await closed_office.submit(inputs=[INIT])
    assert await closed_office.workshop.balance() == UNTOUCHED
    assert await closed_office.by_key() is None
    assert closed_office.files() == set()


async def test_a_store_that_is_away_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nor can what was begun be erased then; that hides not why it was refused."""
    async with serving_s3(monkeypatch) as s3, Workshop(tmp_path, PLACE) as workshop:
        s3.is_away = True
        with pytest.raises(NoSpace):
            await Office(workshop).submit(inputs=[INIT])
        assert await workshop.balance() == UNTOUCHED


async def test_without_the_credits_nothing_happened(office: Office):
    before = office.files()
    with pytest.raises(OverBudget) as refused:
        await office.submit(price_mc=START_MC + 1, inputs=[INIT])
    assert (refused.value.needed_mc, refused.value.available_mc) == (START_MC + 1, START_MC)
    assert await office.workshop.balance() == UNTOUCHED
    assert await office.by_key() is None
    assert office.files() == before


async def test_a_key_makes_one_job_however_often_it_is_used(office: Office):
    before = office.files()
    submitted = await asyncio.gather(
        *(office.submit(inputs=[INIT], order=an_order(uses_init=True)) for _ in range(6))
    )
    assert [is_new for _, is_new in submitted].count(True) == 1
    (job_id,) = {job.id for job, _ in submitted}
    await office.until_over(job_id)
    assert await office.workshop.balance() == Balance(START_MC - PRICE_MC, 0)
    assert {file.partition("/")[0] for file in office.files() - before} == {job_id}


async def test_a_job_whose_acceptance_was_not_answered_is_a_job(office: Office):
    """The database wrote the transaction, and then the line broke off."""
    writer = await office.workshop.database.write(lambda connection: connection.engine)

    @event.listens_for(writer, "commit")
    def break_off(connection: Connection) -> None:
        event.remove(writer, "commit", break_off)
        connection.connection.commit()
        raise OSError("the line broke off")

    job, is_new = await office.submit(inputs=[INIT], order=an_order(uses_init=True))
    assert is_new
    assert (await office.until_over(job.id)).state is JobState.DELIVERED
    assert await office.workshop.balance() == Balance(START_MC - PRICE_MC, 0)


async def test_an_id_that_is_taken_costs_its_owner_nothing(office: Office):
    """Ids are drawn by chance; what the other job has kept is not erased."""
    job, _ = await office.submit(inputs=[INIT], order=an_order(uses_init=True))
    await office.until_over(job.id)
    before = office.files()
    with pytest.raises(Exception, match="is taken"):
        await office.submit(inputs=[INIT], key="i2", job_id=job.id)
    assert office.files() == before
    assert await office.workshop.balance() == Balance(START_MC - PRICE_MC, 0)


async def test_credits_cannot_be_spent_twice_at_once(office: Office):
    price = START_MC // 3 + 1
    tries = [office.submit(key=f"i{n}", price_mc=price) for n in range(6)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, OverBudget)]
    assert len(refused) == 4
    for outcome in outcomes:
        if isinstance(outcome, tuple):
            await office.until_over(outcome[0].id)
    assert (await office.workshop.balance()).available_mc == START_MC - 2 * price
