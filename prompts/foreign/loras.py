"""LoRAs as other programs name them in a prompt: `<lora:name:0.8>`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prompts.model import Lora, PromptError
from prompts.weights import (
    NUMBER,
    comma_problem,
    is_outside,
    range_problem,
    read_number,
    write_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

LORA = re.compile(rf"<(?ai:lora|lyco):([^<>:|{{}}]+)(?::\s*({NUMBER})\s*(?::[^<>:]*)*)?>")
"""A LoRA in a masked text: its name and weight. What may follow those is another program's."""


def find_loras(text: str, masked: str) -> tuple[list[Lora], list[tuple[int, int]]]:
    """The LoRAs that a text names, and where they stand.

    Raises:
        PromptError: a weight that is none.
    """
    loras: list[Lora] = []
    spans: list[tuple[int, int]] = []
    for match in LORA.finditer(masked):
        name = text[match.start(1) : match.end(1)].strip()
        if name:
            loras.append(Lora(name, _weight(match)))
            spans.append(match.span())
    return loras, spans


def write_loras(loras: Iterable[Lora]) -> list[str]:
    """The LoRAs as a prompt names them."""
    return [f"<lora:{lora.name}:{write_number(lora.weight)}>" for lora in loras]


def _weight(match: re.Match[str]) -> float:
    number = match.group(2)
    if number is None:
        return 1.0
    if "," in number:
        raise PromptError(match.start(2), number, *comma_problem(number))
    weight = read_number(number)
    if is_outside(weight):
        raise PromptError(match.start(2), number, *range_problem(number))
    return weight
