"""A text as plain words, and which of them may be parts of one word.

Letters lose case, marks and forms; characters that Unicode says nobody sees vanish. Everything
else is a separator, and whether what stands on its two sides may be one word goes by its kind:

* A sign without white space beside it joins: `nu_de`, `nu/de`, `nu.de`, `nu😀de`.
* A comma or semicolon without white space beside it, a line end and any white space but the plain
  space join as well, but not two ordinary words: `a pen` and `is` on the next line are two.
* An emoji and any other drawn sign joins like that, also where it shows a letter or a figure:
  `nu🇺🇸de`, `nu1️⃣de`. So does a letter of another script inside a Latin word that looks like none,
  and what nobody sees, since engines may read two words on its two sides.
* The plain space separates, also beside a sign. Only single letters that follow one another are a
  word that was spelled out: `n u d e`, `n . u . d . e`.

So neighbours are never glued together where people write spaces: `tin ude` is two words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import dropwhile, product
from typing import TYPE_CHECKING

from jobs.rules.words.lookalikes import CHOICES, DIGITS, MIXED, SIGNS, unicode_table
from jobs.rules.words.ordinary import ORDINARY

if TYPE_CHECKING:
    from collections.abc import Iterator

HIGH_MARKS = 200
"""From this combining class on a mark is an accent; below it may be a vowel."""

OVERLAY = 1
"""The combining class of strokes across letters."""

POINTS = range(10, 36)
"""The combining classes of Hebrew and Arabic points, which writers may leave out."""

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, kana and Han: every character is a word."""

CIRCLED = ((0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
"""Letters among the pictographs, which have no decomposition."""

HIDDEN = re.compile(
    "[\u034f\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U000e0000-\U000e0fff]"
)
"""What takes no space although it is no format character (Default_Ignorable_Code_Point), and the
stroke that lengthens Arabic words."""

BLANK = "\u2800"
"""A pattern of Braille without dots."""

SPACE, BREAK, LISTED, SIGN, SYMBOL = " ", "\n", ",", "-", "\0"
"""The separators of a folded text; SYMBOL is around what may be a word or a separator."""

NO_WORD = "\0"
"""Stands for a word that is none as it looks."""

SEPARATORS = re.compile(r"[ \n,\-]+")
GAPS = dict.fromkeys(SIGNS, SIGN)
SYMBOLS = re.compile(r"\0[^\0]*\0")
EDGE_SIGNS = re.compile(r"(?<![^\W_])[!|]+|[!|]+(?![^\W_]|[@$€£])")
"""Where these end or begin a word they are punctuation."""

ONE_SCRIPT = re.compile(r"[\W\d_\u0400-\u045f]+|[\W\d_\u0370-\u03ff]+|[\W\d_\u0531-\u0587]+")
"""Wholly Cyrillic, Greek or Armenian: only what Unicode calls confusable is a look-alike there."""

INNER_I = re.compile("(?<=[a-z])I")
"""A capital within a word, which may be meant for an l."""

CHUNK = re.compile(r"\S+")
EMOJI = re.compile("[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|[^\x00-\x7f]\ufe0f")
"""Flags, key caps and what is asked to be drawn as an emoji: letters and figures, as they fold."""

MODIFIERS = re.compile("[\u02b0-\u02ff]")
TURNED = re.compile("\u202e([^\u202c\n]*)")
"""What is shown from right to left although its letters are not."""

MARKED = re.compile(r"[A-Za-z][^\x00-\x7f]+")
MOST_MARKS = 2
"""Hardly a letter bears more."""

FOREIGN = re.compile(r"\0[^\0]*\0|[^\x00-\x7f\ue000-\uf8ff]+")
JOINED = re.compile(r"[^ \n,\-]+")
LATIN = re.compile("[a-z]")
MOST_CHOICES = 4
LEAST_BARE = 3
REPEATED = re.compile(r"(.)\1{2,}")
KNOWN_CHARS = 1 << 12
KNOWN_WORDS = 1 << 12
LONGEST_WORD = 200
"""What is longer is no disguised entry, and is not kept."""

KEPT_TEXTS = 16
"""A text is looked through with the guild's list and with the built-in one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's words; `joins[n]` says whether the n-th and the one before may be one word."""

    words: tuple[str, ...]
    joins: tuple[bool, ...]


@lru_cache(maxsize=KEPT_TEXTS)
def readings(text: str) -> tuple[Reading, ...]:
    """The ways to read a text: in its own script or as it looks, signs as gaps or as letters."""
    found: dict[Reading, None] = {}
    for typed in dict.fromkeys((text, _undrawn(text), TURNED.sub(_turned, text))):
        own, latin = own_script(typed), as_it_looks(typed)
        found |= dict.fromkeys(_split(divided) for divided in _divided(own))
        apart = JOINED.sub(_without_foreign, latin)
        for looks in {latin: None, apart: None}.keys() - {own}:
            found |= dict.fromkeys(_only_latin(_split(divided)) for divided in _divided(looks))
    return tuple(found)


def words_of(folded: str) -> tuple[str, ...]:
    """The words of a folded entry, signs being letters and pictographs words."""
    return _split(SYMBOLS.sub(_apart, _signed(folded))).words


def is_latin(word: str) -> bool:
    """Whether a word that is read as it looks makes sense as one: in ASCII, or a pictograph."""
    return (
        word.isascii()
        or all(char.isascii() or char in CHOICES for char in word)
        or unicodedata.category(word[0]) == "So"
    )


def _undrawn(text: str) -> str:
    """A text with signs for emoji, for other drawn letters and figures, and for what is unseen."""
    if text.isascii():
        return text
    text = MARKED.sub(_without_marks, EMOJI.sub(SIGN, text))
    return "".join(map(_undrawn_char, text))


def _without_marks(run: re.Match[str]) -> str:
    """A letter and what follows it, with a sign for marks that make no other letter of it."""
    letter, following = run[0][0], run[0][1:]
    rest = "".join(dropwhile(lambda char: unicodedata.category(char)[0] == "M", following))
    marks = following[: len(following) - len(rest)]
    is_letter = len(marks) <= MOST_MARKS and len(unicodedata.normalize("NFC", letter + marks)) == 1
    return run[0] if is_letter else letter + SIGN + rest


@lru_cache(maxsize=KNOWN_CHARS)
def _undrawn_char(char: str) -> str:
    is_drawn = unicodedata.category(char) in ("No", "So") or MODIFIERS.match(char)
    is_unseen = unicodedata.category(char) == "Cf" or HIDDEN.match(char)
    return SIGN if (is_drawn or is_unseen) and not char.isascii() else char


def _turned(run: re.Match[str]) -> str:
    return run[1][::-1]


def _without_foreign(word: re.Match[str]) -> str:
    """A Latin word with signs for letters that are not; symbols stay."""
    if not LATIN.search(word[0]):
        return word[0]
    return FOREIGN.sub(lambda run: run[0] if run[0][0] == SYMBOL else SIGN, word[0])


def _divided(folded: str) -> Iterator[str]:
    """A folded text with signs as gaps or as letters, with pictographs as words or as gaps."""
    gapped = folded.translate(GAPS)
    for signed in (folded,) if gapped == folded else (gapped, _signed(folded)):
        yield SYMBOLS.sub(_apart, signed)
        if SYMBOL in signed:
            yield SYMBOLS.sub(SIGN, signed)


def _only_latin(reading: Reading) -> Reading:
    # Without its marks a word of another script may be another word.
    return replace(reading, words=tuple(w if is_latin(w) else NO_WORD for w in reading.words))


def own_script(text: str) -> str:
    """The text folded, in the script that it is written in."""
    return "".join(map(_folded, text))


def as_it_looks(text: str) -> str:
    """The text folded, with letters that look like Latin ones as these, and without marks."""
    text = INNER_I.sub("1", text)
    if text.isascii():
        return own_script(text)
    bare = "".join(map(_unmarked, text))
    return "".join(map(_latin, CHUNK.sub(_mixed, bare)))


def _signed(folded: str) -> str:
    """A folded text with signs as letters."""
    return EDGE_SIGNS.sub(SIGN, folded).translate(SIGNS)


def spellings(word: str) -> tuple[str, ...]:
    """The words that a folded word may be: digits as letters or beside them, letters repeated."""
    return _spellings(word) if len(word) <= LONGEST_WORD else (word,)


@lru_cache(maxsize=KNOWN_WORDS)
def _spellings(word: str) -> tuple[str, ...]:
    found = [word]
    if not word.isalpha() and any(map(str.isalpha, word)):
        bare = word.strip("0123456789")
        # Of `0x27` nobody reads the x.
        found += [bare] if len(bare) >= LEAST_BARE else []
    found = [chosen for spelling in found for chosen in _chosen(spelling)]
    if REPEATED.search(word) and len(set(word)) > 1:
        found += [REPEATED.sub(kept, spelling) for kept in (r"\1", r"\1\1") for spelling in found]
    return tuple(dict.fromkeys(found))


def _chosen(word: str) -> list[str]:
    """A word as it stands, and with a letter for every digit and every other choice."""
    if not any(map(str.isalpha, word)):
        return [word]
    lettered = word.translate(DIGITS)
    choices = [char for char in lettered if char in CHOICES] if is_latin(lettered) else []
    if len(choices) > MOST_CHOICES:
        return [word, *resolved(lettered)]
    letters = (CHOICES.get(char, char) for char in lettered) if choices else [[lettered]]
    return [word, *map("".join, product(*letters))]


def resolved(word: str) -> list[str]:
    """A word with the first letter of every choice, and with the last."""
    return ["".join(CHOICES.get(char, char)[at] for char in word) for at in (0, -1)]


def _split(folded: str) -> Reading:
    parts = SEPARATORS.split(folded)
    gaps = SEPARATORS.findall(folded)
    if not parts[0]:
        parts, gaps = parts[1:], gaps[1:]
    if parts and not parts[-1]:
        parts = parts[:-1]
    # The word before the first one is none, so that nothing is joined to it.
    pairs = zip(gaps, parts, parts[1:], strict=False)
    joins = (False, *(_joins(gap, before, after) for gap, before, after in pairs))
    return Reading(tuple(parts), joins[: len(parts)])


def _joins(gap: str, before: str, after: str) -> bool:
    """Whether what stands on both sides of a gap may be one word."""
    if SPACE in gap and (BREAK not in gap or SIGN in gap or LISTED in gap):
        return False
    is_plain_sign = BREAK not in gap and LISTED not in gap
    return is_plain_sign or not (before in ORDINARY and after in ORDINARY)


def _apart(symbol: re.Match[str]) -> str:
    return f" {symbol[0][1:-1]} "


@lru_cache(maxsize=KNOWN_CHARS)
def _folded(char: str) -> str:
    """A character without accents and case; a separator where it is no part of a word."""
    category = unicodedata.category(char)
    if category == "Cf" or HIDDEN.match(char):
        return ""
    if char == BLANK or category[0] == "Z" or category == "Cc":
        # The separator (U+001F) joins: it stands for what is left out between two parts.
        return SIGN if char == "\x1f" else SPACE if char == " " else BREAK
    if category == "So" and unicodedata.decomposition(char).startswith("<super>"):
        return SIGN
    code = ord(char)
    for first, count in CIRCLED:
        if first <= code < first + count:
            return chr(ord("a") + code - first)
    return "".join(_part(part) for part in unicodedata.normalize("NFKD", char).casefold())


def _part(char: str) -> str:
    """What remains of one part of a decomposed character."""
    category = unicodedata.category(char)
    if category == "Me" or (category[0] == "M" and _is_accent(char)):
        return ""
    if char in ",;、":
        return LISTED
    if char.isascii():
        return char if char.isalnum() or ord(char) in SIGNS else SIGN
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "So" or (UNSPACED.match(char) and category[0] in "LMN"):
        return f"{SYMBOL}{char}{SYMBOL}"
    return char if category[0] in "LMN" or ord(char) in SIGNS else SIGN


def _is_accent(char: str) -> bool:
    combining = unicodedata.combining(char)
    return combining >= HIGH_MARKS or combining == OVERLAY or combining in POINTS


@lru_cache(maxsize=KNOWN_CHARS)
def _unmarked(char: str) -> str:
    # One by one: putting a long run of marks in order takes the square of its length.
    parts = unicodedata.normalize("NFD", char)
    return "".join(
        part
        for part in parts
        if unicodedata.category(part)[0] != "M"
        and unicodedata.category(part) != "Cf"
        and not HIDDEN.match(part)
    )


def _mixed(chunk: re.Match[str]) -> str:
    text = chunk[0]
    if text.isascii() or (ONE_SCRIPT.fullmatch(text) and sum(map(str.isalpha, text)) > 1):
        return text
    return "".join(map(_looks, text))


@lru_cache(maxsize=KNOWN_CHARS)
def _looks(char: str) -> str:
    return MIXED.get(char) or MIXED.get(char.casefold()) or char


@lru_cache(maxsize=KNOWN_CHARS)
def _latin(char: str) -> str:
    if char in CHOICES:
        return char
    if not char.isascii() and unicodedata.normalize("NFKC", char) in ("I", "l"):
        return "1"
    return unicode_table().get(char) or _folded(char)
