"""Text as the words that it is found by; both what is kept and what is looked for is split so."""

from __future__ import annotations

import re
import unicodedata

MAX_WORD = 40
MAX_WORDS = 64
"""Of one job: what is longer is found by the words it begins with."""

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+|[^\u3040-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+"
)
_IS_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def split_words(text: str, limit: int = MAX_WORDS) -> list[str]:
    """The words of a text, each once, in small letters and without accents.

    Scripts that put no spaces between words, or glue endings to them, are split into pairs of
    characters, so that a part of such a word is found too.
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    # Hangul falls apart into its letters; it is put together again.
    bare = unicodedata.normalize(
        "NFC", "".join(char for char in folded if not unicodedata.combining(char))
    )
    found: dict[str, None] = {}
    for run in _WORD.findall(bare):
        for piece in _UNSPACED.findall(run):
            found.update(dict.fromkeys(_pieces(piece)))
            if len(found) >= limit:
                return list(found)[:limit]
    return list(found)


def _pieces(piece: str) -> list[str]:
    if not _IS_UNSPACED.match(piece) or len(piece) == 1:
        return [piece[:MAX_WORD]]
    return [piece[at : at + 2] for at in range(len(piece) - 1)]
