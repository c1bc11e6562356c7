"""A picture of a result, named by the id of its job: k3f9, or k3f9:2 for the second of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.sharing import check_shared
from commands.access.subjects import check_shown_here, job_here, whole_number
from commands.errors import BadUpload
from commands.kinds.image.kept_picture import KeptPicture
from commands.languages import say
from commands.studio.show import read_job_id
from jobs.errors import TooLate
from jobs.videos import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Interaction

    from commands.services import RuleServices
    from jobs.records import JobRecords
    from jobs.videos import Picture, Videos
    from storage.jobs.jobs import Job

SEPARATOR = ":"
"""Between the id of a job and the number of its picture."""


class ResultPictures:
    """Finds pictures of results that a member may go on with.

    Those are their own, and others' that are shown in the channel, as far as their authors share.
    """

    def __init__(self, records: JobRecords, videos: Videos, rules: RuleServices) -> None:
        self._records = records
        self._videos = videos
        self._rules = rules

    async def find(
        self, interaction: Interaction[Any], field: str, typed: str
    ) -> tuple[Job, KeptPicture]:
        """The picture that was typed as that option, and the job that drew it.

        Raises:
            BadUpload: there is none, or it has several; with the way out.
            AgeRestricted, NotShared
        """
        job_id, _, number = typed.partition(SEPARATOR)
        job, pictures = await self._pictures(interaction, field, read_job_id(job_id))
        if not number and len(pictures) > 1:
            several = say("job {job} has several pictures; write {job}:1 for its first", job=job.id)
            raise BadUpload(field, several)
        place = whole_number(number.strip() or "1") - 1
        if not 0 <= place < len(pictures):
            most = say("job {job} has pictures 1 to {count} only", job=job.id, count=len(pictures))
            raise BadUpload(field, most)
        found = pictures[place]
        width, height = found.size
        picture = KeptPicture(job_id=job.id, position=found.position, width=width, height=height)
        return job, picture

    async def check_again(self, interaction: Interaction[Any], job_ids: Sequence[str]) -> None:
        """Whether results may still be gone on with; those that are not kept are left out.

        Raises:
            AgeRestricted, NotShared
        """
        for job_id in job_ids:
            try:
                job = await job_here(self._records, interaction, job_id)
            except TooLate:
                continue
            check_shown_here(interaction, job)
            await check_shared(self._rules, interaction, job)

    async def _pictures(
        self, interaction: Interaction[Any], field: str, job_id: str
    ) -> tuple[Job, Sequence[Picture]]:
        try:
            job = await job_here(self._records, interaction, job_id)
            is_own = job.member_id == interaction.user.id
            is_seen = job.channel_id == interaction.channel_id and not job.is_private
            # What failed or was cancelled was not paid for.
            if job.state not in SHOWN or not (is_own or is_seen):
                raise TooLate
            pictures = await self._videos.pictures(job)
        except TooLate:
            none = say("there is no result of that id with pictures, of yours or in this channel")
            raise BadUpload(field, none) from None
        check_shown_here(interaction, job)
        await check_shared(self._rules, interaction, job)
        return job, pictures
