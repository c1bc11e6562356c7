"""How jobs for pictures look in Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from commands.kinds.image.recipe import picture_recipe
from commands.kinds.pictures_view import PicturesView
from commands.kinds.pricing import repeat_price_mc
from commands.ui import cards
from generation.pricing import segment_price_mc
from jobs.orders.image import APPROVED_WITHIN, ImageOrder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands.kinds.view import Recipe, ShownResult
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job


class ImageView(PicturesView):
    """Pictures, with their film's question where they were drawn for one."""

    kind: ClassVar[str] = ImageOrder.kind
    draft_kind: ClassVar[str] = ""
    edit_action: ClassVar[str | None] = "edit_own"
    redo_action: ClassVar[str | None] = "redo"

    def waiting_card(self, job: Job, wait_estimate: WaitEstimate) -> cards.Card:
        """Where it is in the line."""
        order = ImageOrder.from_json(job.spec)
        return cards.waiting_card(
            job.member_id,
            order,
            job.id,
            job.price_mc,
            wait_estimate,
            is_private=job.is_private,
        )

    def result_card(self, job: Job, shown: ShownResult) -> cards.Card:
        """The pictures."""
        order = ImageOrder.from_json(job.spec)
        video_mc = self._video_price_mc(order.video or {})
        asks = order.video is not None and video_mc is not None and not shown.is_again
        return cards.result_card(
            job.member_id,
            order,
            self._engines.known.find(job.engine_id),
            job.id,
            files=shown.files,
            seeds=shown.seeds,
            charged_mc=order.charge_mc(job.price_mc, shown.made),
            positions=shown.positions,
            drawn_size=shown.size,
            failure=shown.failure,
            reroll_mc=repeat_price_mc(order, self._engines.known),
            video_mc=video_mc,
            approve_until=self._engines.now() + APPROVED_WITHIN if asks else None,
            can_upscale=bool(len(self._engines.upscalers)),
        )

    def recipe(self, job: Job) -> Recipe:
        """The whole prompt with every setting that decides what is drawn."""
        return picture_recipe(ImageOrder.from_json(job.spec))

    def _video_price_mc(self, form: Mapping[str, Any]) -> int | None:
        """What the film of that form costs with its engine, or the usual one's first part."""
        wanted = (engine for engine in self._engines.videos if engine.id == form.get("engine_id"))
        engine = next(wanted, self._engines.video)
        return segment_price_mc(engine) * form.get("segments", 1) if engine else None
