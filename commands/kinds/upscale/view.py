"""How upscales look in Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.kinds.upscale.cards import upscale_card, upscale_waiting_card
from commands.kinds.upscale.job_request import UPSCALE
from commands.kinds.upscale.offers import offers_for
from commands.kinds.view import Recipe
from commands.languages import say
from commands.ui import cards, job_cards, order_lines
from commands.ui.facts import size
from jobs.orders.upscale import UpscaleOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.view import OfferedEngines, ShownResult
    from jobs.delivery import Progress
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job


class UpscaleView:
    """One picture, made larger."""

    kind: ClassVar[str] = UpscaleOrder.kind
    draft_kind: ClassVar[str] = UPSCALE
    noun: ClassVar[str] = "picture"
    lost_noun: ClassVar[str] = "picture"
    edit_action: ClassVar[str | None] = None
    redo_action: ClassVar[str | None] = None
    waits_in_line: ClassVar[bool] = True

    def __init__(self, engines: OfferedEngines) -> None:
        self._engines = engines

    def count(self, job: Job) -> int:
        """One picture."""
        return 1

    def waiting_card(self, job: Job, wait_estimate: WaitEstimate) -> cards.Card:
        """Where it is in the line."""
        order = UpscaleOrder.from_json(job.spec)
        engine = self._engines.known.find(job.engine_id)
        return upscale_waiting_card(
            job.member_id, order, engine, job.id, job.price_mc, wait_estimate
        )

    def running_card(
        self, job: Job, progress: Progress, *, has_preview: bool, arrived: Sequence[str] = ()
    ) -> cards.Card:
        """How far it is, by the tiles that the engine tells of."""
        return job_cards.counting_card(
            job, progress, [], order_lines.arrives(self.noun), (), arrived
        )

    def result_card(self, job: Job, shown: ShownResult) -> cards.Card:
        """The larger picture, which can be made larger again where an engine takes it."""
        order = UpscaleOrder.from_json(job.spec)
        result = (order.request.width, order.request.height)
        is_known = result != order.size
        return upscale_card(
            job,
            order,
            self._engines.known.find(job.engine_id),
            file=shown.files[0],
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
