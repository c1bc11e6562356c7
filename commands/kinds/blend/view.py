"""How blends look in Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.kinds.blend.form import BLEND
from commands.kinds.blend.job_request import PREFIX
from commands.kinds.pictures_view import PicturesView
from commands.kinds.pricing import repeat_price_mc
from commands.kinds.view import Recipe, SourcePicture
from commands.languages import say
from commands.ui import cards
from commands.ui.facts import blend, seed_figures, settings, size
from generation.pricing import segment_price_mc
from jobs.orders.blend import BlendOrder

if TYPE_CHECKING:
    from commands.kinds.view import ShownResult
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job


class BlendView(PicturesView):
    """Pictures that are drawn from several others."""

    kind: ClassVar[str] = BlendOrder.kind
    draft_kind: ClassVar[str] = BLEND
    edit_action: ClassVar[str | None] = f"{PREFIX}edit_own"
    redo_action: ClassVar[str | None] = f"{PREFIX}redo"

    def waiting_card(self, job: Job, wait_estimate: WaitEstimate) -> cards.Card:
        """Where it is in the line."""
        order = BlendOrder.from_json(job.spec)
        return cards.waiting_card(
            job.member_id, order, job.id, job.price_mc, wait_estimate, is_private=job.is_private
        )

    def result_card(self, job: Job, shown: ShownResult) -> cards.Card:
        """The pictures, with what can be done with them."""
        order, video = BlendOrder.from_json(job.spec), self._engines.video
        return cards.result_card(
            job.member_id,
            order,
            self._engines.known.find(job.engine_id),
            job.id,
            files=shown.files,
            seeds=shown.seeds,
            positions=shown.positions,
            drawn_size=shown.size,
            charged_mc=order.charge_mc(job.price_mc, shown.made),
            failure=shown.failure,
            reroll_mc=repeat_price_mc(order, self._engines.known),
            video_mc=segment_price_mc(video) if video else None,
            can_upscale=bool(len(self._engines.upscalers)),
            prefix=PREFIX,
        )

    def recipe(self, job: Job) -> Recipe:
        """Which pictures were blended, with which words and settings."""
        order = BlendOrder.from_json(job.spec)
        request = order.first
        seeds = [seed for one in order.requests for seed in one.seeds]
        values: dict[str, str | SourcePicture] = {
            **({say("Words"): order.prompt} if order.prompt else {}),
            say("Start"): blend(request),
            **{
                say("Picture {number}", number=number): origin
                for number, origin in enumerate(_origins(order), start=1)
            },
            say("Pictures"): f"{order.pictures}",
            say("Size"): size(request.width, request.height),
            say("Seed"): seed_figures(seeds),
            **settings(request),
        }
        return Recipe(
            values=values,
            command="blend",
            paste=order.prompt,
            notes=[say("It is drawn from pictures: attach the same ones, or name their jobs.")],
        )


def _origins(order: BlendOrder) -> list[str | SourcePicture]:
    """Where each picture comes from."""
    return [
        SourcePicture(origin[0], origin[1] + 1) if origin else say("attached")
        for origin in order.origins
    ]
