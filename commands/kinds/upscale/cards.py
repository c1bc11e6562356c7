"""The cards of upscales: the offers with their prices, the wait, then the larger picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from commands.ui.buttons import Press
from commands.ui.cards import (
    Card,
    arrives,
    gallery,
    heading,
    held,
    place_in_line,
    taking_away,
)
from commands.ui.facts import drawn_by, size
from commands.ui.text import quoted
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
        to = "to {}×{} by ".format(*offer.result) if offer.result else ""
        about = quoted(offer.engine.description, 120)
        lines.append(f"**{money.price(offer.price_mc)}** {to}{name}: {about}")
    for engine in refused:
        name = quoted(engine.name or engine.id, 60)
        lines.append(f"-# Too large for {name}, which takes {engine.max_pixels:,} pixels.")
    return lines or ["-# No engine makes pictures larger here now."]


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
        f"**Upscale for {money.credits_of(money.price(offer.price_mc))}?**",
        quoted(order.title),
        _sizes(order),
        f"You have {money.balance(available_mc)}.",
    ]
    return Card("\n".join(lines), buttons=offer_buttons([offer], [draft_id]))


def upscale_waiting_card(
    member_id: int,
    order: UpscaleOrder,
    engine: Engine | None,
    job_id: str,
    price_mc: int,
    wait_estimate: WaitEstimate | None = None,
) -> Card:
    """The card of an upscale that waits or is being made."""
    lines = [
        f"Upscale: {_sizes(order)} by {drawn_by(engine, order.engine_id)}",
        place_in_line(wait_estimate) if wait_estimate else "",
        held(price_mc, arrives("picture")),
    ]
    return Card(
        heading(member_id, order.heading),
        "\n".join(line for line in lines if line),
        buttons=[Press("cancel", job_id, "Cancel")],
    )


def upscale_card(
    job: Job,
    order: UpscaleOrder,
    engine: Engine | None,
    *,
    file: str,
    has_videos: bool,
    can_upscale: bool,
) -> Card:
    """The larger picture; `file` is the address of its attachment."""
    facts = [
        f"upscaled {_sizes(order)}",
        drawn_by(engine, order.engine_id),
        f"seed {order.request.seed}",
        money.credits_of(money.price(job.price_mc)),
    ]
    ways_on = [
        *([Press("animate", job.id, "Animate")] if has_videos else []),
        Press("upscale", job.id, "Upscale" if can_upscale else "More"),
    ]
    return Card(
        heading(job.member_id, order.heading),
        gallery([file], order.title),
        f"-# {' · '.join(facts)}\n-# AI-generated · job {job.id}",
        buttons=[*ways_on, Press("recipe", job.id, "Recipe")],
        further=taking_away(job.id),
    )


def _sizes(order: UpscaleOrder) -> str:
    """From which size to which, where that is known."""
    before, after = order.size, (order.request.width, order.request.height)
    told = size(*before)
    return told if before == after else f"{told} → {size(*after)}"
