"""Jobs as the commands look at them, and the erasing of what one has kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jobs.errors import OthersJob, PictureGone, TooLate
from jobs.orders.image import ImageOrder
from storage.jobs import history, redeliveries
from storage.jobs.jobs import OPEN_STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.settlement import Settlement
    from storage.database import Database
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.history import Post
    from storage.jobs.jobs import Job, JobStore

LOOKS = 15
"""Together 1.5 s: Discord waits 3 s for the answer to the press."""

BETWEEN_LOOKS_S = 0.1


class JobRecords:
    """Finds jobs and what was kept for them."""

    def __init__(
        self,
        database: Database,
        store: JobStore,
        artifacts: Artifacts,
        settlement: Settlement,
    ) -> None:
        self._database = database
        self._store = store
        self._artifacts = artifacts
        self._settlement = settlement

    async def is_taken(self, key: str) -> bool:
        """Whether a job was accepted under that key."""
        return await self.by_key(key) is not None

    async def by_key(self, key: str) -> Job | None:
        """The job that was accepted under that key."""
        return await self._database.read(self._store.by_key, key)

    async def is_known(self, job_id: str) -> bool:
        """Whether a job of that id was ever accepted."""
        return await self._database.read(self._store.get, job_id) is not None

    async def get(self, job_id: str) -> Job:
        """The job of that id.

        Raises:
            TooLate: it is not kept.
        """
        job = await self._database.read(self._store.get, job_id)
        if job is None:
            raise TooLate
        return job

    async def uploads(self, job: Job) -> dict[str, bytes]:
        """The init image, the mask and the control picture that a job was given, by role.

        Raises:
            TooLate: they were erased.
        """
        order = ImageOrder.from_json(job.spec)
        roles = [
            ("init", order.uses_init),
            ("mask", order.uses_mask),
            ("control", order.uses_control),
        ]
        found: dict[str, bytes] = {}
        for role, is_used in roles:
            kept = await self._artifacts.of_job(job.id, role) if is_used else []
            if is_used and not kept:
                raise TooLate
            for artifact in kept:
                found[role] = await self._read(artifact)
        return found

    async def given(self, job: Job, role: str) -> list[bytes]:
        """The pictures of a role that a job was given, in their order.

        Raises:
            TooLate: they were erased.
        """
        kept = await self._artifacts.of_job(job.id, role)
        if not kept:
            raise TooLate
        ordered = sorted(kept, key=lambda artifact: artifact.position)
        return [await self._read(artifact) for artifact in ordered]

    async def posts(self, job: Job) -> Sequence[Post]:
        """The further messages that show a job."""
        return await self._database.read(history.posts_of, job.id)

    async def _read(self, artifact: Artifact) -> bytes:
        try:
            return await self._artifacts.read(artifact)
        except FileNotFoundError:
            # Erased since its row was read.
            raise TooLate from None

    async def repeats(self, key_prefix: str) -> tuple[int, bool]:
        """How many jobs have keys that begin like that, and whether one is at work."""
        count, at_work = await self._database.read(self._store.count_by_key, key_prefix)
        return count, at_work > 0

    async def erase(
        self, job_id: str, actor_id: int, *, is_moderator: bool, looks: int = LOOKS
    ) -> Job:
        """Erase the kept pictures of a job that is over, or of which the rest is not shown yet.

        It is waited for that it is over, for so many looks.

        Raises:
            OthersJob, TooLate
        """
        job = await self.get(job_id)
        if actor_id != job.member_id and not is_moderator:
            raise OthersJob
        job = await self._left(await self.once_over(job, looks, or_unshown=True))
        await self._artifacts.erase(job_id)
        return job

    async def positions(self, job: Job) -> Sequence[int]:
        """Which pictures of a job are kept; of a film, that there is one."""
        kept = await self._artifacts.of_job(job.id)
        return [artifact.position for artifact in kept if not artifact.is_filtered]

    async def erase_one(
        self, job_id: str, position: int, actor_id: int, *, is_moderator: bool
    ) -> int:
        """Erase one picture of a job that is over; how many of its pictures are left.

        Raises:
            OthersJob, TooLate, PictureGone
        """
        job = await self.get(job_id)
        if actor_id != job.member_id and not is_moderator:
            raise OthersJob
        job = await self.once_over(job)
        kept = await self.positions(job)
        if position not in kept:
            raise PictureGone if kept else TooLate
        await self._artifacts.erase_one(job.id, position)
        return len(await self.positions(job))

    async def once_over(self, job: Job, looks: int = LOOKS, *, or_unshown: bool = False) -> Job:
        """The job when it is over: its card shows the result a moment before that.

        With `or_unshown` also while only the showing of its result is not.

        Raises:
            TooLate: it is really still at work.
        """
        for _ in range(looks):
            if job.state not in OPEN_STATES or (or_unshown and job.show_at is not None):
                return job
            await asyncio.sleep(BETWEEN_LOOKS_S)
            job = await self.get(job.id)
        raise TooLate

    async def _left(self, job: Job) -> Job:
        """The job, of which nothing is to be shown later any more."""
        if job.show_at is None:
            return job
        if job.state in OPEN_STATES:
            await self._settlement.leave_unshown(job)
        else:
            await self._database.write(redeliveries.note_shown, job.id)
        return await self.get(job.id)
