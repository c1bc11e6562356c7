"""From weighted prompts to a brief: what the picture should hold, and what it should avoid."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.request import GuidancePreset
from inference.backends.painter.lexicon import lexicon
from inference.backends.painter.style_words import WORDS, WORDS_WEIGHT
from prompts import weigh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.request import ImageRequest, TextPrompt
    from inference.backends.painter.canvas.colour import Lab
    from inference.backends.painter.lexicon import Meaning

_WORDS = re.compile(r"[^\W_]+")
_USUAL_CFG = 7.0
_REACH = 2
"""A colour belongs to a thing that follows within so many words."""
_MOST_WORDS = 64
_TINTED = frozenset(
    {
        "wide", "sea", "mountains", "hills", "desert", "forest", "city", "tower", "beam", "flowers",
        "bouquet", "sail", "trees", "creature", "sun", "moon", "clouds", "aurora", "lights", "fire",
    }
)  # fmt: skip
"""Things that are painted in a colour of their own."""


@dataclass(slots=True)
class PromptFeatures:
    """What the words ask for; scores are around 1 for one clear word."""

    gain: float = 1.0
    scores: dict[str, float] = field(default_factory=dict[str, float])
    colours: list[tuple[Lab, float]] = field(default_factory=list["tuple[Lab, float]"])
    shunned: list[tuple[Lab, float]] = field(default_factory=list["tuple[Lab, float]"])
    tints: dict[str, Lab] = field(default_factory=dict[str, "Lab"])
    words: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def score(self, name: str) -> float:
        """How much of it the words ask for; below 0 where they ask to leave it out."""
        return self.scores.get(name, 0.0)

    def amount(self, name: str, most: float = 1.5) -> float:
        """The score, held within 0 and the most."""
        return min(max(self.score(name), 0.0), most)

    def tone(self, name: str) -> float:
        """The score of a tone, within -1.5 … 1.5."""
        return min(max(self.score(name), -1.5), 1.5)


def read(request: ImageRequest) -> PromptFeatures:
    """The brief of a request's prompts, steered as strongly as its cfg_scale says."""
    gain = 2.0 * request.cfg_scale / (request.cfg_scale + _USUAL_CFG)
    if request.guidance is not GuidancePreset.NONE:
        gain *= 1.15
    features = PromptFeatures(gain=gain)
    for text, weight in _weighted(request.prompts):
        _read_prompt(features, text, weight)
    if request.style is not None and request.style in WORDS:
        _read_prompt(features, WORDS[request.style], WORDS_WEIGHT)
    return features


def _weighted(prompts: tuple[TextPrompt, ...]) -> Iterator[tuple[str, float]]:
    """The prompts with weights relative to the strongest that is wanted (facts: multi-prompts)."""
    most = max((prompt.weight for prompt in prompts if prompt.weight > 0), default=1.0)
    for prompt in prompts:
        if prompt.weight:
            yield prompt.text, max(prompt.weight / most, -3.0)


def _read_prompt(features: PromptFeatures, text: str, weight: float) -> None:
    pending: list[tuple[Lab, int]] = []
    for place, (word, meaning, effective) in enumerate(_meanings(text, weight)):
        pull = effective * features.gain
        if len(features.words) < _MOST_WORDS:
            features.words.append((word, pull))
        for name, score in meaning.scores.items():
            features.scores[name] = features.scores.get(name, 0.0) + pull * score
        if meaning.is_colour and pull > 0:
            pending.append((meaning.colours[0][0], place))
        elif pull > 0 and meaning.thing is not None and meaning.is_known:
            _tint(features, meaning.thing, [lab for lab, at in pending if place - at <= _REACH])
            pending.clear()
        target = features.colours if pull > 0 else features.shunned
        target.extend((colour, abs(pull) * share) for colour, share in meaning.colours)


def _tint(features: PromptFeatures, thing: str, colours: list[Lab]) -> None:
    """Give the thing the colour that stands before it; that colour says less of the rest then."""
    if thing not in _TINTED:
        return
    for colour in colours:
        features.tints[thing] = colour
        said = [weight for other, weight in features.colours if other is colour]
        features.colours = [pair for pair in features.colours if pair[0] is not colour]
        features.colours.append((colour, 0.45 * max(said, default=1.0)))


def _meanings(text: str, weight: float) -> Iterator[tuple[str, Meaning, float]]:
    """The words that say something, each with its meaning and its effective weight."""
    known = lexicon()
    for part in weigh(text, weight):
        words = _WORDS.findall(unicodedata.normalize("NFKC", part.text).casefold())
        place = 0
        while place < len(words):
            pair = "_".join(words[place : place + 2])
            word, step = (pair, 2) if pair in known else (words[place], 1)
            meaning = known.find(word)
            if meaning is not None:
                yield word, meaning, part.weight
            place += step
