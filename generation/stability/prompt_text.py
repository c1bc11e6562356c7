"""Weighted segments as the one prompt and the one negative prompt that Stability's REST API has.

`(word:weight)`, with a weight from 0 to 1 and not nested, is documented for the prompt of most
operations, but not for SD 3.5 and not for what is kept out of the picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BRACKETS = str.maketrans("", "", "()")
_INNER_BRACKETS = re.compile(r"(?<=\w)[()]+(?=\w)")
_LIKE_A_WEIGHT = re.compile(r":(?=\s*[+-]?(?:[0-9]+\.?|[0-9]*\.[0-9]+)\s*\))")
_WEIGHT = re.compile(r":[0-9.]+\)")


class Loss(StrEnum):
    """What of a prompt cannot be said to an operation."""

    WEIGHTS = "weights"
    EMPHASIS = "emphasis"
    STRONG_EMPHASIS = "strong emphasis"
    NEGATIVE_WEIGHTS = "negative weights"
    NEGATIVE_EMPHASIS = "negative emphasis"


@dataclass(frozen=True, slots=True)
class Run:
    """Some words of a segment, and how much attention they have beside the others."""

    text: str
    emphasis: float = 1.0


@dataclass(frozen=True, slots=True)
class WeightedText:
    """A segment; a negative weight pushes the picture away from it."""

    runs: tuple[Run, ...]
    weight: float = 1.0

    @property
    def plain(self) -> str:
        """Its words without any emphasis."""
        return "".join(run.text for run in self.runs).strip()

    @property
    def is_emphasised(self) -> bool:
        """Whether some words have more or less attention than the others."""
        return any(run.emphasis != 1 for run in self.runs)


@dataclass(frozen=True, slots=True)
class PromptText:
    """Both texts, and what of the segments is not in them."""

    prompt: str
    negative: str
    losses: frozenset[Loss]


def without_weights(segment: WeightedText) -> WeightedText:
    """The segment with words that cannot be taken for a weight: `(b:1.5)` becomes `(b 1.5)`.

    Brackets in its words were meant as such, or they would be emphasis.
    """
    runs = (Run(_LIKE_A_WEIGHT.sub(" ", run.text), run.emphasis) for run in segment.runs)
    return WeightedText(tuple(runs), segment.weight)


def write_prompt(segments: Sequence[WeightedText], *, reads_weights: bool) -> PromptText:
    """The texts for an operation that reads `(word:weight)` or does not."""
    drawn = [one for one in segments if one.weight > 0 and one.plain]
    avoided = [one for one in segments if one.weight < 0 and one.plain]
    losses = {*_negative_losses(avoided)}
    if reads_weights:
        prompt = _weighted(drawn)
        if any(_is_strong(one, _largest(drawn)) for one in drawn):
            losses.add(Loss.STRONG_EMPHASIS)
    else:
        prompt = ", ".join(one.plain for one in _by_size(drawn))
        losses |= _losses(drawn, Loss.WEIGHTS, Loss.EMPHASIS)
    negative = ", ".join(one.plain for one in _by_size(avoided))
    return PromptText(prompt, negative, frozenset(losses))


def _negative_losses(avoided: Sequence[WeightedText]) -> set[Loss]:
    return _losses(avoided, Loss.NEGATIVE_WEIGHTS, Loss.NEGATIVE_EMPHASIS)


def _losses(segments: Sequence[WeightedText], weights: Loss, emphasis: Loss) -> set[Loss]:
    found: set[Loss] = set()
    if len({one.weight for one in segments}) > 1:
        found.add(weights)
    if any(one.is_emphasised for one in segments):
        found.add(emphasis)
    return found


def _by_size(segments: Iterable[WeightedText]) -> list[WeightedText]:
    return sorted(segments, key=lambda one: -abs(one.weight))


def _largest(segments: Iterable[WeightedText]) -> float:
    return max((one.weight for one in segments), default=1.0)


def _is_strong(segment: WeightedText, largest: float) -> bool:
    """Whether some words would need a weight that there is not, which goes from 0 to 1."""
    share = segment.weight / largest
    return any(not 0 <= run.emphasis * share <= 1 for run in segment.runs)


def _weighted(segments: Sequence[WeightedText]) -> str:
    largest = _largest(segments)
    return ", ".join(_segment(one, one.weight / largest) for one in segments)


def _segment(segment: WeightedText, share: float) -> str:
    return "".join(_run(run.text, run.emphasis * share) for run in segment.runs).strip()


def _run(text: str, weight: float) -> str:
    """The words with their weight, and the spaces around them outside of the brackets."""
    weight = round(min(max(weight, 0.0), 1.0), 2)
    words = text.strip()
    if weight == 1 or not words:
        return text
    before, _, after = text.partition(words)
    # They do not nest, so that other weights and brackets have no place within.
    words = _INNER_BRACKETS.sub(" ", _WEIGHT.sub("", words)).translate(_BRACKETS)
    return f"{before}({words}:{weight:g}){after}" if words.strip() else text
