"""The cards that all kinds of jobs have: under way, engine away, ended without a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.ui.buttons import Press
from commands.ui.cards import TROUBLE, Card, heading, held, readings, refusal_text
from commands.ui.error_messages import since, words
from jobs.orders.by_kind import order_of
from jobs.orders.image import ImageOrder
from jobs.orders.morph import MorphOrder

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.orders.order import Order
    from storage.jobs.jobs import Job

BAR = 20
"""The longest bar of progress, in characters."""

EDITS = {ImageOrder.kind: "edit_own", MorphOrder.kind: "morph_edit_own"}
"""What opens the text of a job for its author, by the kind of the job."""


def running_card(job: Job, done: int, total: int) -> Card:
    """The card of a job some of whose pictures have arrived."""
    order = order_of(job)
    full = min(total, BAR)
    filled = done * full // total
    bar = "▰" * filled + "▱" * (full - filled)
    what = "frames" if isinstance(order, MorphOrder) else "pictures"
    lines = [*readings(order), f"{bar}  {done} of {total} {what}", held(job.price_mc, order)]
    return _waits(job, order, lines)


def away_card(job: Job, started_at: datetime) -> Card:
    """The card of a job whose engine is away."""
    order = order_of(job)
    lines = [
        f"Waiting for the engine since {since(started_at)}.",
        "If it does not answer within 15 minutes, your credits come back.",
        held(job.price_mc, order),
    ]
    return Card(
        heading(job.member_id, order.title),
        "\n".join(lines),
        buttons=[Press("cancel", job.id, "Cancel")],
        colour=TROUBLE,
    )


def failed_card(job: Job, error: Exception) -> Card:
    """The public card of a job without a result: it does not repeat the prompt."""
    return Card(
        f"<@{job.member_id}>", refusal_text(words(error)), buttons=_ways_on(job), colour=TROUBLE
    )


def cancelled_card(job: Job) -> Card:
    """The public card of a job that its author or a moderator cancelled."""
    return Card(f"<@{job.member_id}>", "**Cancelled.** Nothing was charged.", buttons=_ways_on(job))


def _waits(job: Job, order: Order, lines: list[str]) -> Card:
    return Card(
        heading(job.member_id, order.title),
        "\n".join(lines),
        buttons=[Press("cancel", job.id, "Cancel")],
    )


def _ways_on(job: Job) -> list[Press]:
    """What can be done with a job that ended without a result."""
    edit = EDITS.get(job.kind)
    buttons = [Press("delete", job.id, "Delete")]
    return [Press(edit, job.id, "Edit"), *buttons] if edit else buttons
