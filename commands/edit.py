"""/edit: something is done to a picture, and the rest of it stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from discord import Attachment, Interaction, app_commands
from discord.app_commands import Choice

from commands.access.own_picture import OwnPictures
from commands.access.subjects import own_draft
from commands.errors import REFUSALS
from commands.kinds.edit.actions import PictureEdits
from commands.kinds.edit.cards import MAKE_ACTION
from commands.kinds.edit.form import EditForm
from commands.kinds.edit.job_request import EditJobRequest
from commands.kinds.image.edits import AREAS, MASK
from commands.kinds.image.job_request import ImageJobRequest, ImageServices
from commands.kinds.image.preferred import complete, words_with_style
from commands.kinds.image.read import ImageRequestForm
from commands.kinds.kept_request import KeptRequest
from commands.options.engines import EngineSuggestions
from commands.options.jobs import JobSuggestions
from commands.options.mentions import readable
from commands.options.pictures import (
    EngineName,
    JobId,
    Percent,
    PictureNumber,
    Prompt,
    describe_given,
)
from commands.options.slash import runs_command, slash
from commands.uploads import uploaded
from generation.edits import MAX_SEARCH, MAX_SIDE_PX, EditAction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices, PendingOrders, RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from jobs.videos import Videos

Range = app_commands.Range
MAX_WORDS = 2000
Words = Range[str, 1, MAX_WORDS]
Search = Range[str, 1, MAX_SEARCH]
Side = Range[int, 0, MAX_SIDE_PX]
INPAINT = "inpaint"
ACTIONS = {
    "outpaint": EditAction.OUTPAINT,
    "erase": EditAction.ERASE,
    "replace": EditAction.REPLACE,
    "recolour": EditAction.RECOLOUR,
    "background": EditAction.REMOVE_BACKGROUND,
}
"""The actions by the names of their subcommands."""

_area_choices = app_commands.choices(
    area=[Choice(name=label, value=str(area)) for area, label in AREAS.items()]
)


def build(
    jobs: JobServices,
    submission: Submission,
    engines: OfferedEngines,
    media: MediaServices,
    preferences: MemberPreferences,
    pending: PendingOrders,
    rules: RuleServices,
    videos: Videos,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The commands, and the buttons, selects and forms of edits."""
    services = ImageServices(jobs=jobs, engines=engines, uploads=media.uploads, videos=videos)
    pictures = OwnPictures(jobs.records, videos)
    edits = Edits(services, submission, preferences, pending, pictures)
    jobs_suggested = JobSuggestions(jobs.history).own_pictures
    suggested = EngineSuggestions(engines)
    group = app_commands.Group(name="edit", description="Change a picture.")
    masking = {"job": jobs_suggested, "engine": suggested.masking_engine}
    group.add_command(slash(INPAINT, edits.inpaint, suggestions=masking))
    for name, action in ACTIONS.items():
        suggestions = {"job": jobs_suggested, "engine": suggested.editor(action)}
        group.add_command(slash(name, getattr(edits, name), suggestions=suggestions))
    picture_edits = PictureEdits(services, pending, submission, rules, preferences)
    return [group], {MAKE_ACTION: edits.make, **picture_edits.by_name}


def offer(commands: Sequence[Registered], engines: OfferedEngines) -> Sequence[Registered]:
    """What an engine can do now."""
    for group in commands:
        if isinstance(group, app_commands.Group):
            for name, action in ACTIONS.items():
                if not engines.editors_for(action):
                    group.remove_command(name)
            if not engines.has_masks:
                group.remove_command(INPAINT)
    return [one for one in commands if isinstance(one, app_commands.Group) and one.commands]


class Edits:
    """The commands: each asks for one picture, changed."""

    def __init__(
        self,
        services: ImageServices,
        submission: Submission,
        preferences: MemberPreferences,
        pending: PendingOrders,
        pictures: OwnPictures,
    ) -> None:
        self._services = services
        self._submission = submission
        self._preferences = preferences
        self._pending = pending
        self._pictures = pictures

    @runs_command
    @describe_given
    @_area_choices
    async def inpaint(
        self,
        interaction: Interaction[Any],
        prompt: Prompt,
        image: Attachment | None = None,
        job: JobId | None = None,
        picture: PictureNumber | None = None,
        area: str | None = None,
        mask: Attachment | None = None,
        strength: Percent | None = None,
        engine: EngineName | None = None,
        private: bool | None = None,
    ) -> None:
        """Draw a part of a picture again; the rest of it stays.

        Args:
            prompt: What should be there; weights and options as in /imagine
            area: Which part may change
            mask: Black where the picture may change, white where it stays
            strength: How much of that part may change, in percent; 100 if you do not say
            engine: Which engine draws
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
            kept_image = await self._pictures.find(interaction, job, picture)
        except REFUSALS as error:
            await self._submission.refuse(interaction, self._inpaint_request(form), error)
            return
        form = await complete(self._preferences, interaction, replace(form, kept_image=kept_image))
        await self._submission.submit(interaction, self._inpaint_request(form))

    @runs_command
    @describe_given
    async def outpaint(
        self,
        interaction: Interaction[Any],
        image: Attachment | None = None,
        job: JobId | None = None,
        picture: PictureNumber | None = None,
        left: Side | None = None,
        right: Side | None = None,
        up: Side | None = None,
        down: Side | None = None,
        prompt: Words | None = None,
        engine: EngineName | None = None,
        private: bool | None = None,
    ) -> None:
        """Extend a picture beyond its edges.

        Args:
            left: How many pixels more at the left; a quarter more at each side if you name none
            right: How many pixels more at the right
            up: How many pixels more at the top
            down: How many pixels more at the bottom
            prompt: What is to be seen there; weights and options as in /imagine
            engine: Which engine draws it
        """
        sides = (left, right, up, down)
        is_named = any(side is not None for side in sides)
        form = EditForm(
            action=EditAction.OUTPAINT,
            words=readable(interaction, prompt or ""),
            sides=(left or 0, right or 0, up or 0, down or 0) if is_named else None,
            image=uploaded(image) if image else None,
            engine=engine,
            private=private,
        )
        await self._edit(interaction, form, job, picture)

    @runs_command
    @describe_given
    @_area_choices
    async def erase(
        self,
        interaction: Interaction[Any],
        image: Attachment | None = None,
        job: JobId | None = None,
        picture: PictureNumber | None = None,
        area: str | None = None,
        mask: Attachment | None = None,
        engine: EngineName | None = None,
        private: bool | None = None,
    ) -> None:
        """Take something away from a picture; what surrounds it fills the place.

        Args:
            area: Which part to erase
            mask: Black where the picture is erased, white where it stays
            engine: Which engine erases
        """
        form = EditForm(
            action=EditAction.ERASE,
            image=uploaded(image) if image else None,
            mask=uploaded(mask) if mask else None,
            area=area,
            engine=engine,
            private=private,
        )
        await self._edit(interaction, form, job, picture)

    @runs_command
    @describe_given
    async def replace(
        self,
        interaction: Interaction[Any],
        search: Search,
        prompt: Words,
        image: Attachment | None = None,
        job: JobId | None = None,
        picture: PictureNumber | None = None,
        engine: EngineName | None = None,
        private: bool | None = None,
    ) -> None:
        """Replace something in a picture by something else.

        Args:
            search: What to replace, for example the red boat
            prompt: What should be there instead; weights and options as in /imagine
            engine: Which engine searches and draws
        """
        form = EditForm(
            action=EditAction.REPLACE,
            search=readable(interaction, search),
            words=readable(interaction, prompt),
            image=uploaded(image) if image else None,
            engine=engine,
            private=private,
        )
        await self._edit(interaction, form, job, picture)

    @runs_command
    @describe_given
    async def recolour(
        self,
        interaction: Interaction[Any],
        search: Search,
        prompt: Words,
        image: Attachment | None = None,
        job: JobId | None = None,
        picture: PictureNumber | None = None,
        engine: EngineName | None = None,
        private: bool | None = None,
    ) -> None:
        """Give something in a picture another colour.

        Args:
            search: What to recolour, for example the car
            prompt: Which colour it should have, for example dark green
            engine: Which engine searches and recolours
        """
        form = EditForm(
            action=EditAction.RECOLOUR,
            search=readable(interaction, search),
            words=readable(interaction, prompt),
            image=uploaded(image) if image else None,
            engine=engine,
            private=private,
        )
        await self._edit(interaction, form, job, picture)

    @runs_command
    @describe_given
    async def background(
        self,
        interaction: Interaction[Any],
        image: Attachment | None = None,
        job: JobId | None = None,
        picture: PictureNumber | None = None,
        engine: EngineName | None = None,
        private: bool | None = None,
    ) -> None:
        """Remove the background of a picture: a PNG with transparent pixels.

        Args:
            engine: Which engine cuts out
        """
        form = EditForm(
            action=EditAction.REMOVE_BACKGROUND,
            image=uploaded(image) if image else None,
            engine=engine,
            private=private,
        )
        await self._edit(interaction, form, job, picture)

    async def make(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Make the edit whose price a button names."""
        draft = await own_draft(self._pending, interaction, draft_id)
        content, kept = KeptRequest.split(draft.content)
        request = self._request(EditForm.from_json(content))
        agreed = replace(request, **kept.agreed(f"edit:{draft_id}"))
        await self._submission.submit(interaction, agreed)

    async def _edit(
        self, interaction: Interaction[Any], form: EditForm, job: str | None, picture: int | None
    ) -> None:
        try:
            kept_image = await self._pictures.find(interaction, job, picture)
            words = await words_with_style(self._preferences, interaction, form.words)
            form = replace(form, kept_image=kept_image, words=words)
        except REFUSALS as error:
            await self._submission.refuse(interaction, self._request(form), error)
            return
        await self._submission.submit(interaction, self._request(form))

    def _request(self, form: EditForm) -> EditJobRequest:
        return EditJobRequest(
            services=self._services,
            form=form,
            parent_id=form.kept_image.job_id if form.kept_image else None,
            wants_private=form.private,
        )

    def _inpaint_request(self, form: ImageRequestForm) -> ImageJobRequest:
        return ImageJobRequest(
            services=self._services,
            form=form,
            parent_id=form.kept_image.job_id if form.kept_image else None,
            wants_private=form.private,
        )
