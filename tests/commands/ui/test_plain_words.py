"""No sentence has the words of the first versions: what members read is understood at once."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from discord.app_commands import Command, ContextMenu, Group

from commands import describe
from commands.languages.extract import forms
from commands.languages.messages import template
from commands.ui.error_messages import words
from tests.commands.ui.test_error_messages import EVERY_ERROR, example

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
PLACES = ("commands", "bot/delivery", "bot/background", "bot/cli", "jobs")
CATALOGUES = [ROOT / room / "engines.toml" for room in ("generation/catalogue", "inference")]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

FORBIDDEN = (
    r"/desk|\bdesk (take|lift|allow)",
    r"\bwalks? (slowly|from|between|to|through)|\bthe walk\b|\bwalked to\b",
    r"\bnowhere\b|\bTold in\b|\bTurns:",
    r"\blast movements\b|\bMovements\b",
    r"\babout \d+ ahead|About \{",
    r"\bheld, charged\b|charged only if",
    r"like all others|blocked from drawing",
    r"reports a picture",
    r"\bquestion ends\b|\bNo film\b(?! can be)",
    r"stands still|the camera do\b|What the camera does",
    r"cut off what|all of it, before|blurred copy",
    r"\banew\b|put together",
    r"\bhand(s|ed)? (it|them|the film) out|\bpost it on\b",
    r"for this place",
    r"” is none\b|\bis none of\b|\bnone of the roles",
    r"walked|stand in the first one|which move it is",
    r"Say with (gift|amount)|say with gift",
    r"does the film start",
    r"enough jobs at work|reported much|I am on it",
    r"may all spend",
    r"does not draw that|does not work with me",
    r"\bnot admitted\b|\bbooks\b|\bwakes? you\b",
    r"\(no model\)",
    r"author or a moderator|Only moderators can|who may manage this server",
)
TOLD_TO_MEMBERS = (r"python -m", r"\bdocker\b", r"\bmake \w+`", r"\bATELIER_[A-Z]")
"""Also no command of a shell and no setting: a member has none."""


def found_in(text: str, patterns: tuple[str, ...] = FORBIDDEN) -> list[str]:
    return [found[0] for one in patterns for found in re.finditer(one, text, re.IGNORECASE)]


@pytest.mark.parametrize("kind", EVERY_ERROR, ids=lambda kind: kind.__name__)
def test_no_refusal_has_them(kind: type[Exception]):
    said = words(example(kind))
    text = f"{said.headline} {said.money} {said.detail}"
    assert not found_in(text, (*FORBIDDEN, *TOLD_TO_MEMBERS))


def descriptions() -> Iterator[tuple[str, str]]:
    """What Discord shows of every command and its options."""
    for command in describe().commands:
        yield from _described(command)


def _described(command: Any) -> Iterator[tuple[str, str]]:
    if isinstance(command, ContextMenu):
        yield command.name, command.name
        return
    yield command.qualified_name, f"/{command.qualified_name} {command.description}"
    if isinstance(command, Group):
        for one in command.commands:
            yield from _described(one)
    elif isinstance(command, Command):
        for parameter in command.parameters:
            chosen = " ".join(choice.name for choice in parameter.choices)
            said = f"{parameter.display_name} {parameter.description} {chosen}"
            yield f"{command.qualified_name} {parameter.display_name}", said


@pytest.mark.parametrize(
    ("name", "said"), [pytest.param(*one, id=one[0]) for one in descriptions()]
)
def test_no_command_has_them(name: str, said: str):
    assert not found_in(said, (*FORBIDDEN, *TOLD_TO_MEMBERS)), name


def test_no_message_of_any_floor_has_them():
    found = {
        text: hits
        for message in template()
        if message.id
        for text in forms(message.id)
        if (hits := found_in(text))
    }
    assert not found


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """The texts in a module that are not its documentation, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in documentation:
            yield node.lineno, str(node.value)  # pyright: ignore[reportAttributeAccessIssue]


MODULES = [path for place in PLACES for path in sorted((ROOT / place).rglob("*.py"))]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_in_the_code_has_them(path: Path):
    found = {line: hits for line, text in sentences(path) if (hits := found_in(text))}
    assert not found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_has_them(page: Path):
    text = page.read_text(encoding="utf-8")
    found = {
        number: hits
        for number, line in enumerate(text.splitlines(), start=1)
        if (hits := found_in(line))
    }
    assert not found


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_engine_is_called_so(path: Path):
    engines = tomllib.loads(path.read_text(encoding="utf-8"))["engine"]
    said = [f"{one.get('name', '')}. {one.get('description', '')}" for one in engines]
    assert any(len(text) > len(". ") for text in said)
    assert not [hits for text in said if (hits := found_in(text))]


def test_a_forbidden_word_is_noticed():
    source = inspect.getsource(test_a_forbidden_word_is_noticed)
    assert found_in('"20.00 held, charged only if the film arrives"')
    assert found_in("Use python -m bot", TOLD_TO_MEMBERS)
    assert not found_in(source.split("\n")[0])
