"""Edit on one picture of a result: a choice of what is done to it, and a form for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from commands.access.chosen_picture import ChosenPicture
from commands.access.sharing import check_shared
from commands.access.subjects import job_here, own_draft
from commands.errors import DraftGone
from commands.kinds.edit.cards import REDO_ACTION
from commands.kinds.edit.form import EditForm
from commands.kinds.edit.forms import (
    AREA,
    CHOOSE_ACTION,
    FORM_ACTIONS,
    INPAINT,
    REDONE_ACTION,
    edit_form,
    edit_select,
    redo_form,
    sides_of_answers,
    typed_words,
)
from commands.kinds.edit.job_request import EditJobRequest
from commands.kinds.edit.offers import edit_offers
from commands.kinds.image.edits import MASK
from commands.kinds.image.job_request import ImageJobRequest
from commands.kinds.image.kept_picture import KeptPicture
from commands.kinds.image.preferred import with_style, words_with_style
from commands.kinds.image.read import ImageRequestForm, without_seed
from commands.kinds.kept_request import KeptRequest
from commands.languages import say
from commands.options.mentions import readable
from commands.ui.answers import answer_privately
from commands.ui.cards import Card
from commands.ui.modals import answers, attached_file
from generation.edits import EditAction
from jobs.errors import TooLate
from jobs.orders.by_kind import order_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discord import Interaction

    from commands import Action
    from commands.kinds.image.job_request import ImageServices
    from commands.services import PendingOrders, RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from storage.jobs.jobs import Job


class PictureEdits:
    """Offers what engines can do to a picture, and has it done on the account of who asks."""

    def __init__(
        self,
        services: ImageServices,
        pending: PendingOrders,
        submission: Submission,
        rules: RuleServices,
        preferences: MemberPreferences,
    ) -> None:
        self._services = services
        self._pending = pending
        self._submission = submission
        self._rules = rules
        self._preferences = preferences

    @property
    def by_name(self) -> Mapping[str, Action]:
        """The actions by the names in the ids of the button, the select and the forms."""
        return {
            "picture_edit": self.offer,
            CHOOSE_ACTION: self.choose,
            FORM_ACTIONS[EditAction.OUTPAINT]: self.outpaint,
            FORM_ACTIONS[EditAction.ERASE]: self.erase,
            FORM_ACTIONS[EditAction.REPLACE]: self.replace,
            FORM_ACTIONS[EditAction.RECOLOUR]: self.recolour,
            FORM_ACTIONS[INPAINT]: self.inpaint,
            REDO_ACTION: self.redo,
            REDONE_ACTION: self.redone,
        }

    async def offer(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Show what can be done to the picture, with its prices."""
        _, picture = await self._picture(interaction, draft_id)
        engines = self._services.engines
        offers = edit_offers((picture.width, picture.height), engines)
        if not offers and not engines.has_masks:
            raise TooLate
        select = edit_select(draft_id, offers, has_inpaint=engines.has_masks)
        lines = [say("**Edit this picture**"), f"{picture.width}×{picture.height}"]
        await answer_privately(interaction, Card("\n".join(lines), select=select))

    async def choose(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open the form of what was chosen, or do what needs none."""
        job, picture = await self._picture(interaction, draft_id)
        values = cast("dict[str, Any]", interaction.data or {}).get("values")
        chosen = str(next(iter(cast("list[Any]", values)), "")) if values else ""
        if chosen == EditAction.REMOVE_BACKGROUND:
            form = EditForm(action=EditAction.REMOVE_BACKGROUND, kept_image=picture)
            await self._submit(interaction, job, form)
        elif chosen in FORM_ACTIONS:
            text = order_of(job).prompt
            words = without_seed(text) if text else ""
            await interaction.response.send_modal(edit_form(chosen, draft_id, words))
        else:
            raise DraftGone

    async def outpaint(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Extend the picture as the form says."""
        job, picture = await self._picture(interaction, draft_id)
        said = answers(interaction.data)
        form = EditForm(
            action=EditAction.OUTPAINT,
            words=await self._words(interaction),
            sides=sides_of_answers(said, (picture.width, picture.height)),
            kept_image=picture,
        )
        await self._submit(interaction, job, form)

    async def erase(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Erase the part that the form names."""
        job, picture = await self._picture(interaction, draft_id)
        form = EditForm(
            action=EditAction.ERASE,
            area=answers(interaction.data).get(AREA),
            mask=attached_file(interaction.data, MASK),
            kept_image=picture,
        )
        await self._submit(interaction, job, form)

    async def replace(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Replace what the form names."""
        await self._search(interaction, draft_id, EditAction.REPLACE)

    async def recolour(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Recolour what the form names."""
        await self._search(interaction, draft_id, EditAction.RECOLOUR)

    async def inpaint(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw the part again that the form names."""
        job, picture = await self._picture(interaction, draft_id)
        form = ImageRequestForm(
            prompt=readable(interaction, typed_words(interaction)),
            area=answers(interaction.data).get(AREA, MASK),
            mask=attached_file(interaction.data, MASK),
            kept_image=picture,
        )
        form = await with_style(self._preferences, interaction, form)
        request = ImageJobRequest(services=self._services, form=form, parent_id=job.id)
        await self._submission.submit(interaction, request)

    async def redo(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open the form with the texts of an edit that was refused or asked about."""
        form, _ = await self._draft(interaction, draft_id)
        await interaction.response.send_modal(redo_form(draft_id, form))

    async def redone(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Ask for such an edit again with what the form says."""
        form, kept = await self._draft(interaction, draft_id)
        said = answers(interaction.data)
        search = readable(interaction, said.get("search", ""))
        form = form.with_texts(search, await self._words(interaction))
        request = EditJobRequest(
            services=self._services, form=form, wants_private=form.private, **kept.changed
        )
        await self._submission.submit(interaction, request)

    async def _draft(
        self, interaction: Interaction[Any], draft_id: str
    ) -> tuple[EditForm, KeptRequest]:
        """The edit of a draft.

        Raises:
            DraftGone, NotYours
        """
        draft = await own_draft(self._pending, interaction, draft_id)
        content, kept = KeptRequest.split(draft.content)
        return EditForm.from_json(content), kept

    async def _search(
        self, interaction: Interaction[Any], draft_id: str, action: EditAction
    ) -> None:
        job, picture = await self._picture(interaction, draft_id)
        said = answers(interaction.data)
        form = EditForm(
            action=action,
            search=readable(interaction, said.get("search", "")),
            words=await self._words(interaction),
            kept_image=picture,
        )
        await self._submit(interaction, job, form)

    async def _words(self, interaction: Interaction[Any]) -> str:
        words = readable(interaction, typed_words(interaction))
        return await words_with_style(self._preferences, interaction, words)

    async def _submit(self, interaction: Interaction[Any], job: Job, form: EditForm) -> None:
        request = EditJobRequest(services=self._services, form=form, parent_id=job.id)
        await self._submission.submit(interaction, request)

    async def _picture(
        self, interaction: Interaction[Any], draft_id: str
    ) -> tuple[Job, KeptPicture]:
        """The picture of a draft, and its job.

        Raises:
            DraftGone, NotYours, TooLate, PictureGone, NotShared
        """
        draft = await own_draft(self._pending, interaction, draft_id)
        chosen = ChosenPicture.from_json(draft.content)
        job = await job_here(self._services.jobs.records, interaction, chosen.job_id)
        await check_shared(self._rules, interaction, job)
        picture = await self._services.videos.picture(job, chosen.position)
        width, height = picture.size
        kept = KeptPicture(job_id=job.id, position=picture.position, width=width, height=height)
        return job, kept
