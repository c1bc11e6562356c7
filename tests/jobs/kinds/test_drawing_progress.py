"""How far pictures are: shown as it is told, without previews that were shown before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from generation.image.progress import SampleProgress
from jobs.delivery import Progress
from jobs.kinds.drawing_progress import MAX_SHOWN, DrawingProgress

if TYPE_CHECKING:
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
