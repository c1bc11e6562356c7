"""Weighted prompts as a mixture: what is drawn, what is pushed out, and how strongly.

With P the prompts of weights above 0, N those below, W the sum over P, and X of a prompt either
its text embeddings or the UNet's prediction for it, X_0 being that of no prompt at all:

    p = Σ_P (w / W) · X
    b = X_0 + k · Σ_N (|w| / Σ_N |w|) · (X - X_0),   k = min(Σ_N |w| / W, 3)
    ε = b + g · (p - b)

One negative prompt of the same weight is diffusers' `negative_prompt`, and a weight of 0 leaves its
prompt out, continuously. Weights of embeddings and of predictions follow the same formula
(gooseai.WeightMethod TEXT_ENCODER and CROSS_ATTENTION).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts import Fragment, weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from generation.request import TextPrompt

Text = tuple[Fragment, ...]
"""A text in runs, each with its emphasis above 0; an empty one is the prompt of no words."""

NO_TEXT: Text = ()
MAX_NEGATIVE = 3.0
"""The largest k: beyond it, pictures break up."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """The distinct texts with their shares; those of each side sum to 1, or there are none.

    Those that are wanted sum to less where something else is wanted beside them.
    """

    wanted: Mapping[Text, float]
    unwanted: Mapping[Text, float]
    negative_scale: float
    """k of the formula: 0 without negative prompts, 1 for one as strong as all that is wanted."""

    @property
    def texts(self) -> tuple[Text, ...]:
        """Every text once, those that are wanted first."""
        return tuple(dict.fromkeys((*self.wanted, *self.unwanted)))


def mix(
    prompts: Iterable[TextPrompt], *, reads_emphasis: bool = True, beside: float = 0.0
) -> Mixture:
    """The mixture of a request's prompts; without any that is wanted, the empty text is.

    `beside` is the weight of what is wanted beside the texts: the texts have the rest of the whole,
    and none without words takes part.
    """
    wanted: dict[Text, float] = {}
    unwanted: dict[Text, float] = {}
    for text, weight in _weighted(prompts, reads_emphasis=reads_emphasis):
        side = wanted if weight > 0 else unwanted
        side[text] = side.get(text, 0.0) + abs(weight)
    if beside:
        wanted.pop(NO_TEXT, None)
    elif not wanted:
        wanted = {NO_TEXT: 1.0}
    pushed, drawn = sum(unwanted.values()), sum(wanted.values()) + beside
    scale = min(pushed / drawn, MAX_NEGATIVE)
    return Mixture(_shares(wanted, drawn), _shares(unwanted, pushed), scale)


def _weighted(
    prompts: Iterable[TextPrompt], *, reads_emphasis: bool
) -> Iterator[tuple[Text, float]]:
    """The texts with weights other than 0; words of negative emphasis are texts of their own."""
    for prompt in prompts:
        if not prompt.weight:
            continue
        runs = weigh(prompt.text, 1.0, reads_emphasis=reads_emphasis)
        drawn = tuple(run for run in runs if run.weight > 0)
        if _has_words(drawn):
            yield drawn, prompt.weight
        elif not any(run.weight < 0 and run.text.strip() for run in runs):
            yield NO_TEXT, prompt.weight
        for run in runs:
            if run.weight < 0 and run.text.strip():
                yield (Fragment(run.text.strip()),), prompt.weight * run.weight


def _has_words(text: Text) -> bool:
    return any(run.text.strip() for run in text)


def _shares(weights: Mapping[Text, float], total: float) -> dict[Text, float]:
    return {text: weight / total for text, weight in weights.items()}


def plain(text: Text) -> str:
    """The words of a text without their emphasis."""
    return "".join(run.text for run in text)
