"""No reason that a lower floor gives a member is English only: each is a `Sentence`."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands.languages.messages import PACKAGES, ROOT, TEXTS
from sentences import FORM

if TYPE_CHECKING:
    from collections.abc import Iterator

    Function = ast.FunctionDef | ast.AsyncFunctionDef

FLOORS = ("generation", "jobs", "media", "prompts", "quarantine")
MODULES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]

SHOWN = {"BadRequest": 1, "_said": 0}
"""Which argument of what is read by members."""

READERS = {"generation/credits.py", "jobs/ids.py", "media/camera.py"}
"""Modules that read what members type; their ValueErrors are shown."""

FILES = {"media/verify.py", "quarantine"}
"""Where attached files are looked at; what is too large or complex in one is shown."""

SHOWN_FAULTS = {"TOO_MANY_PIXELS", "TOO_MANY_BYTES", "TOO_COMPLEX"}
SERVICES_WORDS = {"clean", "_said"}
"""Give the words of a service, which are in its own language."""


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


RETURNS = {
    node.name: ast.unparse(node.returns)
    for path in MODULES
    for node in ast.walk(parsed(path))
    if isinstance(node, ast.FunctionDef) and node.returns is not None
}
"""What the functions of these floors give, by name."""


def name_of(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def shown(call: ast.Call, module: str) -> Iterator[ast.expr]:
    """What of a call's arguments members read."""
    name = name_of(call.func)
    if name == "ValueError" and module in READERS:
        yield from call.args[:1]
    elif name in ("BadPicture", "BadStructure") and module.startswith(tuple(FILES)):
        if getattr(call.args[0], "attr", "") in SHOWN_FAULTS:
            yield from call.args[1:2]
    elif name in SHOWN:
        yield from call.args[SHOWN[name] :][:1]


def plain(value: ast.expr, function: Function) -> Iterator[str]:
    """What of an expression is text and no sentence, followed through the function's variables."""
    match value:
        case ast.Constant(value=str() as text) if re.search("[A-Za-z]{2}", text):
            yield text
        case ast.JoinedStr():
            yield ast.unparse(value)
        case ast.Name():
            for assigned in assignments(function, value.id):
                yield from plain(assigned, function)
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from plain(part, function)
        case ast.IfExp(body=body, orelse=orelse):
            yield from plain(body, function)
            yield from plain(orelse, function)
        case ast.BinOp(left=left, right=right):
            yield from plain(left, function)
            yield from plain(right, function)
        case ast.Call(func=called) if name_of(called) not in {*TEXTS, *SERVICES_WORDS}:
            if RETURNS.get(name_of(called), "str").startswith("str"):
                yield ast.unparse(value)
        case _:
            pass


def assignments(function: Function, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            yield node.value


def english_only(source: ast.Module, module: str) -> list[str]:
    return [
        f"line {call.lineno}: {text}"
        for function in ast.walk(source)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        for value in shown(call, module)
        for text in plain(value, function)
    ]


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_what_members_read_is_a_sentence(path: Path) -> None:
    assert english_only(parsed(path), str(path.relative_to(ROOT))) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('raise BadRequest("size", "it is too large")', "it is too large"),
        ('raise BadRequest("size", f"{size} is too large")', "f'{size} is too large'"),
        ('reason = "it is empty"; raise BadRequest("prompt", reason)', "it is empty"),
        ('raise BadRequest("size", text or "nobody says why")', "nobody says why"),
        ('raise BadRequest("size", str(problem))', "str(problem)"),
        ('raise ValueError("it is no number")', "it is no number"),
    ],
)
def test_english_is_noticed(line: str, found: str) -> None:
    source = ast.parse(f"def check(text):\n    {line}")
    assert english_only(source, "generation/credits.py") == [f"line 2: {found}"]


def test_sentences_are_no_english() -> None:
    source = ast.parse(
        "def check(size, given):\n"
        '    problem = Sentence("{size} is odd", size=size)\n'
        '    raise BadRequest("size", problem if size else outside(size, 1, 2))\n'
    )
    assert english_only(source, "generation/x.py") == []


def sentences(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and name_of(node.func) == "Sentence":
            yield node


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_sentences_survive_as_json(path: Path) -> None:
    """`Sentence.from_json` refuses what is more than the name of a value and a usual form."""
    for call in sentences(path):
        text = call.args[0]
        if call.keywords and isinstance(text, ast.Constant):
            assert FORM.fullmatch(str(text.value)), f"line {call.lineno}: {text.value}"


def test_every_floor_with_sentences_is_in_the_catalogue() -> None:
    floors = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"sentences"}
    speaking = {
        floor
        for floor in floors
        for path in (ROOT / floor).rglob("*.py")
        if "from sentences import" in path.read_text(encoding="utf-8")
    }
    assert speaking <= set(PACKAGES)
