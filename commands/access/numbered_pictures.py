"""One picture of a result by its number, which stays its own whatever becomes of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.errors import BadUpload
from commands.kinds.image.kept_picture import KeptPicture
from commands.languages import marked, say
from commands.ui.text import pictures as pictures_in_words
from jobs.orders.by_kind import order_of
from jobs.videos import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.videos import Picture, Videos
    from storage.jobs.jobs import Job

MISSING = {
    Missing.DELETED: marked("picture {number} of job {job} was deleted; it still has {numbers}"),
    Missing.NOT_MADE: marked("picture {number} of job {job} was not made; it has {numbers}"),
    Missing.DELETED_OR_NOT_MADE: marked(
        "picture {number} of job {job} was deleted, or it was not made; it has {numbers}"
    ),
}


class NumberedPictures:
    """Finds pictures of results by their numbers."""

    def __init__(self, videos: Videos) -> None:
        self._videos = videos

    async def find(self, field: str, job: Job, number: int | None, several: str) -> KeptPicture:
        """The picture of a job with that number; without one, the only picture that is kept.

        Where there are more, `several` says what to write: a text with `job`, `numbers` and
        `first`.

        Raises:
            BadUpload: there is no such picture any more, or it has to be named.
            TooLate: none of the job is kept.
        """
        pictures = await self._videos.pictures(job)
        if number is None and len(pictures) > 1:
            first, numbers = pictures[0].number, _numbers(pictures)
            raise BadUpload(field, say(several, job=job.id, numbers=numbers, first=first))
        for picture in pictures:
            if number in (None, picture.number):
                width, height = picture.size
                return KeptPicture(
                    job_id=job.id, position=picture.position, width=width, height=height
                )
        raise BadUpload(field, await self._why_not(job, number or 0, pictures))

    async def _why_not(self, job: Job, number: int, pictures: Sequence[Picture]) -> str:
        """Why a job has no picture of that number."""
        ordered = order_of(job).units
        if not 1 <= number <= ordered:
            count = pictures_in_words(ordered)
            return say("job {job} has no more than {count}", job=job.id, count=count)
        values = {"number": number, "job": job.id, "numbers": _numbers(pictures)}
        return say(MISSING[await self._videos.why_missing(job, number - 1)], **values)


def _numbers(pictures: Sequence[Picture]) -> str:
    return ", ".join(str(picture.number) for picture in pictures)
