"""Vary subtle and Vary strong: pictures that are drawn from one picture of a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.subjects import own_draft
from commands.errors import AlreadyOrdered, DraftGone
from commands.kinds.image.job_request import ImageJobRequest
from commands.kinds.image.kept_picture import KeptPicture
from commands.kinds.image.read import ImageRequestForm
from commands.kinds.image.vary import vary_line, vary_offers
from commands.kinds.kept_request import KeptRequest
from commands.ui.buttons import Press
from jobs.orders.image import ImageOrder

if TYPE_CHECKING:
    from discord import Interaction

    from commands.kinds.image.job_request import ImageServices
    from commands.services import PendingOrders
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from jobs.videos import Picture
    from storage.jobs.jobs import Job

ACTION = "vary"


class Variations:
    """Offers variations of a picture, and draws them on the account of who asks."""

    def __init__(
        self,
        images: ImageServices,
        submission: Submission,
        pending: PendingOrders,
        preferences: MemberPreferences,
    ) -> None:
        self._images = images
        self._submission = submission
        self._pending = pending
        self._preferences = preferences

    async def offer(
        self, interaction: Interaction[Any], job: Job, picture: Picture
    ) -> tuple[str, list[Press]]:
        """What to say of the variations of a picture, and their buttons; none of other kinds."""
        if job.kind != ImageOrder.kind or not job.spec:
            return "", []
        width, height = picture.size
        kept_image = KeptPicture(
            job_id=job.id, position=picture.position, width=width, height=height
        )
        usual = (await self._preferences.chosen(interaction)).values.engine
        engines = self._images.engines
        offers = vary_offers(ImageOrder.from_json(job.spec), kept_image, engines, usual)
        presses: list[Press] = []
        for offer in offers:
            kept = KeptRequest(parent_id=job.id, quote=offer.quote)
            draft_id = await self._submission.keep(interaction, kept.beside(offer.form.to_json()))
            presses.append(Press(ACTION, draft_id, offer.label))
        return vary_line(offers, engines), presses

    async def draw(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw a variation; pressed again once it is there, it draws another one."""
        draft = await own_draft(self._pending, interaction, draft_id)
        if not draft.content.get("kept_image"):
            raise DraftGone
        content, kept = KeptRequest.split(draft.content)
        form = ImageRequestForm.from_json(content)
        prefix = f"vary:{draft_id}:"
        count, is_open = await self._images.jobs.records.repeats(prefix)
        if is_open:
            raise AlreadyOrdered
        # A double click computes the same key, so it makes one job.
        request = ImageJobRequest(
            services=self._images,
            form=form,
            key=f"{prefix}{count}",
            parent_id=kept.parent_id,
            shown=kept.quote,
        )
        await self._submission.submit(interaction, request)
