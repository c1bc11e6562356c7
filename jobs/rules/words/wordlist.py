"""A list of words and phrases that is not fooled by how they are written.

Both the list and the text are folded to plain words (`jobs.rules.words.folding`). Words match as a
whole; in scripts that put no spaces between words every character is a word, so that there a match
may begin anywhere. An exception is a phrase in which a word of the list is innocent: what lies
within it does not count, everything else in the text does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from jobs.rules.words.folding import (
    SPACE,
    UNSPACED,
    as_it_looks,
    is_latin,
    own_script,
    readings,
    resolved,
    spellings,
    words_of,
)
from jobs.rules.words.lookalikes import CHOICES, DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobs.rules.words.folding import Reading

MAX_ENTRY = 100
"""The most characters of an entry."""

LEAST_SPELLED = 3
"""So many single letters in a row are one word that was spelled out."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that the words from `start` up to `end` of a reading are."""

    start: int
    end: int
    entry: str


@dataclass(slots=True)
class Tree:
    """Texts by all their beginnings, so that a search ends where nothing can come of it."""

    entries: dict[str, str] = field(default_factory=dict[str, str])
    beginnings: set[str] = field(default_factory=set[str])

    def add(self, folded: str, entry: str) -> None:
        """Look for `folded` from now on; the first entry of two that are folded alike counts."""
        self.entries.setdefault(folded, entry)
        self.beginnings.update(accumulate(folded))


class Phrases:
    """Folded entries, and where a reading has them."""

    def __init__(self, entries: Iterable[str], *, without: Iterable[str] = ()) -> None:
        self._tree = Tree()
        self._spelled = Tree()
        left_out = set(without)
        for entry in entries:
            for folded in folds(entry):
                compact = folded.replace(SPACE, "")
                if compact in left_out:
                    continue
                self._tree.add(folded, entry)
                if len(compact) >= LEAST_SPELLED and not UNSPACED.search(compact):
                    self._spelled.add(compact, entry)

    @property
    def compact(self) -> set[str]:
        """All that is looked for, without spaces."""
        return {folded.replace(SPACE, "") for folded in self._tree.entries}

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """Where the entries are, from the left."""
        beginnings = self._tree.beginnings
        for start, word in enumerate(reading.words):
            # Nearly no word of a text begins an entry.
            found = [spelling for spelling in spellings(word) if spelling in beginnings]
            if found:
                yield from self._hits_from(reading, start, found)

    def _hits_from(self, reading: Reading, start: int, found: list[str]) -> Iterator[Hit]:
        """The entries that begin with a word: further words follow it or are joined to it."""
        entries, beginnings = self._tree.entries, self._tree.beginnings
        end = start + 1
        while True:
            for beginning in found:
                if beginning in entries:
                    yield Hit(start, end, entries[beginning])
            if end == len(reading.words):
                return
            glues = (SPACE, "") if reading.joins[end] else (SPACE,)
            longer = (
                beginning + glue + word
                for word in spellings(reading.words[end])
                for beginning in found
                for glue in glues
            )
            found = list(
                dict.fromkeys(beginning for beginning in longer if beginning in beginnings)
            )
            if not found:
                return
            end += 1

    def spelled(self, reading: Reading) -> str | None:
        """The first entry that is spelled out in single letters; where it begins nobody knows."""
        run: list[str] = []
        for word in (*reading.words, ""):
            is_letter = word.isalnum() or word in CHOICES
            if len(word) == 1 and is_letter and not UNSPACED.match(word):
                run.append(word)
                continue
            if len(run) >= LEAST_SPELLED:
                for resolution in dict.fromkeys(resolved("".join(run))):
                    found = self._spelled_in(resolution)
                    if found is not None:
                        return found
            run.clear()
        return None

    def _spelled_in(self, run: str) -> str | None:
        lettered = run.translate(DIGITS)
        entries, beginnings = self._spelled.entries, self._spelled.beginnings
        for start in range(len(run)):
            end = start + 1
            while end <= len(run) and lettered[start:end] in beginnings:
                found = entries.get(lettered[start:end])
                # Of figures alone nobody reads a word.
                if found and 2 * sum(map(str.isalpha, run[start:end])) > end - start:
                    return found
                end += 1
        return None


class WordList:
    """Words and phrases to look for; of the entries only those that say something count.

    An exception that is no longer than an entry excepts nothing.
    """

    def __init__(self, entries: Iterable[str], exceptions: Iterable[str] = ()) -> None:
        self._words = Phrases(entries)
        self._exceptions = Phrases(exceptions, without=self._words.compact)
        self._is_empty = not self._words.compact

    def find(self, *texts: str) -> str | None:
        """The first entry that one of the texts has, as it was written in the list."""
        if self._is_empty:
            return None
        for text in texts:
            for reading in readings(text):
                found = self._in(reading)
                if found is not None:
                    return found
        return None

    def has(self, entry: str) -> bool:
        """Whether an entry as a whole is on the list, so that it can be no exception."""
        return any(folded.replace(SPACE, "") in self._words.compact for folded in folds(entry))

    def _in(self, reading: Reading) -> str | None:
        reach: list[int] | None = None
        for hit in self._words.hits(reading):
            reach = self._reach(reading) if reach is None else reach
            if reach[hit.start] < hit.end:
                return hit.entry
        return self._words.spelled(reading)

    def _reach(self, reading: Reading) -> list[int]:
        """For each word, up to where an exception goes that begins with it or before it."""
        ends = [0] * len(reading.words)
        for hit in self._exceptions.hits(reading):
            ends[hit.start] = max(ends[hit.start], hit.end)
        return list(accumulate(ends, max))


def folds(entry: str) -> set[str]:
    """What an entry is looked for as; empty when it has nothing to look for."""
    entry = entry[:MAX_ENTRY]
    found = {SPACE.join(words) for words in _lettered(words_of(own_script(entry)))}
    found |= {
        SPACE.join(words)
        for words in _lettered(words_of(as_it_looks(entry)))
        if all(map(is_latin, words))
    }
    return {folded for folded in found if folded}


def _lettered(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words of an entry as they stand, and with letters for digits among letters."""
    yield words
    for which in (0, 1):
        yield tuple(
            resolved(word.translate(DIGITS))[which] if any(map(str.isalpha, word)) else word
            for word in words
        )
