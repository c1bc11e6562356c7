"""The picture of a video that is drawn first: it is shown, and its author approves it or not."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from commands.access.subjects import job_of_card
from commands.kinds.image.job_request import ImageJobRequest
from commands.kinds.image.read import ImageRequestForm
from commands.kinds.kept_request import ANY, Quote
from commands.kinds.pricing import repeat_price_mc
from commands.kinds.video.job_request import VideoJobRequest
from commands.kinds.video.read import VideoRequestForm
from commands.kinds.video.sources import of_job
from commands.options.mentions import readable
from commands.ui.answers import NOT_TAKEN
from commands.ui.cards import result_card
from jobs.errors import NotYours
from jobs.orders.image import ImageOrder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discord import Interaction

    from commands import Action
    from commands.kinds.image.job_request import ImageServices
    from commands.kinds.video.services import VideoServices
    from commands.submission import Submission
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)


class Approval:
    """Draws a video's picture and, once it is approved, has the video made."""

    def __init__(
        self, images: ImageServices, services: VideoServices, submission: Submission
    ) -> None:
        self._images = images
        self._services = services
        self._submission = submission

    @property
    def by_name(self) -> Mapping[str, Action]:
        """The actions by the names in the ids of buttons."""
        return {"approve": self.approve, "decline": self.decline}

    async def draw_first(
        self, interaction: Interaction[Any], form: VideoRequestForm, prompt: str
    ) -> None:
        """Draw the picture of a video, to be shown for approval."""
        later_mc = self._services.each_mc(form.engine_id) * form.segments
        video = replace(form, quoted_mc=later_mc).to_json()
        request = ImageJobRequest(
            services=self._images,
            form=ImageRequestForm(prompt=readable(interaction, prompt), video=video),
            later_mc=later_mc,
        )
        await self._submission.submit(interaction, request)

    async def approve(self, interaction: Interaction[Any], job_id: str) -> None:
        """Make the video of a picture that was shown for approval."""
        job, order = await self._for_approval(interaction, job_id)
        assert order.video is not None
        form, (source, *_) = (
            VideoRequestForm.from_json(order.video),
            await of_job(self._services.videos, job),
        )
        # A double click computes the same key, so it makes one job.
        request = VideoJobRequest(
            services=self._services,
            form=form,
            source=source,
            key=f"film:{job_id}",
            parent_id=job_id,
            agreed=ANY if form.quoted_mc is None else Quote(price_mc=form.quoted_mc),
        )
        await self._submission.submit(interaction, request)
        if await self._services.records.is_taken(f"film:{job_id}"):
            await self._show_without_question(interaction, job)

    async def decline(self, interaction: Interaction[Any], job_id: str) -> None:
        """Leave it at the picture."""
        job, _ = await self._for_approval(interaction, job_id)
        await interaction.response.edit_message(view=await self._picture_card(interaction, job))

    async def _for_approval(
        self, interaction: Interaction[Any], job_id: str
    ) -> tuple[Job, ImageOrder]:
        job = await job_of_card(self._services.records, interaction, job_id)
        order = self._services.videos.for_approval(job)
        if interaction.user.id != job.member_id:
            raise NotYours
        return job, order

    async def _picture_card(self, interaction: Interaction[Any], job: Job) -> Any:
        """The picture's card as if no video had been asked for."""
        order = replace(ImageOrder.from_json(job.spec), video=None)
        pictures = await self._services.videos.pictures(job)
        shown = interaction.message.attachments if interaction.message else []
        return result_card(
            job.member_id,
            order,
            self._images.engines.known.find(job.engine_id),
            job.id,
            files=[f"attachment://{attachment.filename}" for attachment in shown],
            seeds=[picture.seed for picture in pictures],
            charged_mc=order.charge_mc(job.price_mc, len(pictures)),
            positions=[picture.position for picture in pictures],
            reroll_mc=repeat_price_mc(order, self._images.engines.known),
            video_mc=self._services.each_mc(),
            can_upscale=bool(len(self._images.engines.upscalers)),
        )

    async def _show_without_question(self, interaction: Interaction[Any], job: Job) -> None:
        """Take the question off the picture's card; that it was answered counts anyway."""
        if interaction.message is None:
            return
        try:
            await interaction.message.edit(
                view=await self._picture_card(interaction, job),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        except NOT_TAKEN as error:
            log.info("a question was left on its card: %s", type(error).__name__)
