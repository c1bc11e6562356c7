"""The workflow of a blend: asked with its pictures and their weights, kept, shown and paid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generation.request import BlendPicture, TextPrompt
from jobs.errors import TooLate
from jobs.kinds.blend import BlendKind
from jobs.orders.blend import BLENDED, BlendOrder
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance, Policy
from tests.generation.image.scripted import SIDE, answer, answers, image, png
from tests.jobs.harness import PRICE_MC, START_MC, Workshop, a_job, an_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Transaction
    from storage.jobs.jobs import Job

FIRST, SECOND, MADE = png(40), png(80), png(120)
WEIGHTS = (2.0, 1.0)


def a_blend() -> BlendOrder:
    blend = tuple(BlendPicture(b"", weight) for weight in WEIGHTS)
    request = replace(an_order(1).first, prompts=(TextPrompt(""),), blend=blend)
    title = "A blend of 2 pictures"
    return BlendOrder(prompt="", title=title, requests=(request,), origins=(None, ("job0", 1)))


async def accept(workshop: Workshop, given: Sequence[bytes]) -> Job:
    """A blend with its hold and its pictures, as it is submitted."""
    order = a_blend()
    like = a_job(an_order(1), workshop.clock(), "job1", workshop.guild_id)
    job = replace(like, kind=order.kind, spec=order.to_json())
    kept = [
        await workshop.artifacts.put(
            job.id, BLENDED, position, data, mime="image/png", size=(SIDE, SIDE)
        )
        for position, data in enumerate(given)
    ]

    def unit(connection: Transaction) -> None:
        assert workshop.store.add(connection, job)
        for artifact in kept:
            workshop.artifacts.record(connection, artifact)
        workshop.ledger.open(connection, workshop.account, Policy())
        workshop.ledger.hold(connection, workshop.account, job.price_mc, job.id, "a blend")

    await workshop.database.write(unit)
    return job


async def run(workshop: Workshop, job: Job) -> Job:
    return await workshop.run(job, workshop.steps_of(BlendKind(workshop.sampling)))


async def test_the_pictures_are_sent_with_their_weights_and_one_is_paid(workshop: Workshop):
    workshop.engine.scripts = [answers(answer(image(0, data=MADE)))]
    job = await run(workshop, await accept(workshop, [FIRST, SECOND]))
    assert job.state is JobState.DELIVERED
    (request,) = workshop.engine.requests
    sent = [(one.artifact.binary, one.parameters.weight) for one in request.prompt[1:]]
    assert sent == [(FIRST, 2.0), (SECOND, 1.0)]
    assert await workshop.balance() == Balance(START_MC - PRICE_MC, 0)


async def test_without_its_pictures_nothing_is_asked_and_nothing_paid(workshop: Workshop):
    job = await run(workshop, await accept(workshop, [FIRST]))
    assert job.state is JobState.FAILED
    assert workshop.engine.requests == []
    assert await workshop.balance() == Balance(START_MC, 0)


def test_a_forgotten_order_is_none():
    with pytest.raises(TooLate):
        BlendOrder.from_json({})
