"""A picture of a result, named by the id of its job: k3f9, or k3f9:2 for the second of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.numbered_pictures import NumberedPictures
from commands.access.sharing import check_shared
from commands.access.subjects import check_shown_here, job_here, whole_number
from commands.errors import BadUpload
from commands.languages import marked, say
from commands.ui.job_links import read_job_id
from jobs.errors import TooLate
from jobs.videos import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Interaction

    from commands.kinds.image.kept_picture import KeptPicture
    from commands.services import RuleServices
    from jobs.records import JobRecords
    from jobs.videos import Videos
    from storage.jobs.jobs import Job

SEPARATOR = ":"
"""Between the id of a job and the number of its picture."""

SEVERAL = marked("job {job} has the pictures {numbers}; write {job}:{first} for one of them")


class ResultPictures:
    """Finds pictures of results that a member may go on with.

    Those are their own, and others' that are shown in the channel, as far as their authors share.
    """

    def __init__(self, records: JobRecords, videos: Videos, rules: RuleServices) -> None:
        self._records = records
        self._numbered = NumberedPictures(videos)
        self._rules = rules

    async def find(self, interaction: Interaction[Any], field: str, typed: str) -> KeptPicture:
        """The picture that was typed as that option.

        Raises:
            BadUpload: there is none, or it has several; with the way out.
            AgeRestricted, NotShared
        """
        job_id, _, number = typed.partition(SEPARATOR)
        place = whole_number(number.strip()) if number.strip() else None
        try:
            job = await self._job(interaction, read_job_id(job_id))
            return await self._numbered.find(field, job, place, SEVERAL)
        except TooLate:
            none = say("there is no result of that id with pictures, of yours or in this channel")
            raise BadUpload(field, none) from None

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

    async def _job(self, interaction: Interaction[Any], job_id: str) -> Job:
        """The result of that id, which the member may go on with.

        Raises:
            TooLate, AgeRestricted, NotShared
        """
        job = await job_here(self._records, interaction, job_id)
        is_own = job.member_id == interaction.user.id
        is_seen = job.channel_id == interaction.channel_id and not job.is_private
        # What failed or was cancelled was not paid for.
        if job.state not in SHOWN or not (is_own or is_seen):
            raise TooLate
        check_shown_here(interaction, job)
        await check_shared(self._rules, interaction, job)
        return job
