"""Films: segments made one after the other from a picture, joined, the camera moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.delivery import Result
from jobs.errors import NoVideos
from jobs.orders.video import VideoOrder
from jobs.runner.queues import QueueClass
from media.camera import move_camera
from media.video import join_or_encode

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.kinds.assembly import Assembly
    from jobs.kinds.kind import JobRun
    from jobs.kinds.video.segments import SegmentMaker


class VideoKind:
    """Makes segments, if there is a maker, and assembles them."""

    order_type = VideoOrder
    queue = QueueClass.POLLED

    def __init__(self, segment_maker: SegmentMaker | None, assembly: Assembly) -> None:
        self._segment_maker = segment_maker
        self._assembly = assembly

    def first_request(self, job_id: str) -> None:
        """None: each segment has ids of its own."""
        del job_id

    async def make(self, run: JobRun, order: VideoOrder) -> None:
        """Make the segments of the film and keep them."""
        if self._segment_maker is not None:
            await self._segment_maker.make(run, order)
        elif await self._made(run, order) < order.segments:
            raise NoVideos

    async def result(self, run: JobRun, order: VideoOrder) -> Result:
        """The film of all kept segments; of one without new ones, another camera move."""
        made = await self._made(run, order)
        if made <= 0 and order.segments:
            return Result()
        clip = await self._assembly.keep(run, order, lambda folder: self._cut(run, order, folder))
        posters = await run.artifacts("preview")
        return Result(files=[clip], made=made, poster=posters[0] if posters else None)

    async def _made(self, run: JobRun, order: VideoOrder) -> int:
        """How many segments are kept beyond those of the film that it continues."""
        return len(await run.artifacts("segment")) - order.earlier

    async def _cut(self, run: JobRun, order: VideoOrder, folder: Path) -> Path:
        parts = await self._assembly.files(run, "segment", folder)
        whole = parts[0]
        if len(parts) > 1:
            whole = folder / "whole.mp4"
            await self._assembly.work(join_or_encode, parts, whole)
        if order.camera is None:
            return whole
        moved = folder / "moved.mp4"
        await self._assembly.work(move_camera, whole, moved, order.camera)
        return moved
