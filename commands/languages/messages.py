"""Every message that can be translated: those in the sources, and those of the commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from discord.app_commands import ContextMenu, Group

from commands import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discord.app_commands import Command

ROOT = Path(__file__).parents[2]
PACKAGES = ("commands", "bot")
KEYWORDS: dict[str, Any] = {"say": None, "say_on_card": None, "say_count": (1, 2), "marked": None}


def template() -> Catalog:
    """A catalogue of all messages, without translations."""
    catalog = Catalog(msgid_bugs_address="", last_translator="", language_team="", fuzzy=False)
    for package in PACKAGES:
        found = extract_from_dir(
            ROOT / package, method_map=[("**.py", "python")], keywords=KEYWORDS
        )
        for _, _, message, _, _ in found:
            catalog.add(message)
    for text, context in _command_texts(describe().commands):
        catalog.add(text, context=context)
    return catalog


def _command_texts(commands: Iterable[Any]) -> Iterator[tuple[str, str | None]]:
    """What Discord shows of commands: each text, with what it is the name of."""
    for command in commands:
        yield command.name, "command"
        if isinstance(command, ContextMenu):
            continue
        yield command.description, None
        if isinstance(command, Group):
            yield from _command_texts(command.commands)
        else:
            yield from _option_texts(cast("Command[Any, ..., Any]", command))


def _option_texts(command: Command[Any, ..., Any]) -> Iterator[tuple[str, str | None]]:
    for option in command.parameters:
        yield option.display_name, "option"
        yield str(option.description), None
        for choice in option.choices:
            yield choice.name, "choice"
