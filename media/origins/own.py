"""Atelier's own recipe, as `media.metadata` writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from media.metadata import RECIPE_KEY
from media.origins.found import (
    MAX_LORAS,
    FoundRecipe,
    items,
    name,
    number,
    read_object,
    whole,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = "Atelier"
MAX_PROMPTS = 50


def read_own(texts: Mapping[str, str]) -> FoundRecipe | None:
    """The recipe of one of our pictures."""
    data = read_object(texts.get(RECIPE_KEY, ""))
    if not data:
        return None
    return FoundRecipe(
        program=PROGRAM,
        prompts=tuple(_weighted(data.get("prompts"), MAX_PROMPTS)),
        width=whole(data.get("width")),
        height=whole(data.get("height")),
        seed=whole(data.get("seed")),
        steps=whole(data.get("steps")),
        cfg_scale=number(data.get("cfg_scale")),
        sampler=name(data.get("sampler")),
        engine_id=name(data.get("engine_id")),
        style=name(data.get("style")),
        strength=number(data.get("strength")),
        loras=tuple(_weighted(data.get("loras"), MAX_LORAS)),
        others=tuple(_others(data)),
    )


def _weighted(value: object, most: int) -> list[tuple[str, float]]:
    pairs = [items(entry) for entry in items(value)[:most]]
    found = [(words(pair[0]), number(pair[1])) for pair in pairs if len(pair) == 2]
    return [(text, weight) for text, weight in found if text and weight is not None]


def _others(data: dict[str, Any]) -> list[tuple[str, str]]:
    kinds = [kind for kind, _ in _weighted(data.get("controls"), MAX_LORAS)]
    guidance = name(data.get("guidance"))
    return [
        *([("Control pictures", name(", ".join(kinds)))] if kinds else []),
        *([("Mask", "yes")] if data.get("has_mask") is True else []),
        *([("CLIP guidance", guidance)] if guidance not in ("", "none") else []),
    ]
