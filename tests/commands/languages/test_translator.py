"""Commands as Discord gets them: translated within its limits, and named so in every message."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.client import Atelier
from bot.clock import now
from commands import describe
from commands.animate import offer
from commands.kinds.view import OfferedEngines
from commands.languages import LANGUAGES, load
from commands.languages.extract import forms, is_translated
from commands.languages.translator import CommandTranslator
from generation.catalogue import catalogue
from playground.rules.commands import check_command
from tests.commands.engines import FixedEngines
from tests.commands.languages.test_files import FILES, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VIDEOS = catalogue.load().get("stable-video-diffusion")
MENTION = re.compile(r"`/([a-z-]+(?: [a-z-]+)*)((?: [a-z_]+:[^`]*)?)`")


async def payloads(translator: CommandTranslator) -> list[dict[str, Any]]:
    client = Atelier(now)
    await client.tree.set_translator(translator)
    commands = describe().commands
    return [await one.get_translated_payload(client.tree, translator) for one in commands]


def all_of(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A command with its subcommands and options."""
    yield payload
    for option in payload.get("options", ()):
        yield from all_of(option)


async def test_discord_takes_every_translated_command() -> None:
    for payload in await payloads(CommandTranslator()):
        check_command(payload, ())


async def test_no_two_of_one_command_have_the_same_name() -> None:
    found = await payloads(CommandTranslator())
    for siblings in (found, *(part.get("options", []) for one in found for part in all_of(one))):
        for language in LANGUAGES:
            names = [
                (part.get("type"), part["name_localizations"].get(language, part["name"]))
                for part in siblings
            ]
            assert len(set(names)) == len(names), names


async def test_every_choice_is_named_in_each_language() -> None:
    parts = [part for one in await payloads(CommandTranslator()) for part in all_of(one)]
    choices = [choice for part in parts for choice in part.get("choices", ())]
    english_only = [one["name"] for one in choices if "name_localizations" not in one]
    assert choices
    assert english_only == []


async def test_figures_in_choices_are_said_in_each_language() -> None:
    client, translator = Atelier(now), CommandTranslator()
    await client.tree.set_translator(translator)
    wordy = replace(VIDEOS, id="wordy", name="Wordy", takes_prompt=True, price="flat:1")
    for engines, option, korean in (
        ([VIDEOS], "length", "2초 · 20.00크레딧"),
        ([VIDEOS, wordy], "engine", "Wordy, 글을 읽음 · 2초에 1.00크레딧"),
    ):
        source = FixedEngines(catalogue.load(), VIDEOS, more_videos=engines[1:])
        offered = OfferedEngines(source, now)
        (animate,) = offer([one for one in describe().commands if one.name == "animate"], offered)
        payload = await animate.get_translated_payload(client.tree, translator)
        (found,) = [one for one in payload["options"] if one["name"] == option]
        assert korean in [one["name_localizations"]["ko"] for one in found["choices"]]
        assert all(one["name_localizations"]["en-US"] == one["name"] for one in found["choices"])


async def test_the_default_has_an_entry_of_its_own() -> None:
    imagine = next(one for one in await payloads(CommandTranslator()) if one["name"] == "imagine")
    assert imagine["name_localizations"]["en-US"] == "imagine"
    assert imagine["name_localizations"]["ko"] == "그리기"
    assert "ja" not in imagine["name_localizations"]


async def test_a_third_language_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "es.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgctxt "command"\nmsgid "imagine"\nmsgstr "imagina"\n\n'
        'msgid "Draw pictures from words."\nmsgstr "Dibuja con palabras."\n'
    )
    found = await payloads(CommandTranslator(load(tmp_path)))
    imagine = next(one for one in found if one["name"] == "imagine")
    for locale in ("es-ES", "es-419"):
        assert imagine["name_localizations"][locale] == "imagina"
        assert imagine["description_localizations"][locale] == "Dibuja con palabras."
    assert "ko" not in imagine["name_localizations"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_messages_name_commands_as_the_members_client_does(path: Path) -> None:
    language = LANGUAGES[path.stem]

    def translated(found: re.Match[str]) -> str:
        names = [language.pgettext("command", name) for name in found[1].split()]
        # What follows a command may be an option of it.
        names = [
            language.pgettext("option", english) if name == english else name
            for name, english in zip(names, found[1].split(), strict=True)
        ]
        options = re.sub(
            r"([a-z_]+):", lambda option: f"{language.pgettext('option', option[1])}:", found[2]
        )
        return f"`/{' '.join(names)}{options}`"

    for message in read(path):
        if not message.id or not is_translated(message):
            continue
        wanted = [translated(found) for found in MENTION.finditer(forms(message.id)[-1])]
        for form in forms(message.string):
            assert all(mention in form for mention in wanted), (wanted, form)
