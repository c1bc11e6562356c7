"""Every path, name, command and program that the pages of docs/ mention exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
PACKAGES = ("bot", "commands", "generation", "inference", "jobs", "media", "prompts", "storage")
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
DOTTED = re.compile(r"\w+(\.\w+)+")
PLAIN_WORDS = frozenset({"kind"})
"""What stands for itself and not for a place in the code."""


def mentions() -> list[tuple[str, str]]:
    return [(page.name, code) for page in PAGES for code in CODE.findall(page.read_text())]


def names_of(path: Path) -> set[str]:
    """What a module defines, also within its classes, as Class.name."""
    return set(_names(ast.parse(path.read_text()).body))


def _names(body: list[ast.stmt], prefix: str = "") -> list[str]:
    found: list[str] = []
    for statement in body:
        match statement:
            case ast.ClassDef(name=name):
                found += [prefix + name, *_names(statement.body, f"{prefix}{name}.")]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.append(prefix + name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.append(prefix + name)
            case ast.If():  # what only the type checker reads
                found += _names(statement.body, prefix)
            case _:
                pass
    return found


@cache
def all_names() -> frozenset[str]:
    modules = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return frozenset(
        name.rpartition(".")[2]
        for path in modules
        for name in names_of(path)
        if "wire" not in path.parts
    )


def is_module_or_name(dotted: str) -> bool:
    """Whether it is a module, or a name that a module defines."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        place, name = ROOT.joinpath(*parts[:length]), ".".join(parts[length:])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return not name or name in names_of(path)
    return False


def exists(code: str) -> bool:
    if code.startswith("python -m "):
        return is_module_or_name(code.removeprefix("python -m "))
    if "<" in code:
        return (ROOT / code.partition("<")[0]).is_dir()
    if "/" in code:
        path = ROOT / code
        return path.is_dir() if code.endswith("/") else path.is_file()
    if DOTTED.fullmatch(code):
        return is_module_or_name(code)
    return code in PLAIN_WORDS or code in all_names()


@pytest.mark.parametrize(("page", "code"), mentions())
def test_what_a_page_mentions_exists(page: str, code: str):
    assert exists(code), f"docs/{page} mentions `{code}`, which is nowhere"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).is_file(), target


def test_the_pages_are_there_and_say_where_each_change_goes():
    text = (ROOT / "docs" / "architecture.md").read_text()
    for change in (
        "slash command", "result button", "limit rule", "job kind", "engine of a known kind",
        "backend of the inference server", "message to members", "migration",
    ):  # fmt: skip
        assert re.search(rf"^\*\*An? {change}\.\*\*", text, re.MULTILINE), change


@pytest.mark.parametrize(
    "code",
    ["jobs/nowhere.py", "jobs.rules.table.NOTHING", "jobs.nowhere", "Nowhere", "nowhere/<kind>.py"],
)
def test_what_is_not_there_is_noticed(code: str):
    assert not exists(code)
