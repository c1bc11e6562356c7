"""How morphs look in Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.kinds.morph.cards import morph_card, morph_waiting_card
from commands.kinds.morph.read import MORPH
from commands.kinds.view import Recipe
from commands.languages import say
from commands.options.camera import camera_words
from commands.ui import cards, job_cards, order_lines
from commands.ui.facts import settings, size
from jobs.orders.morph import MorphOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.view import OfferedEngines, ShownResult
    from jobs.delivery import Progress
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job


class MorphView:
    """Films whose frames are drawn like pictures."""

    kind: ClassVar[str] = MorphOrder.kind
    draft_kind: ClassVar[str] = MORPH
    noun: ClassVar[str] = "film"
    lost_noun: ClassVar[str] = "frame"
    edit_action: ClassVar[str | None] = "morph_edit_own"
    redo_action: ClassVar[str | None] = "morph_redo"
    waits_in_line: ClassVar[bool] = True

    def __init__(self, engines: OfferedEngines) -> None:
        self._known = engines.known

    def count(self, job: Job) -> int:
        """One film."""
        return 1

    def waiting_card(self, job: Job, wait_estimate: WaitEstimate) -> cards.Card:
        """Where it is in the line."""
        order = MorphOrder.from_json(job.spec)
        engine = self._known.find(job.engine_id)
        return morph_waiting_card(
            job.member_id,
            order,
            engine,
            job.id,
            job.price_mc,
            wait_estimate,
            is_private=job.is_private,
        )

    def running_card(
        self, job: Job, progress: Progress, *, has_preview: bool, arrived: Sequence[str] = ()
    ) -> cards.Card:
        """How many frames have arrived."""
        order = MorphOrder.from_json(job.spec)
        readings = order_lines.readings(*order.prompts)
        return job_cards.counting_card(job, progress, readings, order_lines.arrives(self.noun))

    def result_card(self, job: Job, shown: ShownResult) -> cards.Card:
        """The film of the frames."""
        return morph_card(
            job,
            MorphOrder.from_json(job.spec),
            self._known.find(job.engine_id),
            file=shown.files[0],
            made=shown.made,
            failure=shown.failure,
            link=shown.link,
        )

    def recipe(self, job: Job) -> Recipe:
        """The prompts, and what all frames share."""
        order = MorphOrder.from_json(job.spec)
        prompts = {
            say("Prompt {number}", number=number): text
            for number, text in enumerate(order.prompts, start=1)
        }
        values = {
            **prompts,
            **settings(order.settings),
            say("Size"): size(order.width, order.height),
            say("Seed"): f"{order.seed}",
            say("Frames"): say("{frames} at {fps} fps", frames=order.frames, fps=order.fps),
            **({say("Camera move"): camera_words(order.camera)} if order.camera else {}),
        }
        return Recipe(values=values, command="morph", paste="\n".join(order.prompts))
