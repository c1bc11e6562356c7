"""The cards about a member's credits: balance, history, quotes and gifts."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from commands.languages import marked, say
from commands.ui.buttons import Press
from commands.ui.cards import Card
from commands.ui.facts import engine_label
from commands.ui.instants import since
from commands.ui.job_links import linked
from commands.ui.text import credits_of, pictures, quoted
from generation import credits as money
from storage.jobs.retention import FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generation.catalogue.catalogue import Engine
    from jobs.orders.image import ImageOrder
    from storage.jobs.jobs import Job
    from storage.ledger.accounts import Balance, Refill
    from storage.ledger.history import Movement

MAX_REASON = 60
KINDS = {
    "grant": marked("grant"),
    "gift": marked("gift"),
    "refill": marked("refill"),
    "adjust": marked("adjust"),
    "carry": marked("carried over"),
}
"""Movements that are told by the name of their kind."""

REASONS = {
    "starting credits": marked("starting credits"),
    "of the day": marked("of the day"),
    "of the week": marked("of the week"),
    "of the month": marked("of the month"),
    "from the operator": marked("from the operator"),
    "what you had before": marked("what you had before"),
    FORGOTTEN: marked("not kept any more"),
}
"""What the ledger notes in English by itself."""

GIFTS = {"to": marked("to {member}"), "from": marked("from {member}")}
"""How its notes of gifts begin, which end with a member's name."""

NO_JOBS: Mapping[str, Job] = MappingProxyType({})


def credits_card(
    balance: Balance,
    refill: Refill,
    movements: Sequence[Movement],
    *,
    page: int,
    has_more: bool,
    wants_mention: bool,
    allows_gifts: bool,
    jobs: Mapping[str, Job] = NO_JOBS,
) -> Card:
    """A member's balance and a page of their history; pages count from 0.

    `jobs` are those that the movements name, as far as they are known.
    """
    lines = [*balance_lines(balance, refill)]
    if allows_gifts:
        giftable = money.balance(balance.giftable_mc)
        lines.append(
            say("You can give away {giftable}; starting credits stay with you.", giftable=giftable)
        )
    history = "\n".join(movement_lines(movements, jobs)) or say("-# Nothing here.")
    buttons: list[Press] = []
    if page:
        buttons.append(Press("credits_page", str(page - 1), say("Newer")))
    if has_more:
        buttons.append(Press("credits_page", str(page + 1), say("Older")))
    mention, switched = (
        (say("Mention me after long jobs: on"), "off")
        if wants_mention
        else (say("Mention me after long jobs: off"), "on")
    )
    buttons.append(Press("mention", switched, mention))
    title = say("Activity, page {page}", page=page + 1) if page else say("Recent activity")
    return Card("\n".join(lines), f"{title}\n{history}", buttons=buttons)


def balance_lines(balance: Balance, refill: Refill) -> list[str]:
    """What a member has, what is held, and what comes next."""
    lines = [
        say(
            "**You have {available}.**",
            available=credits_of(money.balance(balance.available_mc)),
        )
    ]
    if balance.held_mc:
        held = money.price(balance.held_mc)
        lines.append(say("Another {held} is held by jobs that are not finished.", held=held))
    if refill.amount_mc:
        lines.append(
            say(
                "Next refill: {amount} {at}",
                amount=money.signed(refill.amount_mc),
                at=since(refill.at),
            )
        )
    return lines


def movement_lines(movements: Sequence[Movement], jobs: Mapping[str, Job] = NO_JOBS) -> list[str]:
    """A line for each movement; the ids of the jobs that are known lead to their cards."""
    return [movement_line(movement, jobs.get(movement.job_id or "")) for movement in movements]


def movement_line(movement: Movement, job: Job | None = None) -> str:
    """A movement: when, how much, and what for; of which job, where that is known."""
    match movement.kind:
        case "settle":
            what = say("spent **{amount}**", amount=money.price(-movement.amount_mc))
        case "hold":
            what = say("held **{amount}**", amount=money.price(-movement.amount_mc))
        case "release":
            what = say("nothing spent")
        case "refund":
            # As the price was shown, not as balances are.
            what = say("refund **+{amount}**", amount=money.price(movement.amount_mc))
        case _:
            kind = say(KINDS.get(movement.kind, movement.kind))
            what = f"{kind} **{money.signed(movement.amount_mc)}**"
    reason = quoted(_reason(movement), MAX_REASON)
    job_id = linked(job) if job else say("job {job_id}", job_id=movement.job_id)
    what_for = f" · {job_id}" if movement.job_id else ""
    return f"-# {since(movement.made_at)} · {what} · {reason}{what_for}"


def _reason(movement: Movement) -> str:
    """What a movement is for, as far as it can be said: others typed it, or name their job so."""
    if movement.title:
        return say(REASONS[FORGOTTEN]) if movement.title == FORGOTTEN else movement.title
    way, _, name = movement.reason.partition(" ")
    if movement.kind == "gift" and way in GIFTS:
        return say(GIFTS[way], member=name)
    return say(REASONS[movement.reason]) if movement.reason in REASONS else movement.reason


def quote_card(
    order: ImageOrder,
    engine: Engine,
    price_mc: int,
    available_mc: int,
    others: Sequence[str] = (),
) -> Card:
    """What an order would cost, before anything is spent; `others` are other things made of it."""
    price = money.price(price_mc)
    first = order.first
    steps = f", {say('{steps} steps', steps=first.steps)}" if engine.has_steps else ""
    lines = [
        say("**That would cost {price}.** Nothing was charged.", price=credits_of(price)),
        say(
            "{pictures} at {size}{steps}, {engine}",
            pictures=pictures(order.pictures),
            size=f"{first.width}×{first.height}",
            steps=steps,
            engine=engine_label(engine),
        ),
        *(line for line in others if line),
        say("You have {available}.", available=money.balance(available_mc)),
    ]
    return Card("\n".join(lines))


def gift_card(giver_id: int, receiver_id: int, amount_mc: int) -> Card:
    """Tells everybody, and so the receiver, of a gift."""
    amount = credits_of(money.balance(amount_mc))
    return Card(
        say(
            "{giver} gave {receiver} **{amount}**.",
            giver=f"<@{giver_id}>",
            receiver=f"<@{receiver_id}>",
            amount=amount,
        )
    )
