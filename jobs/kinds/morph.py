"""Morphs: frames between prompts, drawn like pictures and put together to a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.errors import Filtered, GarbledAnswer
from jobs.delivery import Result
from jobs.kinds.sampling import request_id
from jobs.orders.morph import FRAME, MorphOrder
from jobs.runner.queues import QueueClass
from media.assemble import assemble
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.kinds.assembly import Assembly
    from jobs.kinds.kind import JobRun
    from jobs.kinds.sampling import Sampling

LEAST_FRAMES = 2
"""A single frame does not move."""


class MorphKind:
    """Asks an engine for the frames, and assembles them."""

    order_type = MorphOrder
    queue = QueueClass.SAMPLED

    def __init__(self, sampling: Sampling, assembly: Assembly) -> None:
        self._sampling = sampling
        self._assembly = assembly

    def first_request(self, job_id: str) -> str:
        """The id of the first of its requests."""
        return request_id(job_id, 0)

    async def make(self, run: JobRun, order: MorphOrder) -> None:
        """Draw and keep the frames, unless their film is shown already."""
        if run.job.state is not JobState.DELIVERING:
            await self._sampling.draw(run, order.requests, FRAME)

    async def result(self, run: JobRun, order: MorphOrder) -> Result:
        """The film of all frames that may be shown."""
        drawn = await run.made(FRAME)
        frames = [frame for frame in drawn if not frame.is_filtered]
        failure = None
        if len(frames) < order.frames:
            was_filtered = len(frames) < len(drawn)
            failure = Filtered("frames") if was_filtered else GarbledAnswer("too few frames")
        if len(frames) < LEAST_FRAMES:
            return Result(failure=failure)
        clip = await self._assembly.keep(run, order, lambda folder: self._cut(run, order, folder))
        return Result(files=[clip], made=len(frames), failure=failure, poster=frames[0])

    async def _cut(self, run: JobRun, order: MorphOrder, folder: Path) -> Path:
        frames = await self._assembly.files(run, FRAME, folder)
        video = folder / "whole.mp4"
        await self._assembly.work(assemble, frames, video, order.fps, order.camera)
        return video
