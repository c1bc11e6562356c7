"""The cards that all kinds of jobs have: under way, engine away, ended without a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from commands.languages import say, say_count
from commands.ui.buttons import Press
from commands.ui.cards import TROUBLE, Card, gallery, heading, refusal_text
from commands.ui.error_messages import words
from commands.ui.instants import since
from commands.ui.order_lines import arrives, held
from generation import credits as money
from jobs.orders.by_kind import order_of
from jobs.orders.order import RESULT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jobs.delivery import Progress
    from storage.jobs.jobs import Job

BAR = 20
"""The longest bar of progress, in characters."""


def counting_card(
    job: Job,
    progress: Progress,
    readings: Sequence[str],
    arrives: str,
    previews: Sequence[str] = (),
    arrived: Sequence[str] = (),
) -> Card:
    """The card of a job some of whose units have arrived, with the addresses of its previews.

    Files that have `arrived` are shown in place of those, and then it is too late to cancel.
    """
    order = order_of(job)
    shown = arrived or previews
    count = f"{_bar(progress)}  {_count(progress, order.unit)}"
    return Card(
        heading(job.member_id, order.heading),
        *([gallery(shown, order.title)] if shown else []),
        "\n".join([*readings, count, held(job.price_mc, arrives), *_made_by(job, arrived)]),
        buttons=_while_at_work(job, arrived),
    )


def _bar(progress: Progress) -> str:
    """A character for each unit, or many for what is under way in steps."""
    full = BAR if progress.steps else min(progress.total, BAR)
    begun = progress.step / progress.steps if progress.steps else 0
    filled = min(full, int((progress.done + begun) * full / progress.total))
    return "▰" * filled + "▱" * (full - filled)


def _count(progress: Progress, unit: str) -> str:
    step = (
        say("step {step} of {steps}", step=progress.step, steps=progress.steps)
        if progress.steps
        else ""
    )
    if step and progress.total == 1:
        return step
    count = say(
        "{done} of {total} {unit}", done=progress.done, total=progress.total, unit=say(unit)
    )
    return f"{count} · {step}" if step else count


def away_card(job: Job, started_at: datetime, arrives: str, arrived: Sequence[str] = ()) -> Card:
    """The card of a job whose engine is away, with what has arrived before."""
    reasons = [
        say("Waiting for the engine since {started_at}.", started_at=since(started_at)),
        say("If it does not answer within 15 minutes, your credits come back."),
    ]
    return _stalled_card(job, reasons, arrives, arrived)


def no_room_card(job: Job, started_at: datetime, arrives: str, arrived: Sequence[str] = ()) -> Card:
    """The card of a job that made something and finds no room for it."""
    reasons = [
        say("Waiting for room on the disk since {started_at}.", started_at=since(started_at)),
        say("If there is none within 15 minutes, your credits come back."),
    ]
    return _stalled_card(job, reasons, arrives, arrived)


def _stalled_card(job: Job, reasons: Sequence[str], arrives: str, arrived: Sequence[str]) -> Card:
    order = order_of(job)
    lines = [*reasons, held(job.price_mc, arrives), *_made_by(job, arrived)]
    return Card(
        heading(job.member_id, order.heading),
        *([gallery(arrived, order.title)] if arrived else []),
        "\n".join(lines),
        buttons=_while_at_work(job, arrived),
        colour=TROUBLE,
    )


def question_card(
    job: Job,
    noun: str,
    until: datetime,
    count: int = 1,
    arrived: Sequence[str] = (),
    missing: str = "",
) -> Card:
    """The question to the author when nobody knows whether the work was begun.

    `count` is how many of what the noun says are in question. What has `arrived` is shown beside
    it, and why others are `missing` for good.
    """
    order = order_of(job)
    each = money.price(order.charge_mc(job.price_mc, 1))
    report = [Press("report", job.id, say("Report"))] if arrived else []
    return Card(
        heading(job.member_id, order.heading),
        *([gallery(arrived, order.title)] if arrived else []),
        "\n".join([*_made_by(job, arrived), *([missing] if missing else [])]),
        *_asked(noun, count, each, until, is_partial=bool(arrived)),
        buttons=[
            Press("resend", job.id, say("Start again"), discord.ButtonStyle.primary),
            Press("let_go", job.id, say("Leave it")),
            *report,
        ],
        colour=TROUBLE,
    )


def _asked(
    noun: str, count: int, each: str, until: datetime, *, is_partial: bool
) -> tuple[str, str]:
    """What is in question, and what the author's answers lead to."""
    named = say(noun)
    lost = say_count(
        "**The answer got lost.** The {noun} was ordered, but the connection broke before the"
        " engine had answered. It may be at work for nobody, or may never have heard of it.",
        "**The answer got lost.** {count} {noun}s were ordered, but the connection broke before"
        " the engine had answered. It may be at work for nobody, or may never have heard of them.",
        count,
        noun=named,
    )
    terms = say_count(
        "Start it again? You pay {each} once, for the {noun} that arrives.",
        "Start them again? You pay {each} once for each {noun} that arrives.",
        count,
        each=each,
        noun=named,
    )
    end = since(until)
    back = say("Without your answer this ends {end} and your credits come back.", end=end)
    if is_partial:
        back = say_count(
            "Without your answer this ends {end} and your credits for it come back.",
            "Without your answer this ends {end} and your credits for them come back.",
            count,
            end=end,
        )
    return lost, f"{terms} {back}"


def _made_by(job: Job, arrived: Sequence[str]) -> list[str]:
    return [say("-# AI-generated · job {job_id}", job_id=job.id)] if arrived else []


def _while_at_work(job: Job, arrived: Sequence[str]) -> list[Press]:
    """What can be done with a job at work: what is shown is paid for and not cancelled."""
    return [
        Press("report", job.id, say("Report"))
        if arrived
        else Press("cancel", job.id, say("Cancel"))
    ]


def again_card(job: Job) -> Card:
    """The card of a job whose author has just wanted what was lost to be sent once more."""
    order = order_of(job)
    what = arrives("picture", order.units) if order.picture_role == RESULT else arrives("film")
    return Card(
        heading(job.member_id, order.heading),
        f"{held(job.price_mc, what)}\n{say('Starting again …')}",
        buttons=[Press("cancel", job.id, say("Cancel"))],
    )


def unshown_card(job: Job) -> Card:
    """The card of a job whose result Discord does not take for now."""
    return Card(
        heading(job.member_id, order_of(job).heading),
        say(
            "**It's ready, but Discord doesn't take it at the moment.** I'll try for a day to"
            " show it here; nothing is charged before that."
        ),
        colour=TROUBLE,
    )


def with_ways_to_show(card: Card, job: Job) -> Card:
    """The card of a result; a private one can be shown to everybody later."""
    return card.with_row([Press("post", job.id, say("Post here"))]) if job.is_private else card


def failed_card(job: Job, error: Exception, edit_action: str | None) -> Card:
    """The public card of a job without a result: it does not repeat the prompt."""
    return Card(
        f"<@{job.member_id}>",
        refusal_text(words(error)),
        buttons=_ways_on(job, edit_action),
        colour=TROUBLE,
    )


def cancelled_card(job: Job, edit_action: str | None) -> Card:
    """The public card of a job that its author or a moderator cancelled."""
    return Card(
        f"<@{job.member_id}>",
        say("**Cancelled.** Nothing was charged."),
        buttons=_ways_on(job, edit_action),
    )


def _ways_on(job: Job, edit_action: str | None) -> list[Press]:
    """What can be done with a job that ended without a result."""
    buttons = [Press("delete", job.id, say("Delete"))]
    return [Press(edit_action, job.id, say("Edit")), *buttons] if edit_action else buttons


def interrupted_card(member_id: int, draft_id: str | None, redo_action: str = "redo") -> Card:
    """The public card of an order that the bot broke off before it became a job.

    `redo_action` opens the draft.
    """
    style = discord.ButtonStyle.primary
    return Card(
        f"<@{member_id}>",
        say(
            "**Interrupted.** The bot was stopped before it had taken the order."
            " Nothing was charged."
        ),
        buttons=[Press(redo_action, draft_id, say("Edit"), style)] if draft_id else [],
        colour=TROUBLE,
    )
