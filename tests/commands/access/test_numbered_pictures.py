"""A picture keeps its number: what was deleted, withheld or never ordered is told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands.access.numbered_pictures import NumberedPictures
from commands.errors import BadUpload
from generation.wire import generation_pb2 as pb
from jobs.errors import TooLate
from jobs.history import JobHistory
from jobs.videos import Videos
from storage.jobs.segments import Segments
from tests.generation.image.scripted import SIDE, answer, answers, image, verdict
from tests.jobs.harness import Workshop, an_order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from storage.jobs.jobs import Job

SEVERAL = "{job} has {numbers}; for example {job}:{first}"


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncGenerator[Workshop]:
    async with Workshop(tmp_path) as opened:
        yield opened


async def drawn(workshop: Workshop, count: int, *withheld: int) -> Job:
    """A job of so many pictures, of which the engine withholds some."""
    images = [image(at, seed=7 + at) for at in range(count)]
    verdicts = [answer(verdict(pb.ACTION_OBFUSCATE, at)) for at in withheld]
    workshop.engine.scripts = [answers(answer(*images), *verdicts)]
    return await workshop.run(await workshop.accept(an_order(count)))


async def position(workshop: Workshop, job: Job, number: int | None) -> int:
    videos = Videos(
        engines_now=list,
        database=workshop.database,
        artifacts=workshop.artifacts,
        segments=Segments(workshop.clock),
        estimate=workshop.estimate,
        now=workshop.clock,
    )
    found = await NumberedPictures(videos).find("picture", job, number, SEVERAL)
    assert (found.job_id, found.width, found.height) == (job.id, SIDE, SIDE)
    return found.position


async def refusal(workshop: Workshop, job: Job, number: int | None) -> str:
    with pytest.raises(BadUpload) as refused:
        await position(workshop, job, number)
    assert refused.value.field == "picture"
    return refused.value.reason


async def test_the_others_keep_their_numbers_when_one_is_deleted(workshop: Workshop):
    job = await drawn(workshop, 4)
    assert [await position(workshop, job, number) for number in (1, 2, 3, 4)] == [0, 1, 2, 3]
    await workshop.artifacts.erase_one(job.id, 0)
    await workshop.artifacts.erase_one(job.id, 2)
    assert [await position(workshop, job, number) for number in (2, 4)] == [1, 3]
    told = "picture 3 of job job1 was deleted; it still has 2, 4"
    assert await refusal(workshop, job, 3) == told
    assert await refusal(workshop, job, None) == "job1 has 2, 4; for example job1:2"
    for number in (0, 5):
        assert await refusal(workshop, job, number) == "job job1 has no more than 4 pictures"
    history = JobHistory(workshop.database, workshop.clock)
    assert await history.positions([job]) == {job.id: [1, 3]}
    await workshop.artifacts.erase_one(job.id, 1)
    assert await position(workshop, job, None) == 3
    await workshop.artifacts.erase_one(job.id, 3)
    with pytest.raises(TooLate):
        await position(workshop, job, 4)


async def test_what_was_withheld_was_not_deleted(workshop: Workshop):
    job = await drawn(workshop, 3, 1)
    assert await position(workshop, job, 3) == 2
    assert await refusal(workshop, job, 2) == "picture 2 of job job1 was not made; it has 1, 3"
    await workshop.artifacts.erase_one(job.id, 0)
    told = "picture 1 of job job1 was deleted; it still has 3"
    assert await refusal(workshop, job, 1) == told
    assert await refusal(workshop, job, 2) == "picture 2 of job job1 was not made; it has 3"


async def test_what_never_came_was_not_deleted(workshop: Workshop):
    workshop.engine.scripts = [answers(answer(image(0))), answers(answer(image(data=b"nothing")))]
    job = await workshop.run(await workshop.accept(an_order(1, 1)))
    assert await refusal(workshop, job, 2) == "picture 2 of job job1 was not made; it has 1"


async def half_drawn(workshop: Workshop, *, is_free: bool = False) -> Job:
    """A job of three pictures, of which the last one never comes."""
    workshop.engine.scripts = [
        answers(answer(image(0), image(1, seed=8))),
        answers(answer(image(data=b"nothing"))),
    ]
    return await workshop.run(await workshop.accept(an_order(2, 1), is_free=is_free))


async def test_a_deleted_one_is_not_known_from_one_that_never_came(workshop: Workshop):
    job = await half_drawn(workshop)
    assert await refusal(workshop, job, 3) == "picture 3 of job job1 was not made; it has 1, 2"
    await workshop.artifacts.erase_one(job.id, 0)
    for number in (1, 3):
        told = f"picture {number} of job job1 was deleted, or it was not made; it has 2"
        assert await refusal(workshop, job, number) == told


async def test_what_was_deleted_of_free_work_is_told(workshop: Workshop):
    workshop.engine.scripts = [answers(answer(*(image(at, seed=7 + at) for at in range(3))))]
    job = await workshop.run(await workshop.accept(an_order(3), is_free=True))
    await workshop.artifacts.erase_one(job.id, 1)
    told = "picture 2 of job job1 was deleted; it still has 1, 3"
    assert await refusal(workshop, job, 2) == told


async def test_free_work_that_failed_says_no_more_than_is_known(workshop: Workshop):
    job = await half_drawn(workshop, is_free=True)
    told = "picture 3 of job job1 was deleted, or it was not made; it has 1, 2"
    assert await refusal(workshop, job, 3) == told
