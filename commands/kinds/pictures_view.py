"""What the views of all kinds that make pictures have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.ui import cards, job_cards, order_lines
from jobs.orders.by_kind import order_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.view import OfferedEngines
    from jobs.delivery import Progress
    from storage.jobs.jobs import Job


class PicturesView:
    """Pictures, one or more; whether a text can be opened again is said by the kind."""

    noun: ClassVar[str] = "picture"
    lost_noun: ClassVar[str] = "picture"
    edit_action: ClassVar[str | None] = None
    redo_action: ClassVar[str | None] = None
    waits_in_line: ClassVar[bool] = True

    def __init__(self, engines: OfferedEngines) -> None:
        self._engines = engines

    def count(self, job: Job) -> int:
        """How many pictures it makes."""
        return order_of(job).units

    def running_card(
        self, job: Job, progress: Progress, *, has_preview: bool, arrived: Sequence[str] = ()
    ) -> cards.Card:
        """How many pictures have arrived, which of them are shown, and how far the others are."""
        order = order_of(job)
        names = [cards.preview_name(number) for number, _ in enumerate(progress.previews, start=1)]
        previews = [f"attachment://{name}" for name in names] if has_preview else []
        arrives = order_lines.arrives(self.noun, order.units)
        readings = order_lines.readings(order.prompt)
        return job_cards.counting_card(job, progress, readings, arrives, previews, arrived)
