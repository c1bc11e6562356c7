"""A list of words and phrases that is not fooled by how they are written.

Both the list and the text are folded to plain words: marks fall off letters, letters that look
like Latin ones become these, zero-width characters vanish, digits and signs in the place of
letters become letters. Words match as a whole. In scripts that put no spaces between words every
character is a word, so that there a match may begin anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from jobs.lookalikes import CAPITALS, DIGITS, LETTERS, SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_ENTRY = 100
"""The most characters of an entry."""

HIGH_MARKS = 200
"""From this combining class on a mark is an accent; below it may be a vowel."""

POINTS = range(10, 36)
"""The combining classes of Hebrew and Arabic points, which writers may leave out."""

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, kana and Han."""

CIRCLED = ((0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
"""Letters among the pictographs, which have no decomposition."""

HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""What takes no space although it is no format character."""

LEAST_SPELLED = 3
"""So many single letters in a row are one word that was spelled out."""

SPELLED = re.compile(rf"(?<!\S)[a-z](?: [a-z]){{{LEAST_SPELLED - 1},}}(?!\S)")

KNOWN_CHARS = 1 << 12
KEPT_TEXTS = 64
"""A text is looked through with the guild's list and with the built-in one."""

ADULT = """
nude; nudes; nudity; nudist; naked; nsfw; topless; bottomless; unclothed; undressed; undressing;
no clothes; without clothes; without clothing; wearing nothing; fully exposed; exposed breasts;
bare breasts; bare breasted; bare chested woman; see through lingerie; boob; boobs; boobies;
titties; big tits; tits out; nipple; nipples; areola; areolas; areolae; cleavage fetish; camel toe;
cameltoe; upskirt; genitals; genitalia; penis; penises; phallus; vagina; vaginas; vaginal; vulva;
clitoris; labia; scrotum; testicles; anus; butthole; asshole; porn; porno; porns; pornography;
pornographic; pornstar; hentai; ahegao; futanari; futa; ecchi; rule 34; rule34; onlyfans; xxx;
x rated; sex; sexual; sexually; sexual intercourse; having intercourse; sex scene; anal; anal sex;
oral sex; blowjob; blowjobs; blow job; handjob; hand job; footjob; deepthroat; fellatio;
cunnilingus; cumshot; cum; creampie; bukkake; gangbang; gang bang; orgy; threesome; masturbate;
masturbates; masturbating; masturbation; orgasm; orgasms; ejaculate; ejaculation; erotic; erotica;
erotism; lewd; smut; bdsm; dominatrix; dildo; dildos; vibrator sex toy; sex toy; sex toys;
striptease; stripper; strippers; fuck; fucks; fucked; fucking; milf; gilf; nudifying; nudify;
undress her; undress him; explicit content; adult content; uncensored
"""
"""What the rule on adult content looks for; words with an innocent use are left out."""


class WordList:
    """Words and phrases to look for; of the entries only those that say something count."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._entries: dict[str, str] = {}
        for entry in entries:
            for folded in folds(entry):
                self._entries.setdefault(folded, entry)
        self._sizes: dict[str, list[int]] = {}
        for folded in self._entries:
            words = folded.split()
            sizes = self._sizes.setdefault(words[0], [])
            if len(words) not in sizes:
                sizes.append(len(words))
        lengths = {len(folded) for folded in self._entries if " " not in folded}
        self._lengths = sorted(length for length in lengths if length >= LEAST_SPELLED)

    def find(self, *texts: str) -> str | None:
        """The first entry that one of the texts has, as it was written in the list."""
        if not self._entries:
            return None
        for text in texts:
            for words in _readings(text):
                found = self._in(words)
                if found is not None:
                    return found
        return None

    def _in(self, words: Sequence[str]) -> str | None:
        for start, word in enumerate(words):
            # Most words begin no entry.
            for size in self._sizes.get(word, ()):
                found = self._entries.get(" ".join(words[start : start + size]))
                if found is not None:
                    return found
        for run in SPELLED.findall(" ".join(words)):
            # Where a word begins in it nobody knows.
            letters = run.replace(" ", "")
            for length in self._lengths:
                for start in range(len(letters) - length + 1):
                    found = self._entries.get(letters[start : start + length])
                    if found is not None:
                        return found
        return None


def folds(entry: str) -> set[str]:
    """What an entry is looked for as; empty when it has nothing to look for."""
    entry = entry[:MAX_ENTRY]
    found = {
        " ".join(_lettered(_spaced(_own_script(entry)), "i")),
        " ".join(_lettered(_signed(_latin(entry)), "i")),
    }
    return {folded for folded in found if folded}


@lru_cache(maxsize=KEPT_TEXTS)
def _readings(text: str) -> list[tuple[str, ...]]:
    """The ways to read a text: in its own script or as it looks, signs as gaps or as letters.

    A 1 may be an i or an l.
    """
    latin = _latin(text)
    found: dict[tuple[str, ...], None] = {}
    for words in (_spaced(_own_script(text)), _spaced(latin), _signed(latin)):
        for one in "il":
            found[tuple(_lettered(words, one))] = None
    return list(found)


def _own_script(text: str) -> str:
    return "".join(map(_folded, text))


def _latin(text: str) -> str:
    return "".join(map(_folded_as_it_looks, text))


def _spaced(text: str) -> list[str]:
    """The words, with signs as gaps."""
    return text.translate(_GAPS).split()


def _signed(text: str) -> list[str]:
    """The words, with signs as letters; at a word's end they are punctuation."""
    return [word.translate(SIGNS) for word in (raw.strip("!|") for raw in text.split()) if word]


_GAPS = dict.fromkeys(SIGNS, " ")


def _lettered(words: Sequence[str], one: str) -> list[str]:
    """Digits as letters, in words that have letters as well."""
    return [
        word.translate(DIGITS).replace("1", one)
        if not word.isalpha() and any(map(str.isalpha, word))
        else word
        for word in words
    ]


@lru_cache(maxsize=KNOWN_CHARS)
def _folded(char: str) -> str:
    """A character without accents and case; a gap where it is no part of a word."""
    if HIDDEN.match(char) or unicodedata.category(char) == "Cf":
        return ""
    code = ord(char)
    for first, count in CIRCLED:
        if first <= code < first + count:
            return chr(ord("a") + code - first)
    return "".join(_part(part) for part in unicodedata.normalize("NFKD", char).casefold())


def _part(char: str) -> str:
    """What remains of one part of a decomposed character."""
    category = unicodedata.category(char)
    if category in ("Sk", "Me") or _is_accent(char):
        return ""
    if char.isascii():
        return char if char.isalnum() or ord(char) in SIGNS else " "
    if category == "So" or UNSPACED.match(char):
        return f" {char} "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    return char if category[0] in "LMN" or ord(char) in SIGNS else " "


def _is_accent(char: str) -> bool:
    combining = unicodedata.combining(char)
    return combining >= HIGH_MARKS or combining in POINTS


@lru_cache(maxsize=KNOWN_CHARS)
def _folded_as_it_looks(char: str) -> str:
    return _folded(CAPITALS.get(ord(char), char)).translate(LETTERS)


ADULT_WORDS = WordList(entry.strip() for entry in ADULT.split(";"))
