"""/edit: a part of a picture is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from discord import Attachment, Interaction, app_commands
from discord.app_commands import Choice

from commands.access.subjects import own_job
from commands.errors import REFUSALS, BadUpload
from commands.kinds.image.edits import AREAS, MASK
from commands.kinds.image.job_request import ImageJobRequest, ImageServices
from commands.kinds.image.kept_picture import KeptPicture
from commands.kinds.image.preferred import complete
from commands.kinds.image.read import ImageRequestForm
from commands.languages import say
from commands.options.engines import EngineSuggestions
from commands.options.jobs import JobSuggestions
from commands.options.mentions import readable
from commands.options.slash import runs_command, slash
from commands.studio.show import read_job_id
from commands.uploads import uploaded
from jobs.errors import TooLate
from jobs.orders.image import MAX_PICTURES
from jobs.videos import SHOWN
from prompts import MAX_CHARS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from jobs.videos import Picture, Videos
    from storage.jobs.jobs import Job

Range = app_commands.Range


def build(
    jobs: JobServices,
    submission: Submission,
    engines: OfferedEngines,
    media: MediaServices,
    preferences: MemberPreferences,
    videos: Videos,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command; the buttons of what it draws or refuses are those of /imagine."""
    services = ImageServices(jobs=jobs, engines=engines, uploads=media.uploads, videos=videos)
    edits = Edits(services, submission, preferences)
    suggestions = {
        "job": JobSuggestions(jobs.history).own_pictures,
        "engine": EngineSuggestions(engines).masking_engine,
    }
    return [slash("edit", edits.command, suggestions=suggestions)], {}


def offer(commands: Sequence[Registered], engines: OfferedEngines) -> Sequence[Registered]:
    """The command where an engine takes masks."""
    return commands if engines.has_masks else []


class Edits:
    """The command: an order of pictures with a mask."""

    def __init__(
        self, services: ImageServices, submission: Submission, preferences: MemberPreferences
    ) -> None:
        self._services = services
        self._submission = submission
        self._preferences = preferences

    @runs_command
    @app_commands.choices(
        area=[Choice(name=label, value=str(area)) for area, label in AREAS.items()]
    )
    async def command(
        self,
        interaction: Interaction[Any],
        prompt: Range[str, 1, MAX_CHARS],
        image: Attachment | None = None,
        job: Range[str, 1, 24] | None = None,
        picture: Range[int, 1, MAX_PICTURES] | None = None,
        area: str | None = None,
        mask: Attachment | None = None,
        strength: Range[int, 0, 100] | None = None,
        engine: Range[str, 1, 100] | None = None,
        private: bool | None = None,
    ) -> None:
        """Change a part of a picture; the rest of it stays.

        Args:
            prompt: What should be there; weights and options as in /imagine
            image: The picture to change
            job: Or a result of your own, by its job id
            picture: Which picture of that result, where it has several
            area: Which part may change
            mask: Black where the picture may change, white where it stays
            strength: How much of that part may change, in percent; 100 if you do not say
            engine: Which engine draws
            private: Only you see the result, until you post it
        """
        form = ImageRequestForm(
            prompt=readable(interaction, prompt),
            engine=engine,
            strength=strength,
            image=uploaded(image) if image else None,
            mask=uploaded(mask) if mask else None,
            private=private,
            area=area or MASK,
        )
        try:
            kept_image = await self._result(interaction, job, picture)
        except REFUSALS as error:
            await self._submission.refuse(interaction, self._request(form), error)
            return
        form = await complete(self._preferences, interaction, replace(form, kept_image=kept_image))
        await self._submission.submit(interaction, self._request(form))

    def _request(self, form: ImageRequestForm) -> ImageJobRequest:
        return ImageJobRequest(
            services=self._services,
            form=form,
            parent_id=form.kept_image.job_id if form.kept_image else None,
            is_private=bool(form.private),
        )

    async def _result(
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
            raise BadUpload(
                "picture",
                say("job {job_id} has no more than {count}", job_id=job.id, count=len(pictures)),
            )
        found = pictures[place]
        width, height = found.size
        return KeptPicture(job_id=job.id, position=found.position, width=width, height=height)

    async def _pictures(
        self, interaction: Interaction[Any], typed: str
    ) -> tuple[Job, Sequence[Picture]]:
        """The member's own result of that id, with its pictures."""
        try:
            job = await own_job(self._services.jobs.records, interaction, read_job_id(typed))
            # What failed or was cancelled was not paid for.
            if job.state not in SHOWN:
                raise TooLate
            return job, await self._services.videos.pictures(job)
        except TooLate:
            reason = say("you have no result of that id with pictures that are kept")
            raise BadUpload("job", reason) from None
