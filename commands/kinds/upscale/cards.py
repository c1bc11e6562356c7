"""The cards of upscales: the offers with their prices, the wait, then the larger picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from commands.languages import say
from commands.ui.buttons import Press
from commands.ui.cards import Card, gallery, heading, in_progress, taking_away
from commands.ui.facts import drawn_by, size
from commands.ui.order_lines import arrives, held, place_in_line
from commands.ui.text import credits_of, quoted
from generation import credits as money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.upscale.offers import UpscaleOffer
    from generation.catalogue.engine import Engine
    from jobs.orders.upscale import UpscaleOrder
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job

PRIMARY = discord.ButtonStyle.primary
MAKE_ACTION = "upscale_make"
"""What makes the upscale of a draft."""


def offer_lines(offers: Sequence[UpscaleOffer], refused: Sequence[Engine]) -> list[str]:
    """What each engine makes of the picture, and up to which size the others take one."""
    lines: list[str] = []
    for offer in offers:
        name = quoted(offer.engine.name or offer.engine.id, 60)
        about = f"{name}: {quoted(offer.engine.description, 120)}"
        if offer.result:
            about = say("to {size} by {engine}", size=size(*offer.result), engine=about)
        lines.append(f"**{money.price(offer.price_mc)}** {about}")
    for engine in refused:
        name = quoted(engine.name or engine.id, 60)
        lines.append(
            say(
                "-# Too large for {engine}, which takes {pixels:,} pixels.",
                engine=name,
                pixels=engine.max_pixels,
            )
        )
    return lines or [say("-# No engine makes pictures larger here now.")]


def offer_buttons(offers: Sequence[UpscaleOffer], drafts: Sequence[str]) -> list[Press]:
    """A button for each offer, which names its price and takes its draft."""
    return [
        Press(MAKE_ACTION, draft, offer.label, PRIMARY)
        for offer, draft in zip(offers, drafts, strict=True)
    ]


def upscale_question_card(
    order: UpscaleOrder, offer: UpscaleOffer, available_mc: int, draft_id: str
) -> Card:
    """The question before a picture is made larger for that price."""
    lines = [
        say("**Upscale for {price}?**", price=credits_of(money.price(offer.price_mc))),
        quoted(order.title),
        _sizes(order),
        say("You have {available}.", available=money.balance(available_mc)),
    ]
    return Card("\n".join(lines), buttons=offer_buttons([offer], [draft_id]))


def upscale_waiting_card(
    member_id: int,
    order: UpscaleOrder,
    engine: Engine | None,
    job_id: str,
    price_mc: int,
    wait_estimate: WaitEstimate | None = None,
    *,
    is_private: bool = False,
) -> Card:
    """The card of an upscale that waits or is being made."""
    lines = [
        say(
            "Upscale: {sizes} by {engine}",
            sizes=_sizes(order),
            engine=drawn_by(engine, order.engine_id),
        ),
        place_in_line(wait_estimate) if wait_estimate else "",
        held(price_mc, arrives("picture")),
    ]
    head = heading(member_id, order.heading)
    return in_progress(head, lines, job_id, is_private=is_private)


def upscale_card(
    job: Job,
    order: UpscaleOrder,
    engine: Engine | None,
    *,
    file: str,
    result: tuple[int, int],
    has_videos: bool,
    can_upscale: bool,
) -> Card:
    """The larger picture, of the size `result` in pixels; `file` is its attachment's address."""
    facts = [
        say("upscaled {sizes}", sizes=_sizes(order, result)),
        drawn_by(engine, order.engine_id),
        say("seed {seed}", seed=order.request.seed),
        credits_of(money.price(job.price_mc)),
    ]
    ways_on = [
        *([Press("animate", job.id, say("Animate"))] if has_videos else []),
        Press("upscale", job.id, say("Upscale") if can_upscale else say("More")),
    ]
    return Card(
        heading(job.member_id, order.heading),
        gallery([file], order.title),
        f"-# {' · '.join(facts)}\n{say('-# AI-generated · job {job_id}', job_id=job.id)}",
        buttons=[*ways_on, Press("recipe", job.id, say("Recipe"))],
        further=taking_away(job.id),
    )


def _sizes(order: UpscaleOrder, result: tuple[int, int] | None = None) -> str:
    """From which size to which, where that is known; `result` is the picture's own."""
    before, after = order.size, result or (order.request.width, order.request.height)
    told = size(*before)
    return told if before == after else f"{told} → {size(*after)}"
