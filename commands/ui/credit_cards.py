"""The cards about a member's credits: balance, history, quotes and gifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.ui.buttons import Press
from commands.ui.cards import Card
from commands.ui.facts import engine_label
from commands.ui.instants import since
from commands.ui.text import quoted
from generation import credits as money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.catalogue.catalogue import Engine
    from jobs.orders.image import ImageOrder
    from storage.ledger.accounts import Balance, Refill
    from storage.ledger.history import Movement

MAX_REASON = 60
VERBS = {"settle": "spent", "hold": "held"}


def credits_card(
    balance: Balance,
    refill: Refill,
    movements: Sequence[Movement],
    *,
    page: int,
    has_more: bool,
    wants_mention: bool,
    allows_gifts: bool,
) -> Card:
    """A member's balance and a page of their history; pages count from 0."""
    lines = [*balance_lines(balance, refill)]
    if allows_gifts:
        giftable = money.balance(balance.giftable_mc)
        lines.append(f"You can give away {giftable}; starting credits stay with you.")
    history = "\n".join(movement_line(movement) for movement in movements) or "-# Nothing here."
    buttons: list[Press] = []
    if page:
        buttons.append(Press("credits_page", str(page - 1), "Newer"))
    if has_more:
        buttons.append(Press("credits_page", str(page + 1), "Older"))
    state, switched = ("on", "off") if wants_mention else ("off", "on")
    buttons.append(Press("mention", switched, f"Mention me after long jobs: {state}"))
    title = f"Activity, page {page + 1}" if page else "Recent activity"
    return Card("\n".join(lines), f"{title}\n{history}", buttons=buttons)


def balance_lines(balance: Balance, refill: Refill) -> list[str]:
    """What a member has, what is held, and what comes next."""
    lines = [f"**You have {money.credits_of(money.balance(balance.available_mc))}.**"]
    if balance.held_mc:
        held = money.price(balance.held_mc)
        lines.append(f"Another {held} is held by jobs that are not finished.")
    if refill.amount_mc:
        lines.append(f"Next refill: {money.signed(refill.amount_mc)} {since(refill.at)}")
    return lines


def movement_line(movement: Movement) -> str:
    """A movement: when, how much, and what for."""
    match movement.kind:
        case "settle" | "hold":
            what = f"{VERBS[movement.kind]} **{money.price(-movement.amount_mc)}**"
        case "release":
            what = "nothing spent"
        case "refund":
            # As the price was shown, not as balances are.
            what = f"refund **+{money.price(movement.amount_mc)}**"
        case _:
            what = f"{movement.kind} **{money.signed(movement.amount_mc)}**"
    reason = quoted(movement.title or movement.reason, MAX_REASON)
    job = f" · job {movement.job_id}" if movement.job_id else ""
    return f"-# {since(movement.made_at)} · {what} · {reason}{job}"


def quote_card(
    order: ImageOrder,
    engine: Engine,
    price_mc: int,
    available_mc: int,
    others: Sequence[str] = (),
) -> Card:
    """What an order would cost, before anything is spent; `others` are other things made of it."""
    price = money.price(price_mc)
    count = "1 picture" if order.pictures == 1 else f"{order.pictures} pictures"
    first = order.first
    steps = f", {first.steps} steps" if engine.has_steps else ""
    lines = [
        f"**That would cost {money.credits_of(price)}.** Nothing was charged.",
        f"{count} at {first.width}×{first.height}{steps}, {engine_label(engine)}",
        *(line for line in others if line),
        f"You have {money.balance(available_mc)}.",
    ]
    return Card("\n".join(lines))


def gift_card(giver_id: int, receiver_id: int, amount_mc: int) -> Card:
    """Tells everybody, and so the receiver, of a gift."""
    amount = money.credits_of(money.balance(amount_mc))
    return Card(f"<@{giver_id}> gave <@{receiver_id}> **{amount}**.")
