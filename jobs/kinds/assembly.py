"""Cutting: from the kept parts or frames of a job to the one film that is shown."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from generation.errors import GarbledAnswer
from jobs.kinds.keep import keep_with_retry
from jobs.orders.morph import FRAME
from media.assemble import assemble
from media.camera import move_camera
from media.errors import BadPicture
from media.video import join_or_encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from jobs.orders.morph import MorphOrder
    from jobs.orders.video import VideoOrder
    from media.pool import MediaPool
    from storage.database import Database
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.jobs import Job

    Finish = Callable[[Path, Path, Job], Awaitable[None]]


LIMIT = timedelta(minutes=5)
"""How long a film may be worked on; the longest takes half a minute on an idle machine."""


class Assembly:
    """Joins parts or frames to a film, moves the camera, and keeps what came of it as the result.

    `finish` writes a film once more with what it was made from; `folder` is for work in progress.
    """

    def __init__(
        self,
        *,
        database: Database,
        artifacts: Artifacts,
        pool: MediaPool,
        finish: Finish,
        folder: Path,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._artifacts = artifacts
        self._pool = pool
        self._finish = finish
        self._folder = folder
        self._now = now

    async def video(self, job: Job, order: VideoOrder) -> Artifact:
        """The film of all kept parts.

        Raises:
            GarbledAnswer: the parts are no films that can be joined.
        """

        async def cut(folder: Path) -> Path:
            parts = await self._files(job, "segment", folder, "mp4")
            whole = parts[0]
            if len(parts) > 1:
                whole = folder / "whole.mp4"
                await self._pool.run(join_or_encode, parts, whole, limit=LIMIT)
            if order.camera is None:
                return whole
            moved = folder / "moved.mp4"
            await self._pool.run(move_camera, whole, moved, order.camera, limit=LIMIT)
            return moved

        return await self._kept(job, cut, (order.width, order.height), order.seed)

    async def morph(self, job: Job, order: MorphOrder) -> Artifact:
        """The film of all kept frames.

        Raises:
            GarbledAnswer: the frames do not go together.
        """

        async def cut(folder: Path) -> Path:
            frames = await self._files(job, FRAME, folder, "png")
            video = folder / "whole.mp4"
            await self._pool.run(assemble, frames, video, order.fps, order.camera, limit=LIMIT)
            return video

        return await self._kept(job, cut, (order.width, order.height), order.seed)

    async def _kept(
        self,
        job: Job,
        cut: Callable[[Path], Awaitable[Path]],
        size: tuple[int, int],
        seed: int,
    ) -> Artifact:
        """What was cut, once: a repeat finds it."""
        for known in await self._artifacts.of_job(job.id):
            return known
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name)
            try:
                video = await cut(folder)
                await self._finish(video, folder / "finished.mp4", job)
            except BadPicture as error:
                raise GarbledAnswer(f"the film could not be cut ({error.reason})") from error
            data = await asyncio.to_thread((folder / "finished.mp4").read_bytes)
        put = partial(
            self._artifacts.put, job.id, "result", 0, data, mime="video/mp4", size=size, seed=seed
        )
        artifact = await keep_with_retry(put, now=self._now)
        async with self._database.begin() as connection:
            await self._artifacts.record(connection, artifact)
        return artifact

    async def _files(self, job: Job, role: str, folder: Path, suffix: str) -> Sequence[Path]:
        """The job's artifacts of a role as files, in order, without those that are withheld."""
        files: list[Path] = []
        for one in await self._artifacts.of_job(job.id, role):
            if one.is_filtered:
                continue
            path = folder / f"{role}-{one.position:04}.{suffix}"
            await asyncio.to_thread(path.write_bytes, await self._artifacts.read(one))
            files.append(path)
        return files
