"""A small picture of a result, for the report about it."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.errors import TooLate
from jobs.orders.by_kind import marked_as
from media.errors import BadPicture
from media.fit import preview
from media.video import last_frame
from storage.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from commands.services import MediaServices
    from jobs.videos import Videos
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

LIMIT = timedelta(seconds=30)


class Thumbnails:
    """Makes a small JPEG of what a job made: of its first picture, or of its film's last frame."""

    def __init__(self, media: MediaServices, videos: Videos) -> None:
        self._media = media
        self._videos = videos

    async def of_job(self, job: Job) -> bytes | None:
        """The JPEG, marked as AI-made; None where nothing of the job is kept or can be read."""
        small = await self.unsigned(job)
        if small is None:
            return None
        return await self._media.marks.picture(small, "image/jpeg", marked_as(job))

    async def unsigned(self, job: Job) -> bytes | None:
        """The same JPEG for a part of another picture, which is signed itself."""
        try:
            picture = await self._picture(job)
            source_type = self._media.marks.source_type(marked_as(job))
            return await self._media.converters.run(preview, picture, source_type, limit=LIMIT)
        except (TooLate, BadPicture, DatabaseUnavailable) as error:
            log.info("job %s has no thumbnail: %s", job.id, type(error).__name__)
            return None

    async def _picture(self, job: Job) -> bytes:
        try:
            first, *_ = await self._videos.pictures(job)
        except TooLate:
            return await self._frame(await self._videos.clip(job))
        return (await self._videos.still(job, first.position)).data

    async def _frame(self, clip: bytes) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "film.mp4"
            await asyncio.to_thread(path.write_bytes, clip)
            return await self._media.converters.run(last_frame, path, limit=LIMIT)
