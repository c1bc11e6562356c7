"""Cancelling jobs: by whom it may be, at once, and whichever process runs them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from jobs.errors import NotYours, TooLate
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance
from tests.generation.image.scripted import answer, image
from tests.jobs.harness import MEMBER, MODERATOR, START_MC
from tests.jobs.office import Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


pytestmark = pytest.mark.asyncio(loop_scope="module")

UNTOUCHED = Balance(START_MC, 0)


async def test_cancelling_in_the_queue_refunds_at_once(closed_office: Office):
    job = await closed_office.workshop.accept()
    cancelled = await closed_office.cancellation.cancel(job.id, MEMBER, is_moderator=False)
    assert cancelled.id == job.id
    assert (await closed_office.workshop.job()).state is JobState.CANCELLED
    assert await closed_office.workshop.balance() == UNTOUCHED
    with pytest.raises(TooLate):
        await closed_office.cancellation.cancel(job.id, MEMBER, is_moderator=False)


async def test_only_the_author_and_moderators_cancel_and_erase(closed_office: Office):
    job = await closed_office.workshop.accept()
    for act in (closed_office.cancellation.cancel, closed_office.records.erase):
        with pytest.raises(NotYours):
            await act(job.id, MODERATOR, is_moderator=False)
    await closed_office.cancellation.cancel(job.id, MODERATOR, is_moderator=True)
    await closed_office.records.erase(job.id, MODERATOR, is_moderator=True)


async def test_a_cancellation_by_another_process_is_noticed(office: Office):
    """Its own process would be woken at once; here only the row says so."""
    workshop = office.workshop
    released = asyncio.Event()

    async def held(_request: Any, _context: Any) -> AsyncIterator[Any]:
        await released.wait()
        yield answer(image(0))

    scripts, workshop.engine.scripts = workshop.engine.scripts, [held]
    workshop.engine.called.clear()
    watch = asyncio.create_task(office.cancellation.watch())
    try:
        job, _ = await office.submit()
        await workshop.engine.called.wait()

        await workshop.database.write(workshop.store.cancel, job.id)
        assert (await office.until_over(job.id)).state is JobState.CANCELLED
    finally:
        watch.cancel()
        released.set()
        workshop.engine.scripts = scripts
    assert await workshop.balance() == UNTOUCHED
