"""What a member does with one picture of a result: its private card, and what leads on from it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

import discord
from discord.ui import File

from commands.access.chosen_picture import ChosenPicture
from commands.access.sharing import check_shared
from commands.access.subjects import job_here, job_of_card, own_draft, whole_number
from commands.errors import BadInput
from commands.kinds.image.job_request import ImageJobRequest, ImageServices
from commands.kinds.image.read import ImageRequestForm, without_seed
from commands.kinds.kept_request import KeptRequest
from commands.kinds.upscale.cards import MAKE_ACTION, offer_buttons, offer_lines
from commands.kinds.upscale.job_request import (
    UpscaleForm,
    UpscaleJobRequest,
    UpscaleServices,
    draft_of,
)
from commands.kinds.upscale.offers import offers_for, too_small_for
from commands.kinds.video.actions import VideoActions
from commands.kinds.video.services import VideoServices
from commands.kinds.video.sources import of_job
from commands.languages import say
from commands.options.mentions import readable
from commands.studio.cards.favourite import favourite_button, read_mark
from commands.studio.history import check_private
from commands.studio.variations import ACTION as VARY_ACTION
from commands.studio.variations import Variations
from commands.ui.answers import answer_privately, show_in_place
from commands.ui.buttons import Press
from commands.ui.cards import Card, card_again
from commands.ui.modals import parse_submit, prompt_modal
from commands.ui.picture_select import POSITION, picture_names
from commands.uploads import uploaded
from generation.edits import EditAction
from jobs.errors import NotYours, PictureGone, TooLate
from jobs.orders.by_kind import marked_as, order_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from discord import Interaction

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices, PendingOrders, RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from commands.upload import Upload
    from jobs.videos import Picture, Videos
    from storage.jobs.jobs import Job

PNG = "image/png"
MARK_ACTION = "picture_mark"


def build(
    jobs: JobServices,
    pending: PendingOrders,
    submission: Submission,
    rules: RuleServices,
    engines: OfferedEngines,
    media: MediaServices,
    preferences: MemberPreferences,
    videos: Videos,
    now: Callable[[], datetime],
) -> tuple[list[Registered], Mapping[str, Action]]:
    """No command: the actions of the buttons and the select on results."""
    upscales = UpscaleServices(
        records=jobs.records, videos=videos, engines=engines, forecast=jobs.forecast
    )
    images = ImageServices(jobs=jobs, engines=engines, uploads=media.uploads, videos=videos)
    services = VideoServices(
        records=jobs.records, videos=videos, engines=engines, media=media, now=now
    )
    films = VideoActions(services, submission, pending, rules)
    variations = Variations(images, submission, pending, preferences)
    one = OnePicture(upscales, images, films, variations, media, pending, submission, rules)
    return [], one.by_name


class OnePicture:
    """One picture of a result, chosen by a select where there are several."""

    def __init__(
        self,
        upscales: UpscaleServices,
        images: ImageServices,
        films: VideoActions,
        variations: Variations,
        media: MediaServices,
        pending: PendingOrders,
        submission: Submission,
        rules: RuleServices,
    ) -> None:
        self._rules = rules
        self._upscales = upscales
        self._images = images
        self._films = films
        self._variations = variations
        self._media = media
        self._pending = pending
        self._submission = submission

    @property
    def by_name(self) -> Mapping[str, Action]:
        """The actions by the names in the ids of buttons, selects and forms."""
        return {
            "upscale": self.open_only,
            "picture": self.open_chosen,
            MAKE_ACTION: self.upscale,
            VARY_ACTION: self._variations.draw,
            "picture_animate": self.animate,
            "picture_use": self.open_use,
            "picture_used": self.use,
            "picture_get": self.download,
            MARK_ACTION: self.mark,
        }

    async def open_only(self, interaction: Interaction[Any], job_id: str) -> None:
        """Show what can be done with the only picture of a result."""
        await self._open(interaction, job_id, "0")

    async def open_chosen(self, interaction: Interaction[Any], job_id: str) -> None:
        """Show what can be done with the picture that was chosen."""
        values = cast("dict[str, Any]", interaction.data or {}).get("values")
        chosen = cast("list[Any]", values) if isinstance(values, list) else []
        await self._open(interaction, job_id, str(next(iter(chosen), "")))

    async def upscale(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Make the upscale whose price the button names."""
        draft = await own_draft(self._pending, interaction, draft_id)
        form, kept = KeptRequest.split(draft.content)
        request = UpscaleJobRequest(
            services=self._upscales,
            form=UpscaleForm.from_json(form),
            **kept.agreed(f"upscale:{draft_id}"),
        )
        await self._submission.submit(interaction, request)

    async def animate(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open the form of a film for this picture alone."""
        job, chosen = await self._chosen(interaction, draft_id)
        sources = await of_job(self._upscales.videos, job)
        found = [source for source in sources if source.position == chosen.position]
        if not found:
            raise TooLate
        await self._films.open_for_sources(interaction, found)

    async def open_use(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open a form with the words of the picture, to draw from it."""
        job, _ = await self._chosen(interaction, draft_id)
        text = order_of(job).prompt
        words = without_seed(text) if text else ""
        form = prompt_modal("picture_used", draft_id, words, title=say("Use as image"))
        await interaction.response.send_modal(form)

    async def use(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw what the form says from the picture."""
        job, chosen = await self._chosen(interaction, draft_id)
        _, _, text = parse_submit(interaction)
        form = ImageRequestForm(prompt=readable(interaction, text), image=chosen.upload)
        request = ImageJobRequest(services=self._images, form=form, parent_id=job.id)
        await self._submission.submit(interaction, request)

    async def download(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Give the picture as it was drawn: the PNG with its recipe, signed."""
        job, chosen = await self._chosen(interaction, draft_id)
        still = await self._upscales.videos.still(job, chosen.position)
        await interaction.response.defer(ephemeral=True, thinking=True)
        data = await self._media.marks.picture(still.data, PNG, marked_as(job))
        limit = interaction.filesize_limit
        if len(data) > limit:
            told = say(
                "{count:.1f} MB, and Discord takes {limit:.1f} MB here",
                count=len(data) / 1e6,
                limit=limit / 1e6,
            )
            raise BadInput(
                "download", say("the original has {told}; save the one on the card", told=told)
            )
        name = f"atelier-{job.id}-{chosen.position + 1}.png"
        await interaction.followup.send(
            view=Card(
                say("The original, for you alone: a PNG that says in itself how it was made."),
                File(f"attachment://{name}"),
            ),
            file=discord.File(io.BytesIO(data), filename=name),
            ephemeral=True,
        )

    async def mark(self, interaction: Interaction[Any], text: str) -> None:
        """Mark the picture as a favourite of its author's, or take the mark away."""
        check_private(interaction)
        wanted, draft_id = read_mark(text)
        job, chosen = await self._chosen(interaction, draft_id)
        if job.member_id != interaction.user.id:
            raise NotYours
        await self._images.jobs.history.mark(job, chosen.position, is_favourite=wanted)
        components = interaction.message.components if interaction.message else []
        card = card_again(components, favourite_button(MARK_ACTION, draft_id, is_marked=wanted))
        await show_in_place(interaction, card)

    async def _open(self, interaction: Interaction[Any], job_id: str, value: str) -> None:
        job = await job_of_card(self._upscales.records, interaction, job_id)
        await check_shared(self._rules, interaction, job)
        picture = await self._picture(job, value)
        await answer_privately(interaction, await self._card(interaction, job, picture))

    async def _picture(self, job: Job, value: str) -> Picture:
        """The picture that the value of a select names.

        Raises:
            TooLate, PictureGone
        """
        if value.startswith(POSITION):
            position = whole_number(value.removeprefix(POSITION))
            return await self._upscales.videos.picture(job, position)
        pictures, number = await self._upscales.videos.pictures(job), whole_number(value)
        if number >= len(pictures):
            raise PictureGone
        return pictures[number]

    async def _card(self, interaction: Interaction[Any], job: Job, picture: Picture) -> Card:
        """What can be done with a picture."""
        engines = tuple(self._upscales.engines.upscalers)
        pictures = await self._upscales.videos.pictures(job)
        offers = offers_for(picture.size, engines)
        kept = [draft_of(job, picture, offer) for offer in offers]
        drafts = [await self._submission.keep(interaction, draft) for draft in kept]
        names = picture_names([one.seed for one in pictures], [one.position for one in pictures])
        heading = "**{}** · {}×{}".format(names[pictures.index(picture)], *picture.size)
        lines = offer_lines(offers, too_small_for(picture.size, engines))
        told, varies = await self._variations.offer(interaction, job, picture)
        card = Card(
            "\n".join([heading, *lines, *([told] if told else [])]),
            buttons=offer_buttons(offers, drafts),
            further=varies,
        )
        for row in await self._ways_on(interaction, job, picture):
            card.with_row(row)
        return card

    async def _ways_on(
        self, interaction: Interaction[Any], job: Job, picture: Picture
    ) -> Sequence[Sequence[Press]]:
        """What is made of the picture beside larger ones and variations, and how it is kept."""
        upload = _shown_as(interaction, job, picture)
        chosen = ChosenPicture(job_id=job.id, position=picture.position, upload=upload)
        draft_id = await self._submission.keep(interaction, chosen.to_json())
        mark = favourite_button(MARK_ACTION, draft_id, is_marked=picture.is_favourite)
        has_films = self._upscales.engines.video is not None
        made = [
            *([Press("picture_animate", draft_id, say("Animate"))] if has_films else []),
            *([Press("picture_use", draft_id, say("Use as image"))] if upload else []),
            *([Press("picture_edit", draft_id, say("Edit"))] if self._can_edit() else []),
        ]
        kept = [
            Press("picture_get", draft_id, say("Download original")),
            *([mark] if job.member_id == interaction.user.id else []),
        ]
        return [row for row in (made, kept) if row]

    def _can_edit(self) -> bool:
        """Whether an engine changes pictures now."""
        engines = self._upscales.engines
        return engines.has_masks or any(map(engines.editors_for, EditAction))

    async def _chosen(
        self, interaction: Interaction[Any], draft_id: str
    ) -> tuple[Job, ChosenPicture]:
        """The picture of a draft, and its job.

        Raises:
            DraftGone, NotYours, TooLate
        """
        draft = await own_draft(self._pending, interaction, draft_id)
        chosen = ChosenPicture.from_json(draft.content)
        job = await job_here(self._upscales.records, interaction, chosen.job_id)
        await check_shared(self._rules, interaction, job)
        # What was erased since is not brought back.
        await self._upscales.videos.picture(job, chosen.position)
        return job, chosen


def _shown_as(interaction: Interaction[Any], job: Job, picture: Picture) -> Upload | None:
    """The attachment of the card that shows the picture, where it is on that card."""
    begins = f"atelier-{job.id}-{picture.position + 1}."
    files = interaction.message.attachments if interaction.message else []
    return next((uploaded(file) for file in files if file.filename.startswith(begins)), None)
