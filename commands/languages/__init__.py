"""What the bot says, in the language of whoever reads it; English is the key of every message.

Write English where it is used: `say("You have {amount}.", amount=...)`, or
`say_count("1 picture", "{count} pictures", count)` where a number decides the form. A text that is
made when a module is imported is `marked("...")` there, and said where it is used. Values are put
in after the translation, so a message is a whole sentence with names in braces, never an f-string.

`python -m commands.languages.extract` adds what is new to every language's file; each file here,
named like Discord's locale (`ko.po`, `pt-BR.po`), is one language.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
ENGLISH = NullTranslations()


def load(folder: Path) -> Mapping[str, NullTranslations]:
    """Every language that has a file in the folder, by the locale that the file is named like."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.po"))}


def _read(path: Path) -> NullTranslations:
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


LANGUAGES = load(FOLDER)

_spoken: ContextVar[NullTranslations] = ContextVar("language", default=ENGLISH)


_on_cards: ContextVar[NullTranslations | None] = ContextVar("language on cards", default=None)


def find(locale: str, languages: Mapping[str, NullTranslations] = LANGUAGES) -> NullTranslations:
    """The language of one of Discord's locales; a file `es.po` is for es-ES and es-419 alike."""
    return languages.get(locale) or languages.get(locale.partition("-")[0]) or ENGLISH


def speak(locale: str) -> None:
    """Say everything in that language from here on, in this task and in those that it starts."""
    _spoken.set(find(locale))


def note_in(locale: str) -> None:
    """Note what is shown on cards in that language, from here on as `speak` does."""
    _on_cards.set(find(locale))


@contextmanager
def speaking(locale: str, languages: Mapping[str, NullTranslations] = LANGUAGES) -> Generator[None]:
    """A block in which everything is said in that language."""
    token = _spoken.set(find(locale, languages))
    try:
        yield
    finally:
        _spoken.reset(token)


def say(text: str, /, **values: object) -> str:
    """A message in the language that is spoken, with its values; without one, in English.

    Sentences of lower floors among the values are said in the same language.
    """
    return _said(_spoken.get(), text, values)


def say_count(one: str, many: str, /, count: int, **values: object) -> str:
    """The same in the form that the language has for that count."""
    english = ENGLISH.ngettext(one, many, count)
    return _filled(_spoken.get().ngettext(one, many, count), english, {"count": count, **values})


def say_on_card(text: str, /, **values: object) -> str:
    """The same for what is noted with an order and shown on its card, whoever reads that."""
    return _said(_on_cards.get() or _spoken.get(), text, values)


def say_again(text: str, say: Callable[..., str] = say) -> str:
    """A sentence of a lower floor in the language that is spoken; other text as it is."""
    return say(text.message, **text.values) if isinstance(text, Sentence) else text


def say_name(kind: str, name: str) -> str:
    """A name as Discord shows it with a command: `kind` is command, option or choice."""
    return _spoken.get().pgettext(kind, name)


def marked(text: str, /) -> str:
    """The text as it is: a message that is said later, where its language is known."""
    return text


def _said(language: NullTranslations, text: str, values: Mapping[str, object]) -> str:
    said = {
        name: _said(language, value.message, value.values) if isinstance(value, Sentence) else value
        for name, value in values.items()
    }
    return _filled(language.gettext(text), text, said)


def _filled(translated: str, english: str, values: Mapping[str, object]) -> str:
    if not english:
        # What gettext has for it is the header of the file.
        return ""
    if not values:
        return translated
    try:
        return translated.format(**values)
    except (LookupError, ValueError):
        log.exception("a translation of %r has other placeholders", english)
        return english.format(**values)
