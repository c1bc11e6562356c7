"""The LoRAs that a prompt names, as the engine knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.abilities import validate_lora
from generation.adapters import find_name
from generation.request import Lora

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generation.catalogue.catalogue import Engine
    from prompts import Prompt


def takes_loras(engine: Engine) -> bool:
    """Whether the engine has any LoRA."""
    return bool(engine.loras) or engine.has_more_adapters


def find_loras(prompt: Prompt, engine: Engine, offered: Iterable[Engine]) -> tuple[Lora, ...]:
    """The LoRAs of a prompt by the engine's names; none where it takes none, which is a notice.

    Raises:
        BadRequest: it has others, but none of that name; names the nearest.
    """
    if not takes_loras(engine):
        return ()
    offered = tuple(offered)
    found: list[Lora] = []
    for lora in prompt.loras:
        name = find_name(lora.name, engine.loras) or lora.name
        validate_lora(engine, offered, name)
        found.append(Lora(name, lora.weight))
    return tuple(found)
