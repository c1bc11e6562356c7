"""What an order says: looked through before anybody sees it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from jobs.errors import AdultContent, ForbiddenWords
from jobs.wordlist import ADULT_WORDS, WordList
from prompts import PromptError, parse, parse_emphasis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.order import Order

KEPT_LISTS = 64


def check_words(order: Order, words: tuple[str, ...], *, is_age_restricted: bool) -> None:
    """The guild's list holds for all that is shown, the built-in one for what is drawn.

    Raises:
        ForbiddenWords, AdultContent
    """
    texts = {prompt.text for request in order.requests for prompt in request.prompts}
    word = find_word(words, (order.title, order.prompt, *sorted(texts)))
    if word is not None:
        raise ForbiddenWords(word)
    adult = None if is_age_restricted else find_adult_word(drawn_texts(order))
    if adult is not None:
        raise AdultContent(adult)


def find_word(words: tuple[str, ...], texts: Iterable[str]) -> str | None:
    """The first entry of a guild's list that one of the texts has, also under emphasis."""
    return _word_list(words).find(*_with_plain(texts))


def find_adult_word(texts: Iterable[str]) -> str | None:
    """What makes one of the texts adult content."""
    return ADULT_WORDS.find(*_with_plain(texts))


def drawn_texts(order: Order) -> list[str]:
    """The texts that an order draws, without those it keeps out of the picture."""
    drawn = [
        " ".join(prompt.text for prompt in request.prompts if prompt.weight > 0)
        for request in order.requests
    ]
    return list(dict.fromkeys(drawn))


def drawn_texts_of(typed: str) -> list[str]:
    """The texts that a prompt would draw; all of it where it cannot be read."""
    try:
        prompt = parse(typed)
    except PromptError:
        return [typed]
    return [
        " ".join(segment.text for segment in variant if segment.weight > 0)
        for variant in prompt.variants
    ]


@lru_cache(maxsize=KEPT_LISTS)
def _word_list(words: tuple[str, ...]) -> WordList:
    return WordList(words)


def _with_plain(texts: Iterable[str]) -> list[str]:
    """The texts, and each with emphasis as it reads without the marks."""
    found: list[str] = []
    for text in texts:
        found.append(text)
        try:
            plain = "".join(fragment.text for fragment in parse_emphasis(text))
        except PromptError:
            continue
        if plain != text:
            found.append(plain)
    return found
