"""The cards of edits: the question, the wait, then the edited picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from commands.languages import marked, say
from commands.ui.buttons import Press
from commands.ui.cards import Card, gallery, heading, in_progress, taking_away
from commands.ui.facts import drawn_by, size
from commands.ui.order_lines import arrives, held, notices, place_in_line
from commands.ui.text import credits_of, quoted
from generation import credits as money
from generation.edits import NO_SIDES, EditAction

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine
    from jobs.orders.edit import EditOrder
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job

PRIMARY = discord.ButtonStyle.primary
MAKE_ACTION = "edit_make"
"""What makes the edit of a draft."""

REDO_ACTION = "edit_redo"
"""What opens the form with the words of a draft."""

NAMES = {
    EditAction.OUTPAINT: marked("Extend beyond the edges"),
    EditAction.ERASE: marked("Erase a part"),
    EditAction.REPLACE: marked("Replace something"),
    EditAction.RECOLOUR: marked("Recolour something"),
    EditAction.REMOVE_BACKGROUND: marked("Remove the background"),
}
"""What can be done to a picture, as members choose it."""

MAX_NAME = 80


def done(order: EditOrder) -> str:
    """What is done to the picture, in a few words."""
    search = quoted(order.search, MAX_NAME)
    match order.action:
        case EditAction.OUTPAINT:
            return say("extended")
        case EditAction.ERASE:
            return say("a part erased")
        case EditAction.REPLACE:
            return say("“{search}” replaced", search=search)
        case EditAction.RECOLOUR:
            return say("“{search}” recoloured", search=search)
        case EditAction.REMOVE_BACKGROUND:
            return say("background removed")


def edit_question_card(
    order: EditOrder, price_mc: int, available_mc: int, draft_id: str, *, can_redo: bool
) -> Card:
    """The question before a picture is edited for that price; its words can be changed first."""
    name, price = say(NAMES[order.action]), money.price(price_mc)
    lines = [
        say("**{action} for {price}?**", action=name, price=credits_of(price)),
        quoted(order.heading),
        f"{done(order)} · {sizes(order)}",
        say("You have {available}.", available=money.balance(available_mc)),
        notices(order.notices),
    ]
    buttons = [
        Press(MAKE_ACTION, draft_id, f"{name} · {price}", PRIMARY),
        *([Press(REDO_ACTION, draft_id, say("Edit"))] if can_redo else []),
    ]
    return Card("\n".join(line for line in lines if line), buttons=buttons)


def edit_waiting_card(
    member_id: int,
    order: EditOrder,
    engine: Engine | None,
    job_id: str,
    price_mc: int,
    wait_estimate: WaitEstimate | None = None,
    *,
    is_private: bool = False,
) -> Card:
    """The card of an edit that waits or is being made."""
    lines = [
        " · ".join((done(order), sizes(order), drawn_by(engine, order.engine_id))),
        notices(order.notices),
        place_in_line(wait_estimate) if wait_estimate else "",
        held(price_mc, arrives("picture")),
    ]
    head = heading(member_id, order.heading)
    return in_progress(head, lines, job_id, is_private=is_private)


def edit_card(
    job: Job, order: EditOrder, engine: Engine | None, *, file: str, has_videos: bool
) -> Card:
    """The edited picture; `file` is the address of its attachment."""
    facts = [
        done(order),
        sizes(order),
        drawn_by(engine, order.engine_id),
        say("seed {seed}", seed=order.request.seed),
        credits_of(money.price(job.price_mc)),
    ]
    lines = [
        f"-# {' · '.join(facts)}",
        say("-# AI-generated · job {job_id}", job_id=job.id),
        notices(order.notices),
    ]
    ways_on = [
        *([Press("animate", job.id, say("Animate"))] if has_videos else []),
        Press("upscale", job.id, say("More")),
        Press("recipe", job.id, say("Recipe")),
    ]
    return Card(
        heading(job.member_id, order.heading),
        gallery([file], order.title),
        "\n".join(line for line in lines if line),
        buttons=ways_on,
        further=taking_away(job.id),
    )


def sizes(order: EditOrder) -> str:
    """From which size to which, in pixels."""
    before, after = size(*order.size), size(order.request.width, order.request.height)
    return before if before == after else f"{before} → {after}"


def grown(order: EditOrder) -> str:
    """Where an outpaint grows, in pixels; empty where nothing does."""
    sides = order.request.edit.sides if order.request.edit else NO_SIDES
    if sides == NO_SIDES:
        return ""
    left, right, up, down = sides
    return say(
        "left {left}, right {right}, up {up}, down {down}",
        left=left,
        right=right,
        up=up,
        down=down,
    )
