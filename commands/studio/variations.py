"""Vary subtle and Vary strong: pictures that are drawn from one picture of a result."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from commands.access.subjects import own_draft
from commands.errors import AlreadyOrdered, DraftGone
from commands.kinds.image.job_request import ImageJobRequest
from commands.kinds.image.kept_picture import KeptPicture
from commands.kinds.image.read import ImageRequestForm
from commands.kinds.image.vary import vary_line, vary_offers
from commands.kinds.kept_request import KeptRequest
from commands.ui.buttons import Press
from jobs.errors import TooLate
from jobs.orders.by_kind import order_of
from jobs.orders.image import ImageOrder
from jobs.orders.upscale import UpscaleOrder

if TYPE_CHECKING:
    from discord import Interaction

    from commands.kinds.image.job_request import ImageServices
    from commands.services import PendingOrders
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from generation.request import ImageRequest
    from jobs.orders.order import Order
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
        """What to say of the variations of a picture, and their buttons; none without words."""
        drawn = await self._drawn(job, picture)
        if drawn is None:
            return "", []
        width, height = picture.size
        kept_image = KeptPicture(
            job_id=job.id, position=picture.position, width=width, height=height
        )
        usual = (await self._preferences.chosen(interaction)).values.engine
        engines = self._images.engines
        offers = vary_offers(*drawn, kept_image, engines, usual)
        presses: list[Press] = []
        for offer in offers:
            kept = KeptRequest(parent_id=job.id, quote=offer.quote)
            draft_id = await self._submission.keep(interaction, kept.beside(offer.form.to_json()))
            presses.append(Press(ACTION, draft_id, offer.label))
        return vary_line(offers, engines), presses

    async def _drawn(self, job: Job, picture: Picture) -> tuple[ImageOrder, int] | None:
        """The order that drew a picture of a job, and its position there.

        That of a larger picture is the one that drew what was made larger.
        """
        position = picture.position
        with suppress(TooLate):
            order = order_of(job)
            history = self._images.jobs.history
            while isinstance(order, UpscaleOrder) and (parents := await history.parents(job)):
                given, job = order.request, parents[0]
                order = order_of(job)
                position = _position_of(order, given)
            if isinstance(order, ImageOrder):
                return order, position
        return None

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


def _position_of(order: Order, given: ImageRequest) -> int:
    """Where among an order's pictures the one is of whose words and seed a larger one was made.

    Raises:
        TooLate: it is none of them.
    """
    first = 0
    for request in order.requests:
        if request.prompts == given.prompts and given.seed in request.seeds:
            return first + request.seeds.index(given.seed)
        first += request.samples
    raise TooLate
