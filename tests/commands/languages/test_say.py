"""Messages in the language that is spoken, and the file of a made-up language."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from discord import Locale
from hypothesis import given
from hypothesis import strategies as st

from commands.languages import (
    ENGLISH,
    LANGUAGES,
    find,
    load,
    marked,
    say,
    say_count,
    say_on_card,
    speaking,
)

if TYPE_CHECKING:
    from pathlib import Path

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\\n"\n\n'
)
MADE_UP = (
    HEADER
    + """
msgid "You have {amount}."
msgstr "{amount}: habes."

msgid "{count} picture"
msgid_plural "{count} pictures"
msgstr[0] "una"
msgstr[1] "{count} paucae"
msgstr[2] "{count} multae"

msgid "Draw {what}"
msgstr "Pinge {quid}"
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "es.po").write_text(MADE_UP, encoding="utf-8")
    return tmp_path


def test_a_language_is_one_file(folder: Path) -> None:
    with speaking("es-419", load(folder)):
        assert say("You have {amount}.", amount="😀 {x} **1**") == "😀 {x} **1**: habes."
        assert say(marked("Never translated")) == "Never translated"
    assert say("You have {amount}.", amount=1) == "You have 1."


@pytest.mark.parametrize(
    ("count", "shown"), [(1, "una"), (2, "2 paucae"), (5, "5 multae"), (0, "0 paucae")]
)
def test_a_number_decides_the_form(folder: Path, count: int, shown: str) -> None:
    with speaking("es-ES", load(folder)):
        assert say_count("{count} picture", "{count} pictures", count) == shown


def test_nothing_stays_nothing(folder: Path) -> None:
    with speaking("es-ES", load(folder)):
        assert say("") == ""


def test_english_has_two_forms() -> None:
    said = [say_count("{count} picture", "{count} pictures", count) for count in (0, 1, 2)]
    assert said == ["0 pictures", "1 picture", "2 pictures"]


def test_other_placeholders_give_english(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with speaking("es-ES", load(folder)), caplog.at_level(logging.ERROR):
        assert say("Draw {what}", what="a fox") == "Draw a fox"
    assert "a fox" not in caplog.text


def test_braces_stay_where_no_value_is_given() -> None:
    assert say("Type {a|b} to try both.") == "Type {a|b} to try both."


@pytest.mark.parametrize("locale", ["", "xx", "en-US", "en-GB", "klingon-1"])
def test_an_unknown_locale_is_english(locale: str) -> None:
    assert find(locale) is ENGLISH


def test_every_file_is_named_like_a_locale_of_discord() -> None:
    known = {name for locale in Locale for name in (locale.value, locale.value.split("-")[0])}
    assert LANGUAGES.keys() <= known - {"en"}
    assert "ko" in LANGUAGES


async def test_each_task_speaks_its_own_language(folder: Path) -> None:
    languages, ready = load(folder), asyncio.Event()

    async def said(locale: str) -> str:
        with speaking(locale, languages):
            await ready.wait()
            return say("You have {amount}.", amount=1)

    tasks = [asyncio.create_task(said(locale)) for locale in ("es-ES", "en-US")]
    await asyncio.sleep(0)
    ready.set()
    assert await asyncio.gather(*tasks) == ["1: habes.", "You have 1."]


@given(value=st.text())
def test_values_come_through_as_they_are(value: str) -> None:
    for locale in ("en-US", *LANGUAGES):
        with speaking(locale):
            assert value in say("You have {available}.", available=value)
            assert value in say_on_card(
                "{engine} takes no LoRA; {name} is left out.", engine="x", name=value
            )
