"""Every message that can be translated: those in the sources, and those of the commands."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from babel.messages.catalog import Catalog
from discord.app_commands import ContextMenu, Group

from commands import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discord.app_commands import Command

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "commands", "generation", "jobs", "media", "prompts", "quarantine")
TEXTS = {"Sentence": 1, "message": 1, "say": 1, "say_on_card": 1, "marked": 1, "say_count": 2}
"""How many of the first arguments are messages, by the function that they are given to."""


def template() -> Catalog:
    """A catalogue of all messages, without translations."""
    catalog = Catalog(msgid_bugs_address="", last_translator="", language_team="", fuzzy=False)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for message in messages_in(path.read_text(encoding="utf-8")):
                catalog.add(message)
    for text, context in _command_texts(describe().commands):
        catalog.add(text, context=context)
    return catalog


def messages_in(source: str) -> Iterator[str | tuple[str, ...]]:
    """The messages that a module's source gives to the functions of `TEXTS`.

    Babel's own extraction does not look into f-strings on Python 3.11.

    Raises:
        ValueError: one is an f-string, which no file could have a translation of.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        texts = node.args[: TEXTS.get(node.func.id, 0)]
        if any(isinstance(text, ast.JoinedStr) for text in texts):
            raise ValueError(f"line {node.lineno}: a message is no f-string; name its values")
        found = tuple(str(text.value) for text in texts if isinstance(text, ast.Constant))
        if found:
            yield found[0] if len(found) == 1 else found


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
