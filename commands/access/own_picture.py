"""A picture of a member's own result, by the job id and number that they type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.numbered_pictures import NumberedPictures
from commands.access.subjects import own_job
from commands.errors import BadUpload
from commands.languages import marked, say
from commands.ui.job_links import read_job_id
from jobs.errors import TooLate
from jobs.videos import SHOWN

if TYPE_CHECKING:
    from discord import Interaction

    from commands.kinds.image.kept_picture import KeptPicture
    from jobs.records import JobRecords
    from jobs.videos import Videos

SEVERAL = marked("job {job} has the pictures {numbers}; say which as picture")


class OwnPictures:
    """Finds pictures of members' own results."""

    def __init__(self, records: JobRecords, videos: Videos) -> None:
        self._records = records
        self._numbered = NumberedPictures(videos)

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
        try:
            job = await own_job(self._records, interaction, read_job_id(typed))
            # What failed or was cancelled was not paid for.
            if job.state not in SHOWN:
                raise TooLate
            return await self._numbered.find("picture", job, number, SEVERAL)
        except TooLate:
            reason = say("you have no result of that id with pictures that are kept")
            raise BadUpload("job", reason) from None
