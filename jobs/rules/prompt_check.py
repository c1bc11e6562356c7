"""What an order says: looked through before anybody sees it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from jobs.errors import AdultContent, ForbiddenWords
from jobs.rules.words.adult import adult_entries, innocent_phrases
from jobs.rules.words.wordlist import WordList
from prompts import parse_emphasis, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from generation.request import ImageRequest
    from jobs.orders.order import Order
    from storage.rules import Rules

KEPT_LISTS = 64

RUN_END = "\x1f"
"""Stands between two runs that are drawn: what is on its two sides is one word or two."""


def refused_words(
    order: Order, rules: Rules, drawn: Iterable[str], *, is_age_restricted: bool = False
) -> ForbiddenWords | AdultContent | None:
    """Why an order's words are refused.

    The guild's list holds for all that is shown or drawn, the built-in one for what is drawn, but
    in an age-restricted channel not. The guild's exceptions hold for both.
    """
    drawn = tuple(drawn)
    word = find_word(rules, [*shown_texts(order), *drawn])
    if word is not None:
        return ForbiddenWords(word)
    adult = None if is_age_restricted else find_adult_word(drawn, rules.exceptions)
    return None if adult is None else AdultContent(adult)


def find_word(rules: Rules, texts: Iterable[str]) -> str | None:
    """The first entry of a guild's list that one of the texts has, also under emphasis."""
    return _word_list(rules.words, rules.exceptions).find(*_with_plain(texts))


def find_adult_word(drawn: Iterable[str], exceptions: tuple[str, ...] = ()) -> str | None:
    """What makes one of the drawn texts adult content, but for a guild's exceptions.

    An engine that is said to take texts as they stand may read some weights in them all the same.
    """
    return _adult_list(exceptions).find(*_with_plain(drawn))


def is_listed(rules: Rules, phrase: str) -> bool:
    """Whether a phrase as a whole is on the guild's list or on the built-in one."""
    return _word_list(rules.words, ()).has(phrase) or _adult_list(()).has(phrase)


def shown_texts(order: Order) -> list[str]:
    """All texts of an order, those it keeps out of the picture included."""
    texts = {prompt.text for request in order.requests for prompt in request.prompts}
    return [order.title, order.prompt, order.words, *sorted(texts)]


def drawn_texts(order: Order, reads_emphasis: Callable[[str], bool]) -> list[str]:
    """The texts that an order draws: all whose effective weight on its engine is above 0.

    `reads_emphasis` says of an engine's id whether it reads emphasis. Each segment is a line.
    """
    # The frames of a morph say the same with other weights, of which only the signs matter here.
    signed = {_signed(request): None for request in order.requests}
    drawn = {
        _drawn(prompts, reads_emphasis=reads_emphasis(engine_id)): None
        for engine_id, prompts in signed
    }
    return [*drawn, *([order.words] if order.words else [])]


def _signed(request: ImageRequest) -> tuple[str, tuple[tuple[str, int], ...]]:
    signs = ((prompt.text, (prompt.weight > 0) - (prompt.weight < 0)) for prompt in request.prompts)
    return request.engine_id, tuple(signs)


def _drawn(prompts: Iterable[tuple[str, int]], *, reads_emphasis: bool) -> str:
    lines = (
        RUN_END.join(
            run.text for run in weigh(text, sign, reads_emphasis=reads_emphasis) if run.weight > 0
        )
        for text, sign in prompts
    )
    return "\n".join(line for line in lines if line)


@lru_cache(maxsize=KEPT_LISTS)
def _word_list(words: tuple[str, ...], exceptions: tuple[str, ...]) -> WordList:
    return WordList(words, exceptions)


@lru_cache(maxsize=KEPT_LISTS)
def _adult_list(exceptions: tuple[str, ...]) -> WordList:
    return WordList(adult_entries(), (*innocent_phrases(), *exceptions))


def _with_plain(texts: Iterable[str]) -> list[str]:
    """The texts, and each with emphasis as it reads without the marks."""
    found: dict[str, None] = {}
    for text in texts:
        found[text] = None
        found["".join(run.text for run in parse_emphasis(text))] = None
    return list(found)
