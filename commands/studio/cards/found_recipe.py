"""The private card of a recipe that a file of whatever program says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from commands.languages import say
from commands.studio.cards.recipe import MAX_VALUE, MAX_VALUES, to_copy
from commands.ui.buttons import Press
from commands.ui.cards import Card, notices
from commands.ui.text import listed, quoted, weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.image.found_recipe import FittedRecipe
    from media.origins.found import FoundRecipe

MAX_FILE_NAME = 60
PRIMARY = discord.ButtonStyle.primary


def found_card(
    found: FoundRecipe, fitted: FittedRecipe, filename: str, draft_id: str | None
) -> Card:
    """What the file says, a line for /imagine, and what of it is drawn otherwise here.

    `draft_id` is where that line is kept, so that it can be drawn.
    """
    shown = quoted(filename, MAX_FILE_NAME)
    heading = say("**Recipe in {file}**, written by {program}", file=shown, program=found.program)
    values = [f"**{name}** · {quoted(value, MAX_VALUE)}" for name, value in _values(found)]
    return Card(
        f"{heading}\n{listed(values, chr(10), MAX_VALUES)}",
        *to_copy(fitted.paste, say("For `/imagine`:")),
        notices(fitted.notices),
        buttons=[Press("redo", draft_id, say("Draw it"), PRIMARY)] if draft_id else [],
    )


def _values(found: FoundRecipe) -> Sequence[tuple[str, str]]:
    """What was found, by its names; what is not said is left out."""
    wanted = [text for text, share in found.prompts if share > 0]
    unwanted = [text for text, share in found.prompts if share <= 0]
    size = f"{found.width}×{found.height}" if found.width and found.height else ""
    loras = ", ".join(f"{name} {weight(share)}" for name, share in found.loras)
    values = (
        (say("Words"), ", ".join(wanted)),
        (say("Kept out"), ", ".join(unwanted)),
        (say("Model"), found.model or found.engine_id),
        (say("Size"), size),
        (say("Seed"), _figure(found.seed)),
        (say("Steps"), _figure(found.steps)),
        (say("Cfg"), _figure(found.cfg_scale)),
        (say("Sampler"), found.sampler),
        (say("Style"), found.style),
        (say("Strength"), "" if found.strength is None else f"{found.strength:.0%}"),
        ("LoRA", loras),
        *found.others,
    )
    return [(quoted(name, MAX_FILE_NAME), value) for name, value in values if value]


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else f"{value}"
