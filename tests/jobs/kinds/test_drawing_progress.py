"""Jobs that follow a control picture, and how far their pictures are: shown as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from generation.image.progress import SampleProgress
from generation.request import Control
from jobs.delivery import Progress
from jobs.kinds.drawing_progress import MAX_SHOWN, DrawingProgress
from storage.jobs.jobs import JobState
from tests.generation.image.progress import step
from tests.generation.image.scripted import answer, image
from tests.jobs.harness import Workshop, an_order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from generation.wire import generation_pb2 as pb
    from jobs.kinds.kind import JobRun


class Shows:
    """Stands for the run of a job: notes what is shown."""

    job: Any = None

    def __init__(self) -> None:
        self.shown: list[Progress] = []

    async def progress(self, progress: Progress) -> None:
        self.shown.append(progress)


async def shown_of(kept: set[int], *told: SampleProgress, total: int = 8) -> list[Progress]:
    shows = Shows()
    progress = DrawingProgress(cast("JobRun", shows), kept, total, first=2)
    show = asyncio.create_task(progress.show())
    for one in told:
        progress.note(one)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    show.cancel()
    return shows.shown


async def test_the_furthest_of_those_under_way_counts():
    shown = await shown_of(
        {0, 1, 2}, SampleProgress(0, 9, 9), SampleProgress(1, 5, 9), SampleProgress(2, 4, 9)
    )
    assert [(one.done, one.step, one.steps) for one in shown] == [(3, 5, 9), (3, 5, 9)]


async def test_once_there_is_a_preview_steps_are_shown_with_the_next_one():
    first, second = SampleProgress(0, preview=b"first"), SampleProgress(0, preview=b"second")
    steps = [SampleProgress(0, number, 9) for number in range(1, 9)]
    shown = await shown_of(set(), *steps[:2], first, *steps[2:6], second, *steps[6:])
    assert [(one.step, *one.previews) for one in shown] == [
        (1,),
        (2,),
        (2, b"first"),
        (6, b"second"),
    ]


async def test_few_previews_are_shown_at_a_time():
    previews = [SampleProgress(number, preview=b"%d" % number) for number in range(6)]
    shown = await shown_of({3}, *previews)
    assert shown[-1].previews == [b"0", b"2", b"3", b"4"]
    assert len(shown[-1].previews) == MAX_SHOWN


async def test_a_control_picture_is_found_among_the_jobs_files(workshop: Workshop):
    order = an_order(1, 1)
    follows = (Control("canny", b"", 0.5),)
    requests = tuple(replace(one, controls=follows) for one in order.requests)
    job = await workshop.accept(replace(order, requests=requests))
    kept = await workshop.artifacts.put(
        job.id, "control", 0, b"the edges", mime="image/png", size=(64, 64)
    )
    await workshop.database.write(workshop.artifacts.record, kept)
    assert (await workshop.run(job)).state is JobState.DELIVERED
    sent = [one.artifact for request in workshop.engine.requests for one in request.prompt]
    assert [one.binary for one in sent if one.index == 1] == [b"the edges"] * 2


async def test_what_is_under_way_is_told_and_its_engine_is_not_called_away(workshop: Workshop):
    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        yield step(1)
        await asyncio.sleep(0.2)
        yield answer(image())

    workshop.engine.scripts = [slow]
    job = await workshop.run(await workshop.accept())
    assert job.state is JobState.DELIVERED
    assert workshop.board.steps == [0, 1]
    assert not workshop.board.said_away.is_set()
