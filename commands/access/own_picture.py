"""A picture of a member's own result, by the job id and number that they type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.subjects import own_job
from commands.errors import BadUpload
from commands.kinds.image.kept_picture import KeptPicture
from commands.languages import say
from commands.studio.show import read_job_id
from jobs.errors import TooLate
from jobs.videos import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Interaction

    from jobs.records import JobRecords
    from jobs.videos import Picture, Videos
    from storage.jobs.jobs import Job


class OwnPictures:
    """Finds pictures of members' own results."""

    def __init__(self, records: JobRecords, videos: Videos) -> None:
        self._records = records
        self._videos = videos

    async def find(
        self, interaction: Interaction[Any], typed: str | None, number: int | None
    ) -> KeptPicture | None:
        """The picture of the member's own result, if they name one.

        Raises:
            BadUpload: there is none, or it has several; with the way out.
            AgeRestricted
        """
        if typed is None:
            if number is not None:
                raise BadUpload("picture", say("it is one of a result; name that as job"))
            return None
        job, pictures = await self._pictures(interaction, typed)
        if number is None and len(pictures) > 1:
            reason = say(
                "job {job_id} has {count}; say which as picture",
                job_id=job.id,
                count=len(pictures),
            )
            raise BadUpload("picture", reason)
        place = (number or 1) - 1
        if place >= len(pictures):
            reason = say(
                "job {job_id} has no more than {count}", job_id=job.id, count=len(pictures)
            )
            raise BadUpload("picture", reason)
        found = pictures[place]
        width, height = found.size
        return KeptPicture(job_id=job.id, position=found.position, width=width, height=height)

    async def _pictures(
        self, interaction: Interaction[Any], typed: str
    ) -> tuple[Job, Sequence[Picture]]:
        """The member's own result of that id, with its pictures."""
        try:
            job = await own_job(self._records, interaction, read_job_id(typed))
            # What failed or was cancelled was not paid for.
            if job.state not in SHOWN:
                raise TooLate
            return job, await self._videos.pictures(job)
        except TooLate:
            reason = say("you have no result of that id with pictures that are kept")
            raise BadUpload("job", reason) from None
