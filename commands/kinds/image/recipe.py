"""The recipe of pictures: the prompt as words alone, and again with every option spelled out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.kinds.view import Recipe
from commands.languages import say
from commands.ui.facts import (
    controls,
    has_guidance,
    has_strength,
    seed_figures,
    settings,
    size,
    start,
)
from generation.request import GuidancePreset
from prompts import Options, parse, render

if TYPE_CHECKING:
    from jobs.orders.image import ImageOrder
    from prompts import Prompt


def picture_recipe(order: ImageOrder) -> Recipe:
    """How the pictures of an order were drawn."""
    request = order.first
    prompt = parse(order.prompt)
    seeds = [seed for one in order.requests for seed in one.seeds]
    guided = request.guidance is not GuidancePreset.NONE
    values = {
        say("Words"): render(replace(prompt, options=Options())),
        say("Pictures"): f"{order.pictures}",
        say("Size"): size(request.width, request.height),
        say("Seed"): seed_figures(seeds),
        **settings(request),
        **({say("CLIP guidance"): f"{request.guidance}"} if guided else {}),
        **({say("Start"): "".join(start(order))} if order.uses_init else {}),
        **({say("Control"): ", ".join(controls(request))} if order.uses_control else {}),
    }
    paste = render(replace(prompt, options=_spelled_out(order, prompt.options)))
    return Recipe(
        values=values, command="imagine", paste=paste, notes=_notes(order, prompt, request.seed)
    )


def _spelled_out(order: ImageOrder, typed: Options) -> Options:
    """The options with what the engine's defaults stood for."""
    request = order.first
    # Without steps the picture to start from decides the shape, where nobody named one.
    has_size = request.steps > 0 or not order.uses_init
    return replace(
        typed,
        engine=request.engine_id,
        size=(request.width, request.height) if has_size else typed.size,
        aspect=None if has_size else typed.aspect,
        seed=request.seed,
        steps=request.steps or None,
        cfg=request.cfg_scale if has_guidance(order) else None,
        sampler=str(request.sampler) if request.sampler else None,
        style=str(request.style) if request.style else None,
        strength=round(request.strength * 100) if has_strength(order) else None,
    )


def _notes(order: ImageOrder, prompt: Prompt, seed: int) -> list[str]:
    """What typing the prompt again does not bring back."""
    notes: list[str] = []
    if order.uses_init:
        notes.append(
            say(
                "It starts from a picture: attach the same one as `image` and the same mask as"
                " `mask`."
            )
            if order.uses_mask
            else say("It starts from a picture: attach the same one as `image`.")
        )
    if order.uses_control:
        notes.append(say("It follows a control picture: attach the same one as `control`."))
    if len(prompt.variants) > 1 and prompt.options.seed is None:
        notes.append(say("Typed like this, each variant begins with seed {seed}.", seed=seed))
    if not order.first.is_reproducible:
        notes.append(say("With CLIP guidance the same seed may give another picture."))
    return notes
