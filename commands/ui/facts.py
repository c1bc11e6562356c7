"""What a picture was drawn with, as members read it: on its card, and in its recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def picture_facts(order: ImageOrder, seeds: Sequence[int]) -> list[str]:
    """The size, seeds, steps, guidance, sampler and style, and what the pictures start from.

    What the engine has none of is left out.
    """
    request = order.first
    return [
        size(request.width, request.height),
        seeds_in_words(seeds),
        *([f"{request.steps} steps"] if request.steps else []),
        *([f"cfg {weight(request.cfg_scale)}"] if has_guidance(order) else []),
        *([str(request.sampler)] if request.sampler else []),
        *([f"{request.style} style"] if request.style else []),
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
    return "Painter (demo)" if engine.id.startswith(OWN_PAINTER) else f"{engine.id} (demo)"


def size(width_px: int, height_px: int) -> str:
    """A size in pixels."""
    return f"{width_px}×{height_px}"


def has_guidance(order: ImageOrder) -> bool:
    """Whether the words guide the drawing by a scale; without steps only some engines have one."""
    request = order.first
    return request.steps > 0 or (request.cfg_scale > 0 and not order.uses_mask)


def start(order: ImageOrder) -> list[str]:
    """What the pictures start from, and how much of it may change."""
    if not order.uses_init:
        return []
    where = " through a mask" if order.uses_mask else ""
    return [f"from a picture{where}, strength {order.first.strength * 100:.0f} %"]


def settings(request: ImageRequest) -> dict[str, str]:
    """What decides how words are drawn, by name; what the engine has none of is left out."""
    return {
        "Engine": request.engine_id,
        **({"Steps": f"{request.steps}"} if request.steps else {}),
        **({"Cfg": weight(request.cfg_scale)} if request.steps or request.cfg_scale else {}),
        **({"Sampler": f"{request.sampler}"} if request.sampler else {}),
        **({"Style": f"{request.style}"} if request.style else {}),
        **({"LoRA": ", ".join(loras(request))} if request.loras else {}),
    }


def controls(request: ImageRequest) -> list[str]:
    """Which control pictures the pictures follow, and how closely."""
    return [
        f"{quoted(one.kind, MAX_NAME)} control at {one.strength:.0%}" for one in request.controls
    ]


def loras(request: ImageRequest) -> list[str]:
    """The LoRAs that take part, and how strongly."""
    return [f"{quoted(one.name, MAX_NAME)} at {weight(one.weight)}" for one in request.loras]


def seeds_in_words(seeds: Sequence[int]) -> str:
    """The seeds of several pictures, shortened where they count on."""
    if len(set(seeds)) == 1:
        return f"seed {seeds[0]}"
    if list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    shown = ", ".join(str(seed) for seed in seeds[:MAX_SEEDS])
    return f"seeds {shown}" + ("…" if len(seeds) > MAX_SEEDS else "")
