"""Retention of results: erased after some days, and sooner where they exceed the disk cap."""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from storage import overview
from storage.jobs import retention

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from jobs.rules.disk import Space
    from storage.database import Database
    from storage.jobs.artifacts import Artifacts

log = logging.getLogger(__name__)

BATCH = 50
YOUNG_FOR = timedelta(days=1)
"""A result is never erased sooner, also where the cap is reached."""

TIDY_EVERY = timedelta(days=1)


class Sweeper:
    """Erases what is old, and keeps count of what all kept pictures take.

    `making` is the folder of films that are on their way.
    """

    def __init__(
        self,
        *,
        database: Database,
        artifacts: Artifacts,
        space: Space,
        keep_days: int,
        making: Path,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._artifacts = artifacts
        self._space = space
        self._keep_for = timedelta(days=keep_days) if keep_days else None
        self._making = making
        self._now = now
        self._tidied_at: datetime | None = None

    async def sweep(self) -> None:
        """Erase what is due now."""
        await self._measure()
        erased = await self._erase_old() + await self._make_room()
        if erased:
            log.info("the pictures of %d old jobs were erased", erased)
        if self._tidied_at is None or self._now() - self._tidied_at >= TIDY_EVERY:
            await self._tidy()
            self._tidied_at = self._now()

    async def _erase_old(self) -> int:
        if self._keep_for is None:
            return 0
        erased, before = 0, self._now() - self._keep_for
        while job_ids := await self._database.read(retention.over_since, before, BATCH):
            erased += await self._erase(job_ids)
        return erased

    async def _make_room(self) -> int:
        """Erase the oldest until the cap is kept, or nothing is left that is old enough.

        Results with favourites go only when there are no others.
        """
        erased, before = 0, self._now() - YOUNG_FOR
        for has_favourites in (False, True):
            while self._space.is_over_cap and (
                job_ids := await self._database.read(
                    retention.over_since, before, 1, has_favourites=has_favourites
                )
            ):
                erased += await self._erase(job_ids)
        return erased

    async def _erase(self, job_ids: list[str]) -> int:
        for job_id in job_ids:
            await self._artifacts.erase(job_id)
        await self._measure()
        return len(job_ids)

    async def _measure(self) -> None:
        self._space.kept_bytes = await self._database.read(overview.kept_bytes)

    async def _tidy(self) -> None:
        """Forget old words, and erase bytes that a crash left without a row.

        Fresh bytes may be about to get their row.
        """
        if self._keep_for is not None:
            before = self._now() - self._keep_for
            while await self._database.write(retention.forget_words, before, BATCH):
                pass
        folders = sorted(await self._artifacts.folders_before(self._now() - YOUNG_FOR))
        for start in range(0, len(folders), BATCH):
            for job_id in await self._database.read(
                retention.without_rows, folders[start : start + BATCH]
            ):
                log.warning("the files of job %s belong to nothing; they are erased", job_id)
                await self._artifacts.erase(job_id)
        left = await asyncio.to_thread(_clear, self._making, self._now() - YOUNG_FOR)
        if left:
            log.info("%d things that a crash left of films were erased", left)


def _clear(folder: Path, before: datetime) -> int:
    """Erase what was written into a folder before that instant; how many things that were."""
    cleared = 0
    for path in list(folder.iterdir()) if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime >= before.timestamp():
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
            cleared += 1
    return cleared
