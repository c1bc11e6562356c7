"""How upscales look in Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.kinds.pictures_view import PicturesView
from commands.kinds.upscale.cards import upscale_card, upscale_waiting_card
from commands.kinds.upscale.job_request import UPSCALE
from commands.kinds.upscale.offers import offers_for
from commands.kinds.view import Recipe
from commands.languages import say
from commands.ui.facts import size
from jobs.orders.upscale import UpscaleOrder

if TYPE_CHECKING:
    from commands.kinds.view import ShownResult
    from commands.ui import cards
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job


class UpscaleView(PicturesView):
    """One picture, made larger."""

    kind: ClassVar[str] = UpscaleOrder.kind
    draft_kind: ClassVar[str] = UPSCALE

    def waiting_card(self, job: Job, wait_estimate: WaitEstimate) -> cards.Card:
        """Where it is in the line."""
        order = UpscaleOrder.from_json(job.spec)
        engine = self._engines.known.find(job.engine_id)
        return upscale_waiting_card(
            job.member_id,
            order,
            engine,
            job.id,
            job.price_mc,
            wait_estimate,
            is_private=job.is_private,
        )

    def result_card(self, job: Job, shown: ShownResult) -> cards.Card:
        """The larger picture, which can be made larger again where an engine takes it."""
        order = UpscaleOrder.from_json(job.spec)
        result = shown.size or (order.request.width, order.request.height)
        is_known = result != order.size
        return upscale_card(
            job,
            order,
            self._engines.known.find(job.engine_id),
            file=shown.files[0],
            result=result,
            has_videos=self._engines.video is not None,
            can_upscale=is_known and bool(offers_for(result, self._engines.upscalers)),
        )

    def recipe(self, job: Job) -> Recipe:
        """Which picture was made larger, and by what."""
        order = UpscaleOrder.from_json(job.spec)
        before, after = order.size, (order.request.width, order.request.height)
        values = {
            say("From"): order.title,
            say("Engine"): order.engine_id,
            say("Size before"): size(*before),
            **({say("Size"): size(*after)} if after != before else {}),
            say("Seed"): f"{order.request.seed}",
        }
        notes = [say("It is made from a picture: press Upscale on the result that it follows.")]
        return Recipe(values=values, command="imagine", notes=notes)
