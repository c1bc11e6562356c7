"""The workflow of an edit: asked with its picture and its mask, kept, shown and paid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generation.edits import Edit, EditAction
from generation.request import ImageRequest, TextPrompt
from generation.wire import generation_pb2 as pb
from jobs.errors import TooLate
from jobs.kinds.edit import EditKind
from jobs.orders.by_kind import order_of
from jobs.orders.edit import EditOrder
from jobs.orders.order import GIVEN, MASK
from storage.jobs.jobs import Job, JobState
from storage.ledger.accounts import Balance, Policy
from tests.generation.image.scripted import SIDE, answer, answers, image, png, verdict
from tests.jobs.harness import ENGINE_ID, PRICE_MC, START_MC, Workshop, a_job, an_order

if TYPE_CHECKING:
    from storage.database import Transaction

GIVEN_PNG, MASK_PNG, EDITED = png(40), png(7), png(80)
ORDER = EditOrder(
    action=EditAction.REPLACE,
    title="a fox",
    request=ImageRequest(
        ENGINE_ID,
        (TextPrompt("a fox"),),
        SIDE,
        SIDE,
        7,
        0,
        0.0,
        edit=Edit(EditAction.REPLACE, search="the boat"),
    ),
    size=(SIDE, SIDE),
    marked_as=ENGINE_ID,
    search="the boat",
    notices=("It is made smaller.",),
)


async def accept(workshop: Workshop, order: EditOrder) -> Job:
    like = a_job(an_order(), workshop.clock(), "job1", workshop.guild_id)
    job = replace(like, kind=order.kind, spec=order.to_json())
    files = {GIVEN: GIVEN_PNG, **({MASK: MASK_PNG} if order.uses_mask else {})}
    kept = [
        await workshop.artifacts.put(job.id, role, 0, data, mime="image/png", size=(SIDE, SIDE))
        for role, data in files.items()
    ]

    def unit(connection: Transaction) -> None:
        assert workshop.store.add(connection, job)
        for artifact in kept:
            workshop.artifacts.record(connection, artifact)
        workshop.ledger.open(connection, workshop.account, Policy())
        workshop.ledger.hold(connection, workshop.account, job.price_mc, job.id, "a fox")

    await workshop.database.write(unit)
    return job


async def run(workshop: Workshop, job: Job) -> Job:
    return await workshop.run(job, workshop.steps_of(EditKind(workshop.sampling)))


@pytest.mark.parametrize("has_mask", [False, True])
async def test_the_picture_is_sent_with_what_is_done_and_paid(workshop: Workshop, has_mask: bool):
    workshop.engine.scripts = [answers(answer(image(0, data=EDITED)))]
    job = await run(workshop, await accept(workshop, replace(ORDER, uses_mask=has_mask)))
    assert job.state is JobState.DELIVERED
    sent = workshop.engine.requests[0]
    assert dict(sent.extras["edit"]) == {"action": "replace", "search": "the boat"}  # pyright: ignore
    kinds = [one.artifact.type for one in sent.prompt if one.HasField("artifact")]
    assert kinds == [pb.ARTIFACT_IMAGE, *([pb.ARTIFACT_MASK] if has_mask else [])]
    assert await workshop.balance() == Balance(START_MC - PRICE_MC, 0)


async def test_a_withheld_one_costs_nothing(workshop: Workshop):
    workshop.engine.scripts = [answers(answer(image(0, data=EDITED), verdict(pb.ACTION_OBFUSCATE)))]
    job = await run(workshop, await accept(workshop, ORDER))
    assert job.state is JobState.FAILED
    assert await workshop.balance() == Balance(START_MC, 0)


def test_an_order_is_kept_as_it_is():
    assert EditOrder.from_json(ORDER.to_json()) == ORDER
    masked = replace(
        ORDER,
        request=replace(ORDER.request, edit=Edit(EditAction.OUTPAINT, sides=(1, 2, 3, 4))),
        uses_mask=True,
    )
    job = a_job(an_order(), None, "job1", 1)  # pyright: ignore
    assert order_of(replace(job, kind=ORDER.kind, spec=masked.to_json())) == masked
    with pytest.raises(TooLate):
        EditOrder.from_json({})
