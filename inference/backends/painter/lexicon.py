"""What the painter knows about words: a data file, and a hash for the words that are not in it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from inference.backends.painter.canvas.colour import Lab, oklch
from inference.backends.painter.random_source import RandomStream

_FILE = Path(__file__).with_name("lexicon.toml")
_GUESSES = ("flow", "crystal", "mandala", "geometry", "cells", "waves", "space", "creature")
_ENDINGS = ("", "s", "es", "ed", "ing", "y", "ly", "ish", "n", "d", "like", "less")


@dataclass(slots=True)
class Meaning:
    """Where a word pulls: scores of directions, and colours with their shares."""

    scores: dict[str, float] = field(default_factory=dict[str, float])
    colours: list[tuple[Lab, float]] = field(default_factory=list[tuple[Lab, float]])
    is_colour: bool = False
    is_known: bool = True

    @property
    def thing(self) -> str | None:
        """The direction the word pulls to most, for a colour that stands before it."""
        return max(self.scores, key=lambda name: self.scores[name]) if self.scores else None


class Lexicon:
    """The words of the data file with their meanings."""

    def __init__(self, meanings: dict[str, Meaning], ignored: frozenset[str]) -> None:
        self._meanings = meanings
        self._ignored = ignored

    def __contains__(self, word: str) -> bool:
        return word in self._meanings

    @property
    def words(self) -> frozenset[str]:
        """All words with a meaning of their own."""
        return frozenset(self._meanings)

    def find(self, word: str) -> Meaning | None:
        """The meaning of the word or of its stem, a guess for an unknown one, None for filler."""
        if word in self._ignored or (len(word) == 1 and word.isascii()):
            return None
        for stem in _stems(word):
            if stem in self._meanings:
                return self._meanings[stem]
        return _guess(word)


def _stems(word: str) -> list[str]:
    stems = [
        word.removesuffix(ending)
        for ending in _ENDINGS
        if word.endswith(ending) and len(word) - len(ending) > 2
    ]
    stems += [stem + "e" for stem in stems[1:]]
    # hilly → hill is above; puppies → puppy, foggy → fog, running → run are here.
    stems += [stem[:-1] + "y" for stem in stems if stem.endswith("i")]
    stems += [stem[:-1] for stem in stems[1:] if len(stem) > 3 and stem[-1] == stem[-2]]
    return stems or [word]


def _guess(word: str) -> Meaning:
    dice = RandomStream("unknown word", word)
    first, second = dice.pick(_GUESSES), dice.pick(_GUESSES)
    scores = {first: dice.number(0.3, 0.5)}
    scores[second] = scores.get(second, 0.0) + dice.number(0.1, 0.3)
    for direction in ("warm", "vivid", "light"):
        scores[direction] = dice.bell(0.2)
    colour = oklch(dice.number(0.45, 0.8), dice.number(0.08, 0.18), dice.number(0.0, 360.0))
    return Meaning(scores, [(colour, 0.35)], is_known=False)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of the data file beside this module."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    colours = {name: oklch(*values) for name, values in document["colours"].items()}
    meanings = {
        name: Meaning(colours=[(colour, 1.0)], is_colour=True) for name, colour in colours.items()
    }
    for entry in document["entries"]:
        for word in entry["words"].split():
            _merge(meanings.setdefault(word, Meaning()), entry, colours)
    for meaning in meanings.values():
        meaning.is_colour = bool(meaning.colours) and not meaning.scores
    return Lexicon(meanings, frozenset(document["ignored"]["words"].split()))


def _merge(meaning: Meaning, entry: dict[str, Any], colours: dict[str, Lab]) -> None:
    for name, score in entry.get("scores", {}).items():
        meaning.scores[name] = max(score, meaning.scores.get(name, score))
    for name, share in entry.get("colours", {}).items():
        meaning.colours.append((colours[name], share))
