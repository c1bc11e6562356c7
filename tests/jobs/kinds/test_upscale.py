"""The workflow of an upscale: asked with its picture, kept, shown and paid; or none of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import grpc
import pytest

from generation.errors import BadRequest, Filtered, GarbledAnswer
from generation.request import ImageRequest, TextPrompt
from generation.wire import generation_pb2 as pb
from jobs.kinds.upscale import UpscaleKind
from jobs.orders.order import GIVEN
from jobs.orders.upscale import UpscaleOrder
from storage.jobs.jobs import Job, JobState
from storage.ledger.accounts import Balance, Policy
from tests.generation.image.scripted import SIDE, answer, answers, fails, image, png, verdict
from tests.jobs.harness import ENGINE_ID, PRICE_MC, START_MC, Workshop, a_job, an_order

if TYPE_CHECKING:
    from storage.database import Transaction
    from tests.generation.image.scripted import Script

GIVEN_PNG, LARGER = png(40), png(80, (2 * SIDE, 2 * SIDE))
ORDER = UpscaleOrder(
    title="a fox",
    request=ImageRequest(ENGINE_ID, (TextPrompt("a fox"),), 2 * SIDE, 2 * SIDE, 7, 0, 0.0),
    size=(SIDE, SIDE),
    marked_as=ENGINE_ID,
)
PAID, UNTOUCHED = Balance(START_MC - PRICE_MC, 0), Balance(START_MC, 0)


async def accept(workshop: Workshop) -> Job:
    """An upscale with its hold and its picture, as it is submitted."""
    like = a_job(an_order(), workshop.clock(), "job1", workshop.guild_id)
    job = replace(like, kind=ORDER.kind, spec=ORDER.to_json())
    kept = await workshop.artifacts.put(
        job.id, GIVEN, 0, GIVEN_PNG, mime="image/png", size=(SIDE, SIDE)
    )

    def unit(connection: Transaction) -> None:
        assert workshop.store.add(connection, job)
        workshop.artifacts.record(connection, kept)
        workshop.ledger.open(connection, workshop.account, Policy())
        workshop.ledger.hold(connection, workshop.account, job.price_mc, job.id, "a fox")

    await workshop.database.write(unit)
    return job


async def run(workshop: Workshop, job: Job) -> Job:
    return await workshop.run(job, workshop.steps_of(UpscaleKind(workshop.sampling)))


async def test_a_picture_is_sent_and_a_larger_one_is_kept_and_paid(workshop: Workshop):
    workshop.engine.scripts = [answers(answer(image(0, data=LARGER)))]
    job = await run(workshop, await accept(workshop))
    assert job.state is JobState.DELIVERED
    (request,) = workshop.engine.requests
    (sent,) = [part.artifact for part in request.prompt if part.artifact.binary]
    assert (sent.type, sent.binary) == (pb.ARTIFACT_IMAGE, GIVEN_PNG)
    (kept,) = await workshop.artifacts.of_job(job.id)
    assert (kept.width, kept.height, kept.seed) == (2 * SIDE, 2 * SIDE, 7)
    assert await workshop.balance() == PAID


async def test_after_a_crash_it_is_not_made_twice(workshop: Workshop):
    workshop.engine.scripts = [answers(answer(image(0, data=LARGER)))]
    job = await accept(workshop)
    steps = workshop.steps_of(UpscaleKind(workshop.sampling))
    await steps.generate(job.id)
    await workshop.open()
    assert (await run(workshop, job)).state is JobState.DELIVERED
    assert len(workshop.engine.requests) == 1
    assert await workshop.balance() == PAID


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (answers(answer(image(0, data=LARGER), verdict(pb.ACTION_OBFUSCATE))), Filtered),
        (fails(grpc.StatusCode.INVALID_ARGUMENT, "image: it is too large"), BadRequest),
        # A picture of another size is none.
        (answers(answer(image(0, data=GIVEN_PNG))), GarbledAnswer),
    ],
)
async def test_what_did_not_come_is_not_paid(
    workshop: Workshop, script: Script, failure: type[Exception]
):
    workshop.engine.scripts = [script]
    job = await run(workshop, await accept(workshop))
    assert job.state is JobState.FAILED
    shown, told = workshop.board.shown[-1]
    assert shown == "failed"
    assert isinstance(told, failure)
    assert await workshop.balance() == UNTOUCHED
