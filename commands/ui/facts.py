"""What a picture was drawn with, as members read it: on its card, and in its recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.languages import say, say_count
from commands.ui.text import quoted, weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.catalogue.catalogue import Engine
    from generation.request import ImageRequest
    from jobs.orders.image import ImageOrder

MAX_SEEDS = 4
MAX_NAME = 40
OWN_PAINTER = "atelier-painter"
"""How the ids of the engines begin that come with the bot."""


def picture_facts(
    order: ImageOrder, seeds: Sequence[int], drawn_size: tuple[int, int] | None = None
) -> list[str]:
    """The size, seeds, steps, guidance, sampler and style, and what the pictures start from.

    What the engine has none of is left out. The size is the pictures' own, where it is known.
    """
    request = order.first
    return [
        size(*(drawn_size or (request.width, request.height))),
        seeds_in_words(seeds),
        *([say("{steps} steps", steps=request.steps)] if request.steps else []),
        *([f"cfg {weight(request.cfg_scale)}"] if has_guidance(order) else []),
        *([str(request.sampler)] if request.sampler else []),
        *([say("{style} style", style=request.style)] if request.style else []),
        *start(order),
        *controls(request),
        *(f"LoRA {lora}" for lora in loras(request)),
    ]


def drawn_by(engine: Engine | None, engine_id: str) -> str:
    """What drew a result; without the engine it is not offered any more."""
    return engine_label(engine) if engine else engine_id


def engine_label(engine: Engine) -> str:
    """The engine's id; of one without a trained model, that it is for demonstration."""
    if engine.has_model:
        return engine.id
    if engine.id.startswith(OWN_PAINTER):
        return say("Painter (demo)")
    return say("{engine} (demo)", engine=engine.id)


def size(width_px: int, height_px: int) -> str:
    """A size in pixels."""
    return f"{width_px}×{height_px}"


def has_guidance(order: ImageOrder) -> bool:
    """Whether the words guide the drawing by a scale; without steps only some engines have one."""
    request = order.first
    return request.steps > 0 or (request.cfg_scale > 0 and not order.uses_mask)


def has_strength(order: ImageOrder) -> bool:
    """Whether it counts how much of a picture to start from may change.

    Without steps, what draws through a mask has no strength.
    """
    return order.uses_init and not (order.uses_mask and order.first.steps == 0)


def start(order: ImageOrder) -> list[str]:
    """What the pictures start from, and how much of it may change."""
    if order.first.blend:
        return [blend(order.first)]
    if not order.uses_init:
        return []
    if not has_strength(order):
        return [say("from a picture through a mask")]
    strength = f"{order.first.strength * 100:.0f}"
    if order.uses_mask:
        return [say("from a picture through a mask, strength {strength} %", strength=strength)]
    return [say("from a picture, strength {strength} %", strength=strength)]


def settings(request: ImageRequest) -> dict[str, str]:
    """What decides how words are drawn, by name; what the engine has none of is left out."""
    return {
        say("Engine"): request.engine_id,
        **({say("Steps"): f"{request.steps}"} if request.steps else {}),
        **({"Cfg": weight(request.cfg_scale)} if request.steps or request.cfg_scale else {}),
        **({say("Sampler"): f"{request.sampler}"} if request.sampler else {}),
        **({say("Style"): f"{request.style}"} if request.style else {}),
        **({"LoRA": ", ".join(loras(request))} if request.loras else {}),
    }


def blend(request: ImageRequest) -> str:
    """How many pictures are blended, and by which weights where they differ."""
    weights, count = [weight(picture.weight) for picture in request.blend], len(request.blend)
    if len(set(weights)) == 1:
        return say("blended from {count} pictures", count=count)
    told = " : ".join(weights)
    return say("blended from {count} pictures, {weights}", count=count, weights=told)


def controls(request: ImageRequest) -> list[str]:
    """Which control pictures the pictures follow, and how closely."""
    return [
        say(
            "{kind} control at {strength:.0%}",
            kind=quoted(one.kind, MAX_NAME),
            strength=one.strength,
        )
        for one in request.controls
    ]


def loras(request: ImageRequest) -> list[str]:
    """The LoRAs that take part, and how strongly."""
    return [
        say("{name} at {weight}", name=quoted(one.name, MAX_NAME), weight=weight(one.weight))
        for one in request.loras
    ]


def seeds_in_words(seeds: Sequence[int]) -> str:
    """The seeds of several pictures, shortened where they count on."""
    return say_count("seed {seeds}", "seeds {seeds}", len(set(seeds)), seeds=seed_figures(seeds))


def seed_figures(seeds: Sequence[int]) -> str:
    """The same without the word."""
    if len(set(seeds)) == 1:
        return str(seeds[0])
    if list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return say("{first} to {last}", first=seeds[0], last=seeds[-1])
    return ", ".join(map(str, seeds[:MAX_SEEDS])) + ("…" if len(seeds) > MAX_SEEDS else "")
