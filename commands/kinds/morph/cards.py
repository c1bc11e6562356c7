"""The cards of morphs between prompts: a quote, an honest wait, then the film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from commands.languages import say
from commands.options.camera import camera_words
from commands.ui.buttons import Press
from commands.ui.cards import Card, gallery, heading, in_progress, taking_away
from commands.ui.facts import drawn_by
from commands.ui.order_lines import arrives, held, missing_line, notices, place_in_line, readings
from commands.ui.text import credits_of, quoted, seconds
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
        say("**{frames} frames for {price}?**", frames=order.frames, price=credits_of(price)),
        quoted(order.heading),
        *readings(*order.prompts),
        _plan(order, engine),
        notices(order.notices),
        say(
            "Each frame costs {each}, and only if it arrives. You have {available}.",
            each=each,
            available=money.balance(available_mc),
        ),
    ]
    return Card(
        "\n".join(line for line in lines if line),
        buttons=[
            Press("morph_draw", draft_id, say("Draw the frames · {price}", price=price), PRIMARY),
            Press("morph_redo", draft_id, say("Edit")),
        ],
    )


def morph_waiting_card(
    member_id: int,
    order: MorphOrder,
    engine: Engine | None,
    job_id: str,
    price_mc: int,
    wait_estimate: WaitEstimate | None = None,
    *,
    is_private: bool = False,
) -> Card:
    """The card of a morph that waits or is drawn."""
    lines = [*readings(*order.prompts), _plan(order, engine), notices(order.notices)]
    lines += [
        place_in_line(wait_estimate) if wait_estimate else "",
        held(price_mc, arrives("film")),
    ]
    head = heading(member_id, order.heading)
    return in_progress(head, lines, job_id, is_private=is_private)


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
        say("seed {seed}", seed=order.seed),
        *([camera_words(order.camera)] if order.camera else []),
        credits_of(money.price(order.charge_mc(job.price_mc, made))),
    ]
    lines = [
        f"-# {' · '.join(facts)}",
        say(
            "-# AI-generated · job {job_id} · {engine}",
            job_id=job.id,
            engine=drawn_by(engine, order.engine_id),
        ),
        notices(order.notices),
    ]
    if failure is not None:
        lines.insert(0, missing_line(order.frames - made, "frame", failure))
    if link:
        lines.insert(0, say("Too large for this channel: [the film]({link})", link=link))
    return Card(
        heading(job.member_id, order.heading),
        gallery([file], say("first frame of {title}", title=order.title) if link else order.title),
        "\n".join(line for line in lines if line),
        buttons=[
            Press("morph_edit", job.id, say("Edit"), PRIMARY),
            Press("gif", job.id, "GIF"),
            Press("webp", job.id, "WebP"),
            Press("recipe", job.id, say("Recipe")),
            Press("copy_prompt", job.id, say("Copy prompts")),
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
    return [
        say("{frames} frames at {fps} fps", frames=frames, fps=fps),
        seconds(round(frames / fps, 1)),
    ]
