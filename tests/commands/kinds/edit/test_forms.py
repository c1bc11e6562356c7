"""The forms of edits: Discord takes them with any text, and they give it back."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from commands.kinds.edit.form import EditForm
from commands.kinds.edit.forms import edit_form, redo_form, typed_words
from commands.kinds.edit.words import read_words
from commands.ui.modals import MAX_FIELDS
from generation.edits import MAX_SEARCH, EditAction

DRAFT = "0123456789abcdef"
ENGINE = "edit-search-replace"
TOLD = (EditAction.OUTPAINT, EditAction.REPLACE, EditAction.RECOLOUR)


def fields_of(form: Any) -> list[dict[str, Any]]:
    return [row["component"] for row in form.to_dict()["components"]]


def sent(**values: str) -> Any:
    """What Discord delivers of a form with those texts."""
    components = [
        {"type": 18, "component": {"type": 4, "custom_id": name, "value": value}}
        for name, value in values.items()
    ]
    return SimpleNamespace(data={"custom_id": f"edit_redone:{DRAFT}:1", "components": components})


def sent_back(form: Any) -> Any:
    return sent(**{one["custom_id"]: one.get("value", "") for one in fields_of(form)})


@pytest.mark.parametrize("action", TOLD)
@pytest.mark.parametrize("length", [0, 1999, 2000, 2500, 4000, 6500, 30_000])
async def test_discord_takes_the_form_of_any_texts(action: EditAction, length: int):
    """A style, an engine and the names of mentions make the texts longer than they were typed."""
    kept = EditForm(action=action, words="x" * length, search="y" * length, engine=ENGINE)
    fields = fields_of(redo_form(DRAFT, kept))
    assert len(fields) <= MAX_FIELDS
    for one in fields:
        assert len(one.get("value", "")) <= one["max_length"] <= 4000


@pytest.mark.parametrize("action", TOLD)
async def test_words_that_became_longer_come_back_whole(action: EditAction):
    kept = EditForm(action=action, words="x" * 6500, search="y" * (MAX_SEARCH + 1), engine=ENGINE)
    form = redo_form(DRAFT, kept)
    assert typed_words(sent_back(form)) == kept.whole_words
    if action is not EditAction.OUTPAINT:
        assert fields_of(form)[0]["value"] == kept.search


@pytest.mark.parametrize("chosen", ["inpaint", *TOLD])
async def test_each_form_says_its_words(chosen: str):
    names = {one["custom_id"] for one in fields_of(edit_form(chosen, DRAFT, ""))}
    assert "prompt0" in names
    assert typed_words(sent(prompt0="a ", prompt1="hill")) == "a hill"


def test_a_form_that_an_earlier_version_opened_says_its_words():
    assert typed_words(sent(search="the sea", words="a hill")) == "a hill"
    assert typed_words(sent(search="the sea")) == ""


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("a hill", f"a hill --engine {ENGINE}"),
        ("a hill --engine edit-outpaint", f"a hill --engine {ENGINE}"),
        ("a hill --engine edit-outpaint --seed 7", f"a hill --seed 7 --engine {ENGINE}"),
        ("--engine edit-outpaint", f"--engine {ENGINE}"),
        ("a hill::99 --engine edit-outpaint", f"a hill::99 --engine {ENGINE}"),
        (" ", " "),
    ],
)
def test_the_engine_of_the_command_is_there_once(words: str, whole: str):
    assert EditForm(action=EditAction.REPLACE, words=words, engine=ENGINE).whole_words == whole


def test_a_form_that_is_sent_unchanged_is_no_mistake():
    form = EditForm(action=EditAction.REPLACE, words="a hill --engine edit-outpaint", engine=ENGINE)
    again = read_words(replace(form, words=form.whole_words, engine=None))
    assert again is not None
    assert again.options.engine == ENGINE
