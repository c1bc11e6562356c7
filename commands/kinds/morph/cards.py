"""The cards of morphs between prompts: a quote, an honest wait, then the film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from commands.options.camera import camera_words
from commands.ui.buttons import Press
from commands.ui.cards import (
    Card,
    arrives,
    gallery,
    heading,
    held,
    missing_line,
    notices,
    place_in_line,
    readings,
    taking_away,
)
from commands.ui.facts import drawn_by
from commands.ui.text import quoted
from generation import credits as money

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine
    from jobs.orders.morph import MorphOrder
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job

PRIMARY = discord.ButtonStyle.primary


def morph_quote_card(
    order: MorphOrder, engine: Engine, price_mc: int, available_mc: int, draft_id: str
) -> Card:
    """What a morph will be and what it costs, before anything is drawn."""
    price = money.price(price_mc)
    each = money.price(order.charge_mc(price_mc, 1))
    lines = [
        f"**{order.frames} frames for {money.credits_of(price)}?**",
        quoted(order.heading),
        *readings(*order.prompts),
        _plan(order, engine),
        notices(order.notices),
        f"Each frame costs {each}, and only if it arrives. You have {money.balance(available_mc)}.",
    ]
    return Card(
        "\n".join(line for line in lines if line),
        buttons=[
            Press("morph_draw", draft_id, f"Draw · {price}", PRIMARY),
            Press("morph_redo", draft_id, "Edit"),
        ],
    )


def morph_waiting_card(
    member_id: int,
    order: MorphOrder,
    engine: Engine | None,
    job_id: str,
    price_mc: int,
    wait_estimate: WaitEstimate | None = None,
) -> Card:
    """The card of a morph that waits or is drawn."""
    lines = [*readings(*order.prompts), _plan(order, engine), notices(order.notices)]
    lines += [
        place_in_line(wait_estimate) if wait_estimate else "",
        held(price_mc, arrives("film")),
    ]
    return Card(
        heading(member_id, order.heading),
        "\n".join(line for line in lines if line),
        buttons=[Press("cancel", job_id, "Cancel")],
    )


def morph_card(
    job: Job,
    order: MorphOrder,
    engine: Engine | None,
    *,
    file: str,
    made: int,
    failure: Exception | None = None,
    link: str = "",
) -> Card:
    """The film of so many frames; `file` is the attachment's address, of a poster with a `link`."""
    facts = [
        *_length(made, order.fps),
        f"{order.width}×{order.height}",
        f"seed {order.seed}",
        *([camera_words(order.camera)] if order.camera else []),
        money.credits_of(money.price(order.charge_mc(job.price_mc, made))),
    ]
    lines = [
        f"-# {' · '.join(facts)}",
        f"-# AI-generated · job {job.id} · {drawn_by(engine, order.engine_id)}",
        notices(order.notices),
    ]
    if failure is not None:
        lines.insert(0, missing_line(order.frames - made, "frame", failure))
    if link:
        lines.insert(0, f"Too large for this channel: [the film]({link})")
    return Card(
        heading(job.member_id, order.heading),
        gallery([file], f"first frame of {order.title}" if link else order.title),
        "\n".join(line for line in lines if line),
        buttons=[
            Press("morph_edit", job.id, "Edit", PRIMARY),
            Press("gif", job.id, "GIF"),
            Press("webp", job.id, "WebP"),
            Press("recipe", job.id, "Recipe"),
            Press("copy_prompt", job.id, "Copy prompts"),
        ],
        further=taking_away(job.id),
    )


def _plan(order: MorphOrder, engine: Engine | None) -> str:
    """What the morph will be."""
    told = [
        *_length(order.frames, order.fps),
        f"{order.width}×{order.height}",
        drawn_by(engine, order.engine_id),
        *([camera_words(order.camera)] if order.camera else []),
    ]
    return " · ".join(told)


def _length(frames: int, fps: int) -> list[str]:
    return [f"{frames} frames at {fps} fps", f"{round(frames / fps, 1):g} s"]
