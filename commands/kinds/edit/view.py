"""How edits look in Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.kinds.edit.cards import NAMES, edit_card, edit_waiting_card, grown, sizes
from commands.kinds.edit.form import EDIT
from commands.kinds.pictures_view import PicturesView
from commands.kinds.view import Recipe
from commands.languages import say
from jobs.orders.edit import EditOrder

if TYPE_CHECKING:
    from commands.kinds.view import ShownResult
    from commands.ui import cards
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job


class EditView(PicturesView):
    """One picture, edited."""

    kind: ClassVar[str] = EditOrder.kind
    draft_kind: ClassVar[str] = EDIT

    def waiting_card(self, job: Job, wait_estimate: WaitEstimate) -> cards.Card:
        """Where it is in the line."""
        order = EditOrder.from_json(job.spec)
        engine = self._engines.known.find(job.engine_id)
        return edit_waiting_card(
            job.member_id,
            order,
            engine,
            job.id,
            job.price_mc,
            wait_estimate,
            is_private=job.is_private,
        )

    def result_card(self, job: Job, shown: ShownResult) -> cards.Card:
        """The edited picture."""
        order = EditOrder.from_json(job.spec)
        return edit_card(
            job,
            order,
            self._engines.known.find(job.engine_id),
            file=shown.files[0],
            has_videos=self._engines.video is not None,
        )

    def recipe(self, job: Job) -> Recipe:
        """What was done to which picture, and by what."""
        order = EditOrder.from_json(job.spec)
        words = order.typed or next((one.text for one in order.request.prompts if one.text), "")
        values = {
            say("From"): "" if order.typed else order.title,
            say("Edit"): say(NAMES[order.action]),
            say("Searched for"): order.search,
            say("Words"): words,
            say("Sides"): grown(order),
            say("Size"): sizes(order),
            say("Engine"): order.engine_id,
            say("Seed"): f"{order.request.seed}",
        }
        notes = [say("It is made from a picture: press Edit on the result that it follows.")]
        shown = {name: value for name, value in values.items() if value}
        return Recipe(values=shown, command="edit", notes=notes)
