"""The files of a result as they fit where they are shown: encoded smaller, or linked to."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.delivery.file_limits import DEFAULT_FILE_LIMIT, UploadLimit
from commands.services import KeptFiles
from commands.ui.cards import FIRST_FRAME, preview_name
from jobs.delivery import Result
from jobs.errors import TooLate
from jobs.orders.by_kind import marked_as, role_of
from jobs.orders.order import PREVIEW_ROLE, RESULT
from media.errors import BadPicture, Reason
from media.marking.xmp import mark_jpeg
from media.reencode import fit_upload
from media.video import fit_video_upload
from storage.jobs.artifacts import NotKept
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from media.marking.marks import Marks
    from media.pool import MediaPool
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.jobs import Job

    Files = list[tuple[str, bytes]]

FILES_IN_A_MESSAGE = 10
LIMIT = timedelta(minutes=5)
"""How long a film may be made smaller."""

NO_FORM = b""
"""Kept in place of a film of which no form fits."""

SUFFIXES = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class FittedFiles:
    """Files by name, as they are uploaded; with a `link` they are the poster of what is there."""

    files: Files
    link: str = ""


class ResultFiles:
    """Reads what was kept for a job, makes it fit and signs it as AI-made.

    `folder` is for work in progress; `link_base` is the address under which kept artifacts can be
    had, where there is one.
    """

    def __init__(
        self,
        artifacts: Artifacts,
        pool: MediaPool,
        marks: Marks,
        folder: Path,
        link_base: str = "",
    ) -> None:
        self._artifacts = artifacts
        self._pool = pool
        self._marks = marks
        self._folder = folder
        self._link_base = link_base.rstrip("/")

    async def preview(self, job: Job) -> Files:
        """The picture that is shown while the job is under way, if there is one."""
        kept = await self._artifacts.of_job(job.id, PREVIEW_ROLE)
        return await self._first_frame(job, kept[0] if kept else None)

    async def marked_previews(self, job: Job, previews: Sequence[bytes]) -> Files:
        """What a machine has drawn so far, marked as such and signed; JPEGs go in and out."""
        source_type = self._marks.source_type(marked_as(job))
        marked = [mark_jpeg(data, source_type) for data in previews]
        return [
            (preview_name(number), await self._marks.picture(data, "image/jpeg", marked_as(job)))
            for number, data in enumerate(marked, start=1)
        ]

    async def arrived(self, job: Job) -> Files:
        """What a job at work shows already, as many files as a message takes; none where nothing.

        Only its pictures are shown before it is over, and from then on it is being delivered.
        """
        role = role_of(job)
        if job.state is not JobState.DELIVERING or role != RESULT:
            return []
        kept = await self._artifacts.of_job(job.id, role)
        shown = [one for one in kept if not one.is_filtered][:FILES_IN_A_MESSAGE]
        try:
            return (
                await self.fitted(job, Result(files=shown), UploadLimit(DEFAULT_FILE_LIMIT))
            ).files
        except (BadPicture, FileNotFoundError):
            return []

    async def kept(self, job: Job, limit: int, *, after: int = 0) -> KeptFiles:
        """What is kept of a delivered result after so many files, as many as a message takes.

        Raises:
            TooLate: none is kept, or it fits nowhere.
        """
        kept = [one for one in await self._artifacts.of_job(job.id) if not one.is_filtered]
        posters = await self._artifacts.of_job(job.id, PREVIEW_ROLE)
        shown = kept[after:][:FILES_IN_A_MESSAGE]
        if not shown:
            raise TooLate
        try:
            result = Result(files=shown, poster=next(iter(posters), None))
            fitted = await self.fitted(job, result, UploadLimit(limit))
        except (BadPicture, FileNotFoundError):
            raise TooLate from None
        seeds, positions = [one.seed for one in shown], [one.position for one in shown]
        sizes = [(one.width, one.height) for one in shown]
        return KeptFiles(fitted.files, seeds, fitted.link, positions, sizes)

    async def fitted(self, job: Job, result: Result, limit: UploadLimit) -> FittedFiles:
        """The files of a result, made to fit where they are shown.

        Raises:
            BadPicture: one does not fit, and cannot be linked to.
        """
        in_a_message = min(max(1, len(result.files)), FILES_IN_A_MESSAGE)
        each = min(limit.file_bytes, limit.message_bytes // in_a_message)
        files: Files = []
        for artifact in result.files:
            try:
                files.append(await self._fitted(job, artifact, each))
            except BadPicture:
                poster = await self._first_frame(job, result.poster)
                if not self._link_base or not poster:
                    raise
                return FittedFiles(poster, f"{self._link_base}/{artifact.object_key}")
        return FittedFiles(files)

    async def _fitted(self, job: Job, artifact: Artifact, limit: int) -> tuple[str, bytes]:
        """The file by its name, signed; a too large one is encoded anew rather than dropped."""
        data = await self._artifacts.read(artifact)
        if artifact.mime.startswith("video/"):
            # A film was signed before it was kept.
            if len(data) > limit:
                data = await self._smaller_once(artifact, job, data, limit)
            return f"atelier-{job.id}.mp4", data
        mime, room = artifact.mime, max(1, limit - self._marks.reserve_bytes)
        if len(data) > room:
            mime, data = "image/jpeg", await self._pool.run(fit_upload, data, room)
        signed = await self._marks.picture(data, mime, marked_as(job))
        return f"atelier-{job.id}-{artifact.position + 1}.{SUFFIXES[mime]}", signed

    async def _smaller_once(self, artifact: Artifact, job: Job, data: bytes, limit: int) -> bytes:
        """The film within the limit; what came of it is kept, since Discord may not take it yet.

        Raises:
            BadPicture: no form of it fits.
        """
        name = f"{artifact.role}-{artifact.position}-within-{limit}.mp4"
        kept = await self._artifacts.read_aside(job.id, name)
        if kept is None:
            try:
                kept = await self._smaller(job, data, limit)
            except BadPicture as error:
                if error.reason is not Reason.TOO_MANY_BYTES:
                    raise
                kept = NO_FORM
            with suppress(NotKept):
                await self._artifacts.put_aside(job.id, name, kept)
        if kept == NO_FORM:
            raise BadPicture(Reason.TOO_MANY_BYTES, f"no form of it fits {limit:,} bytes")
        return kept

    async def _smaller(self, job: Job, data: bytes, limit: int) -> bytes:
        """The film encoded again within the limit in bytes, marked and signed anew."""
        room = max(1, limit - self._marks.reserve_bytes)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            whole, small = Path(name) / "whole.mp4", Path(name) / "small.mp4"
            await asyncio.to_thread(whole.write_bytes, data)
            await self._pool.run(fit_video_upload, whole, small, room, limit=LIMIT)
            await self._marks.video(small, marked_as(job))
            return await asyncio.to_thread(small.read_bytes)

    async def _first_frame(self, job: Job, picture: Artifact | None) -> Files:
        if picture is None:
            return []
        try:
            data = await self._artifacts.read(picture)
        except FileNotFoundError:
            return []
        if picture.role != PREVIEW_ROLE:
            # A preview was marked before it was kept, if a machine made it.
            data = await self._marks.picture(data, picture.mime, marked_as(job))
        return [(f"{FIRST_FRAME}.{SUFFIXES[picture.mime]}", data)]


def addresses(files: Sequence[tuple[str, bytes]]) -> list[str]:
    """How a card refers to the files that are uploaded with it."""
    return [f"attachment://{name}" for name, _ in files]
