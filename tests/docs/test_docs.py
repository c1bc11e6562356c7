"""Every path, name, command and program that the pages of docs/ mention exists."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from bot.readme import leaves
from bot.settings import Settings
from commands import describe

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
PACKAGES = (
    "bot", "commands", "generation", "inference", "jobs", "media", "playground", "prompts",
    "quarantine", "sentences", "storage",
)  # fmt: skip
CODE = re.compile(r"`([^`]+)`")
BLOCK = re.compile(r"^```.*?^```$|^<!-- (\w+) -->$.*?^<!-- /\1 -->$", re.MULTILINE | re.DOTALL)
"""What is to be typed into a shell, and what is generated."""
ROOM = re.compile(r"^\| `(\w+)/` \|(.*)\|$", re.MULTILINE)
"""A row of a table of packages."""
LINK = re.compile(r"\]\(([^)#:]+)\)")
DOTTED = re.compile(r"\w+(\.\w+)+")
PLAIN_WORDS = frozenset({"kind"})
"""What stands for itself and not for a place in the code."""


def mentions() -> list[tuple[str, str]]:
    return [
        (page.name, code)
        for page in PAGES
        for code in CODE.findall(BLOCK.sub("", page.read_text()).replace("\n", " "))
    ]


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


@cache
def commands() -> dict[str, list[str]]:
    """The slash commands and their options."""
    return {
        leaf.qualified_name: [parameter.display_name for parameter in leaf.parameters]
        for leaf in leaves(describe().commands)
    }


def is_command(words: str) -> bool:
    """Whether it is a slash command, a group of them, or one with options."""
    return any(
        f"{words} ".startswith(f"{name} ") or f"{name} ".startswith(f"{words} ")
        for name in commands()
    )


def is_setting(text: str) -> bool:
    return text.partition("=")[0].lower() in Settings.model_fields


def is_option(text: str) -> bool:
    """Whether it is an option of a slash command, or of the inference server."""
    if text.startswith("--"):
        return f'"{text.split()[0]}"' in (ROOT / "inference" / "options.py").read_text()
    return any(text in options for options in commands().values())


def exists(code: str) -> bool:
    if code.startswith("python -m "):
        return is_module_or_name(code.split()[2])
    if code.startswith("/") and is_command(code[1:]):
        return True
    if is_setting(code) or is_option(code) or is_command(f"limits {code}"):
        return True
    if code.startswith("make "):
        return f"\n{code.removeprefix('make ')}:" in (ROOT / "Makefile").read_text()
    if "<" in code:
        return (ROOT / code.partition("<")[0]).is_dir()
    if "/" in code or code.startswith(".") or code.endswith(".yaml"):
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


def test_every_package_is_looked_through():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert sorted(settings["tool"]["importlinter"]["root_packages"]) == sorted(PACKAGES)


def test_the_readme_names_every_package():
    assert {name for name, _ in ROOM.findall((ROOT / "README.md").read_text())} == {*PACKAGES}


def floors() -> list[tuple[str, set[str]]]:
    """The floors that do not know all below them, and what each knows by the page."""
    rows = ROOM.findall((ROOT / "docs" / "architecture.md").read_text())
    known = [(name, row.rpartition("|")[2]) for name, row in rows]
    named = [
        (name, set(re.findall(r"`(\w+)/`", last))) for name, last in known if "below" not in last
    ]
    assert len(named) == 7
    return named


def imported_by(package: str) -> set[str]:
    """The other packages of ours that a package imports."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / package).rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in names} & set(PACKAGES) - {package}


@pytest.mark.parametrize(("package", "known"), floors())
def test_a_floor_knows_what_the_page_says(package: str, known: set[str]):
    assert imported_by(package) == known


@pytest.mark.parametrize(
    "code",
    ["jobs/nowhere.py", "jobs.rules.table.NOTHING", "jobs.nowhere", "Nowhere", "nowhere/<kind>.py"],
)
def test_what_is_not_there_is_noticed(code: str):
    assert not exists(code)
