"""What InvokeAI writes: "invokeai_metadata" today, "sd-metadata" and "Dream" before.

https://invoke-ai.github.io/InvokeAI/features/gallery; older: docs/features/OTHER.md of version 2.
"""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from media.origins.found import (
    MAX_LORAS,
    MAX_WORDS,
    FoundRecipe,
    items,
    mapping,
    name,
    number,
    prompts_of,
    read_object,
    whole,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = "InvokeAI"
MAX_DREAM = 2 * MAX_WORDS
_UNWANTED = re.compile(r"\[([^\[\]]*)\]")
"""In prompts of version 2 brackets hold what is kept out."""

_FLAGS = {
    "-s": "steps",
    "-S": "seed",
    "-W": "width",
    "-H": "height",
    "-C": "cfg_scale",
    "-A": "sampler",
    "-f": "strength",
}


def read_invokeai(texts: Mapping[str, str]) -> FoundRecipe | None:
    """The recipe in whichever of the three forms the file has."""
    if data := read_object(texts.get("invokeai_metadata", "")):
        return _of_metadata(data)
    if data := read_object(texts.get("sd-metadata", "")):
        return _of_version_2(data)
    return _of_command(texts["Dream"]) if texts.get("Dream") else None


def _of_metadata(data: dict[str, Any]) -> FoundRecipe:
    model = mapping(data.get("model"))
    is_drawn_over = str(data.get("generation_mode", "")).endswith("img2img")
    return FoundRecipe(
        program=PROGRAM,
        prompts=prompts_of(data.get("positive_prompt"), data.get("negative_prompt")),
        width=whole(data.get("width")),
        height=whole(data.get("height")),
        seed=whole(data.get("seed")),
        steps=whole(data.get("steps")),
        cfg_scale=number(data.get("cfg_scale")),
        sampler=name(data.get("scheduler")),
        model=name(model.get("name") or model.get("model_name") or data.get("model")),
        strength=number(data.get("strength")) if is_drawn_over else None,
        loras=tuple(_loras(data.get("loras"))),
    )


def _loras(value: object) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for entry in map(mapping, items(value)[:MAX_LORAS]):
        model = mapping(entry.get("model") or entry.get("lora"))
        weight = number(entry.get("weight"))
        if called := name(model.get("name") or model.get("model_name")):
            found.append((called, 1.0 if weight is None else weight))
    return found


def _of_version_2(data: dict[str, Any]) -> FoundRecipe:
    image = mapping(data.get("image"))
    prompt = image.get("prompt")
    pieces = [words(mapping(piece).get("prompt")) for piece in items(prompt)[:MAX_LORAS]]
    typed = words(prompt) or ", ".join(filter(None, pieces))
    return _made(typed, image, name(data.get("model_weights")))


def _of_command(text: str) -> FoundRecipe | None:
    """A recipe that is the command line it was made by: `"a fox" -s 50 -S 7 -W 512 …`."""
    text = text[:MAX_DREAM]
    try:
        typed, *rest = shlex.split(text)
    except ValueError:
        # A quotation mark that nothing closes, or nothing at all.
        typed, *rest = text.split() or [""]
    if not typed:
        return None
    values: dict[str, Any] = {}
    for flag, value in pairwise([*rest, ""]):
        # Versions write `-s 50` as well as `-s50`.
        if key := _FLAGS.get(flag):
            values[key] = value
        elif key := _FLAGS.get(flag[:2]):
            values[key] = flag[2:]
    return _made(typed, values, "")


def _made(typed: str, values: Mapping[str, Any], model: str) -> FoundRecipe:
    typed = typed[:MAX_WORDS]
    unwanted = ", ".join(part.strip() for part in _UNWANTED.findall(typed))
    return FoundRecipe(
        program=PROGRAM,
        prompts=prompts_of(" ".join(_UNWANTED.sub("", typed).split()), unwanted),
        width=whole(values.get("width")),
        height=whole(values.get("height")),
        seed=whole(values.get("seed")),
        steps=whole(values.get("steps")),
        cfg_scale=number(values.get("cfg_scale")),
        sampler=name(values.get("sampler")),
        model=model,
        strength=number(values.get("strength")),
    )
