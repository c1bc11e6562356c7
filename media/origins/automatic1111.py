"""What AUTOMATIC1111's web interface and its relatives write: words, then `Steps: 20, …`.

https://github.com/AUTOMATIC1111/stable-diffusion-webui, modules/infotext_utils.py
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from media.origins.found import MAX_OTHERS, FoundRecipe, name, number, prompts_of, whole
from media.origins.texts import COMMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = "AUTOMATIC1111"
MAX_SETTINGS = 8000
"""Characters of the list of settings that are read."""

NEGATIVE = "Negative prompt:"
_SETTINGS = re.compile(r"(?:^|\n)[ \t]*(Steps: [0-9]+,[^\n]*)$")
_SETTING = re.compile(r'\s*([\w /-]{1,60}):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_SIZE = re.compile(r"([0-9]{1,6})x([0-9]{1,6})")
_KNOWN = ("Steps", "Sampler", "CFG scale", "Seed", "Size", "Model", "Denoising strength")
_UNSAID = ("Model hash", "Version", "Lora hashes", "TI hashes", "VAE hash", "Hashes")
"""What tells nothing of how the picture looks."""


def read_automatic1111(texts: Mapping[str, str]) -> FoundRecipe | None:
    """The recipe in PNG's text "parameters", or in the comment of a JPEG or WebP."""
    for key in ("parameters", COMMENT, "UserComment"):
        if found := read_infotext(texts.get(key, "")):
            return found
    return None


def read_infotext(text: str) -> FoundRecipe | None:
    """The recipe that a text is, if its last line is a list of settings."""
    text = text.rstrip()
    listed = _SETTINGS.search(text, max(0, len(text) - MAX_SETTINGS))
    if listed is None:
        return None
    positive, _, negative = text[: listed.start()].partition(NEGATIVE)
    found = {key.strip(): value.strip(' "') for key, value in _SETTING.findall(listed[1])}
    size = _SIZE.fullmatch(found.get("Size", ""))
    rest = {key: value for key, value in found.items() if key not in (*_KNOWN, *_UNSAID)}
    schedule = found.get("Schedule type", "")
    is_plain = schedule in ("", "Automatic")
    return FoundRecipe(
        program=PROGRAM,
        prompts=prompts_of(positive, negative),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
        seed=whole(found.get("Seed")),
        steps=whole(found.get("Steps")),
        cfg_scale=number(found.get("CFG scale")),
        sampler=name(found.get("Sampler", "") + ("" if is_plain else f" {schedule}")),
        model=name(found.get("Model")),
        strength=number(found.get("Denoising strength")),
        others=tuple(
            (name(key), name(value)) for key, value in rest.items() if key != "Schedule type"
        )[:MAX_OTHERS],
    )
