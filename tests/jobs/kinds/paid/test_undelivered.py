"""Pictures that came and were paid but were never shown: the operator pays, and it is booked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from storage import overview
from storage.jobs.jobs import JobState
from storage.ledger.entries import BillReason
from storage.overview import Billed
from tests.jobs.harness import Workshop
from tests.jobs.kinds.paid.harness import EACH_MC, SEED, PaidWorkshop

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

    from storage.jobs.jobs import Job


async def billed(workshop: PaidWorkshop, job: Job) -> dict[str, Billed]:
    month = job.accepted_at.replace(day=1)
    return await workshop.database.read(overview.billed, month)


async def test_what_had_come_before_a_cancellation_is_billed(workshop: PaidWorkshop):
    """Four of five are there, and the fifth is under way."""

    async def cancels(_request: web.Request) -> web.StreamResponse:
        while len(await workshop.kept_seeds()) < 4:
            await workshop.board.has_come.wait()
            await asyncio.sleep(0.01)
        assert await workshop.cancel()
        await asyncio.Event().wait()
        raise AssertionError

    workshop.service.by_seed[str(SEED + 4)] = [cancels]
    job = await workshop.run(await workshop.accept_pictures(5))
    assert job.state is JobState.CANCELLED
    assert await billed(workshop, job) == {
        BillReason.UNDELIVERED: Billed(4, 4 * EACH_MC),
        BillReason.LOST: Billed(1, EACH_MC),
    }
    assert await workshop.pays(0, billed=5)


async def test_what_could_not_be_shown_is_billed(workshop: PaidWorkshop):
    workshop.board.trouble = RuntimeError("the card is gone")
    job = await workshop.run(await workshop.accept_pictures())
    assert await billed(workshop, job) == {BillReason.UNDELIVERED: Billed(2, 2 * EACH_MC)}
    assert await workshop.pays(0, billed=2)


async def test_a_job_that_ended_without_its_delivery_is_billed(workshop: PaidWorkshop):
    job = await workshop.accept_pictures()
    await workshop.steps.generate(job.id)
    assert await workshop.settlement.abandon(await workshop.job())
    assert await billed(workshop, job) == {BillReason.UNDELIVERED: Billed(2, 2 * EACH_MC)}
    assert await workshop.pays(0, billed=2)


async def test_what_ones_own_server_drew_is_nobodys(tmp_path: Path):
    async with Workshop(tmp_path) as workshop:
        workshop.is_metered = False
        workshop.board.trouble = RuntimeError("the card is gone")
        job = await workshop.run(await workshop.accept())
        month = job.accepted_at.replace(day=1)
        assert await workshop.database.read(overview.billed, month) == {}
