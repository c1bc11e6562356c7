"""The file of every language: complete, and with what its English messages have."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.pofile import read_po

from commands.languages import FOLDER
from commands.languages.extract import forms, is_translated, update
from commands.languages.messages import PACKAGES, ROOT, messages_in, template

if TYPE_CHECKING:
    from pathlib import Path

    from babel.messages.catalog import Catalog

FILES = sorted(FOLDER.glob("*.po"))
SIGNED = re.compile(r"^-# .*\{job_id\}$", re.MULTILINE)
MAX_NAME, MAX_DESCRIPTION = 32, 100
"""Discord's limits, in characters."""


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def keys(catalog: Catalog) -> set[tuple[str, ...]]:
    return {(str(message.context), *forms(message.id)) for message in catalog if message.id}


def test_what_is_said_with_a_number_is_not_said_without_one():
    """A file has one translation of a text: with its number, which would be missing."""
    sources = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    found = [one for path in sources for one in messages_in(path.read_text(encoding="utf-8"))]
    counted = {one[0] for one in found if isinstance(one, tuple)}
    assert counted & {one for one in found if isinstance(one, str)} == set()


@pytest.fixture(scope="module")
def english() -> Catalog:
    return template()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
class TestFile:
    def test_it_has_every_message_and_no_other(self, path: Path, english: Catalog) -> None:
        here, there = keys(read(path)), keys(english)
        assert here == there, "run python -m commands.languages.extract"

    def test_every_message_is_translated(self, path: Path) -> None:
        missing = [
            message.id for message in read(path) if message.id and not is_translated(message)
        ]
        assert missing == []

    def test_placeholders_are_those_of_the_english_text(self, path: Path) -> None:
        catalog = read(path)
        for message in catalog:
            allowed = {name for form in forms(message.id) for name in placeholders(form)}
            for form in forms(message.string) if message.id and is_translated(message) else ():
                assert placeholders(form) == allowed, message.id

    def test_codes_and_mentions_are_those_of_the_english_text(self, path: Path) -> None:
        for message in read(path):
            if not message.id or not is_translated(message) or message.context:
                continue
            for form in forms(message.string):
                assert marks(form) == marks(forms(message.id)[-1]), message.id

    def test_a_cards_small_line_ends_with_its_job(self, path: Path) -> None:
        """By that end a card is found again after a restart."""
        for message in read(path):
            if message.id and any(SIGNED.search(form) for form in forms(message.id)):
                assert all(SIGNED.search(form) for form in forms(message.string)), message.id

    def test_names_fit_into_discord(self, path: Path) -> None:
        for message in read(path):
            if message.context in ("command", "option", "choice"):
                shown = str(message.string)
                most = MAX_DESCRIPTION if message.context == "choice" else MAX_NAME
                assert len(shown) <= most, shown


def placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return set()


def marks(text: str) -> list[str]:
    """What is typed as it is, and Markdown: the same in every language."""
    return sorted(re.findall(r"--[a-z]+|\*\*|`|<[@#&]+|^-# ", text, re.MULTILINE))


def test_extraction_adds_what_is_new_and_drops_what_is_gone(tmp_path: Path) -> None:
    path, messages = tmp_path / "xx.po", template()
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Gone since long"\nmsgstr "x"\n'
    )
    missing = update(path, messages)
    assert missing == len(messages)
    assert keys(read(path)) == keys(messages)
    once: Any = path.read_bytes()
    assert update(path, messages) == missing
    assert path.read_bytes() == once


def test_messages_are_found_wherever_they_are_said() -> None:
    source = "x = f\"**{say('Your jobs')}** {say_count('1 job', '{count} jobs', 3)}\"\nsay(NAME)"
    assert list(messages_in(source)) == ["Your jobs", ("1 job", "{count} jobs")]


def test_a_message_is_no_f_string() -> None:
    with pytest.raises(ValueError, match=r"line 1: a message is no f-string"):
        list(messages_in("say(f'You have {amount}')"))
