"""No text that members read is put on a card or into a form without being said."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands.languages.messages import ROOT, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN = {
    "Press": (2,),
    "Card": (0, 1, 2, 3),
    "note_card": (0,),
    "Words": (0, 1),
    "BadInput": (1,),
    "BadUpload": (1,),
    "BadRequest": (1,),
    "quoted": (0,),
}
"""Which arguments of what are read by members."""

NAMED = ("label", "title", "placeholder", "description", "text")
NAMES = {"Modal", "Label", "Select", "SelectOption", "TextInput", "Button", "MediaGalleryItem"}
"""Parts of cards and forms, whose texts are given by name."""

SAID = {*TEXTS, "say_name", "code", "code_block"}
PROPER = re.compile(r"GIF|WebP|LoRA|Discord|attachment://|https?://|<@&?#?|<t:|:[a-zA-Z]>")
"""Names, addresses and mentions, which are the same in every language."""

MODULES = sorted(
    path
    for package in ("commands", "bot/delivery")
    for path in (ROOT / package).rglob("*.py")
    if "languages" not in path.relative_to(ROOT).parts
)


def shown(call: ast.Call) -> Iterator[ast.expr]:
    """What of a call's arguments members read."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    for position in SHOWN.get(name, ()):
        yield from call.args[position : position + 1]
    if name in NAMES:
        yield from (keyword.value for keyword in call.keywords if keyword.arg in NAMED)


def unsaid(value: ast.AST) -> Iterator[str]:
    """Words in an expression that go through none of the functions that say them."""
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") in SAID:
        return
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        if re.search(r"[A-Za-z]{2}", PROPER.sub("", value.value)):
            yield value.value
        return
    match value:
        case ast.JoinedStr():
            parts: list[ast.AST] = list(value.values)
        case ast.FormattedValue():
            parts = [value.value]
        case ast.IfExp():
            parts = [value.body, value.orelse]
        case ast.BinOp():
            parts = [value.left, value.right]
        case ast.BoolOp():
            parts = list(value.values)
        case _:
            parts = []
    for part in parts:
        yield from unsaid(part)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_members_read_is_said(path: Path) -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    found = [
        f"line {call.lineno}: {text}"
        for call in calls
        for value in shown(call)
        for text in unsaid(value)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('Press("edit", job_id, "Edit")', ["Edit"]),
        ('Press("edit", job_id, say("Edit") if text else "More")', ["More"]),
        ('Card(f"**{say(HEAD)}** for {price} credits")', ["** for ", " credits"]),
        ('Modal(title="Limits", custom_id="limits")', ["Limits"]),
        ('BadInput("mask", say("it is missing"))', []),
        ("Card(f\"-# {say('Edit')} · <@{member_id}>\")", []),
    ],
)
def test_words_that_are_not_said_are_found(source: str, found: list[str]) -> None:
    (call,) = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)][:1]
    assert [text for value in shown(call) for text in unsaid(value)] == found
