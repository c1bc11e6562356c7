"""What ended without its close is closed once, and what is at work is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.delivery import Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Transaction

import asyncio

import pytest
from sqlalchemy import text

from jobs.errors import Interrupted
from jobs.runner.durable import MAX_RECOVERY_ATTEMPTS
from storage.jobs.jobs import JobState
from storage.ledger import history
from storage.ledger.accounts import Balance
from tests.jobs.harness import START_MC
from tests.jobs.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNTOUCHED = Balance(START_MC, 0)


async def test_what_ended_without_its_close_is_closed(office: Office):
    """A row whose workflow is not there, as after a database was restored by half."""
    job = await office.workshop.accept(job_id="orphan")
    assert await office.reconciliation.reconcile() == 1
    assert (await office.workshop.job(job.id)).state is JobState.FAILED
    assert await office.workshop.balance() == UNTOUCHED
    what, failure = office.workshop.board.shown[-1]
    assert (what, type(failure)) == ("failed", Interrupted)
    assert await office.reconciliation.reconcile() == 0


async def test_a_job_whose_row_somebody_wrote_is_released(office: Office):
    job = await office.workshop.accept(job_id="planted")

    def unit(connection: Transaction) -> None:
        office.engine.enqueue(connection, "image", job.id, "eve")
        planted = "set serialization = 'py_pickle' where workflow_uuid = 'planted'"
        connection.execute(text(f"update workflow_status {planted}"))

    await office.workshop.database.write(unit)
    await office.engine.refuse_foreign_rows()
    assert await office.reconciliation.reconcile() == 1
    assert (await office.workshop.job(job.id)).state is JobState.FAILED
    assert await office.workshop.balance() == UNTOUCHED
    what, failure = office.workshop.board.shown[-1]
    assert (what, type(failure)) == ("failed", Interrupted)


async def test_a_job_that_the_engine_has_given_up_is_closed_soon(
    office: Office, caplog: pytest.LogCaptureFixture
):
    """It was never begun, so that nobody else would look at it for half an hour."""
    job = await office.workshop.accept(job_id="doomed")

    def unit(connection: Transaction) -> None:
        office.engine.enqueue(connection, "image", job.id, "mina")
        attempts = f"set recovery_attempts = {MAX_RECOVERY_ATTEMPTS + 1}"
        connection.execute(
            text(f"update workflow_status {attempts} where workflow_uuid = 'doomed'")
        )

    await office.workshop.database.write(unit)
    office.engine.wake("image")
    async with asyncio.timeout(10):
        while not office.engine.given_up:  # noqa: ASYNC110 - in the engine's threads
            await asyncio.sleep(0.01)
    assert await office.reconciliation.reconcile(is_thorough=False) == 1
    assert (await office.workshop.job(job.id)).state is JobState.FAILED
    assert await office.workshop.balance() == UNTOUCHED
    what, failure = office.workshop.board.shown[-1]
    assert (what, type(failure)) == ("failed", Interrupted)
    assert office.engine.given_up == set()
    (record,) = [one for one in caplog.records if one.name == "jobs.runner.queue_workers"]
    assert record.getMessage() == "job doomed is given up: 101 starts did not end it"
    assert record.exc_info is None


async def test_what_is_at_work_is_left_alone(office: Office):
    board = office.workshop.board
    board.go_on.clear()
    board.before_result.clear()
    job, _ = await office.submit()
    await board.before_result.wait()
    assert await office.reconciliation.reconcile() == 0
    board.go_on.set()
    assert (await office.until_over(job.id)).state is JobState.DELIVERED


async def test_a_result_that_is_due_again_meanwhile_is_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    """The reconciliation has read the job as at work, then its workflow ends."""
    workshop, over_among = office.workshop, office.engine.over_among
    job = await workshop.accept(job_id="meanwhile")
    await workshop.steps.generate(job.id)

    async def over_after_the_end(suspects: Sequence[str]) -> list[str]:
        await workshop.steps.close(job.id, None, Shown(is_result_due=True))
        return await over_among(suspects)

    monkeypatch.setattr(office.engine, "over_among", over_after_the_end)
    assert await office.reconciliation.reconcile() == 0
    assert (await workshop.job(job.id)).finished_at is None
    await workshop.steps.close(job.id, None, Shown())
    assert await workshop.balance() == UNTOUCHED


async def test_a_reconciliation_and_a_close_at_once_agree(office: Office):
    """The reconciliation has read the job as open when the job's own close comes."""
    workshop = office.workshop
    for number in range(10):
        job = await workshop.accept(job_id=f"racing{number}")
        await workshop.steps.generate(job.id)
        await asyncio.gather(
            workshop.steps.close(job.id, None, Shown(count=1)), office.reconciliation.reconcile()
        )
        closed = await workshop.job(job.id)
        [newest] = await workshop.database.read(history.movements, workshop.account, 1)
        was_paid = newest.kind == "settle"
        assert (closed.state is JobState.DELIVERED) == was_paid
    assert (await workshop.balance()).held_mc == 0
