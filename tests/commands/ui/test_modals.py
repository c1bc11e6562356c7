"""Forms hold the whole prompt and give it back exactly."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.ui.modals import (
    MAX_FIELDS,
    MAX_INPUT,
    answers,
    attached_file,
    file_field,
    optional_choice_field,
    parse_submit,
    prompt_modal,
    report_modal,
)
from commands.upload import Upload
from prompts import MAX_CHARS

MAX_TITLE, MAX_ID, MAX_LABEL = 45, 100, 45

SUBJECT = "0123456789abcdef"


def sent_back(form: dict[str, Any], **typed: str) -> Any:
    """What Discord delivers when a member sends a form off, with some fields typed anew."""
    fields = [row["component"] for row in form["components"]]
    values = {one["custom_id"]: typed.get(one["custom_id"], one.get("value", "")) for one in fields}
    components = [
        {"type": 18, "component": {"type": 4, "custom_id": name, "value": value}}
        for name, value in values.items()
    ]
    return SimpleNamespace(data={"custom_id": form["custom_id"], "components": components})


async def test_a_form_says_what_it_is_for():
    form = prompt_modal("edited", SUBJECT, "a fox").to_dict()
    assert parse_submit(sent_back(form)) == ("edited", SUBJECT, "a fox")
    assert len(form["title"]) <= MAX_TITLE
    assert len(form["custom_id"]) <= MAX_ID


async def test_two_forms_never_share_an_id():
    """The library would hand one member's text to the other."""
    ids = {prompt_modal("edited", SUBJECT, "a fox").custom_id for _ in range(50)}
    assert len(ids) == 50


async def test_a_form_is_known_to_nobody_once_it_is_dismissed():
    assert prompt_modal("edited", SUBJECT, "a fox").is_finished()


async def test_a_long_prompt_fills_two_fields():
    prompt = "x" * MAX_CHARS
    form = prompt_modal("edited", SUBJECT, prompt).to_dict()
    assert [len(row["component"]["value"]) for row in form["components"]] == [4000, 2000]
    assert parse_submit(sent_back(form)) == ("edited", SUBJECT, prompt)


async def test_a_prompt_that_grows_has_room():
    form = prompt_modal("edited", SUBJECT, "x" * 3900).to_dict()
    assert len(form["components"]) == 2
    _, _, text = parse_submit(sent_back(form, prompt1="and more"))
    assert text.endswith("xand more")


async def test_a_prompt_that_became_longer_than_two_fields_is_shown_whole():
    prompt = "x" * (2 * MAX_INPUT + 10)
    form = prompt_modal("redone", SUBJECT, prompt).to_dict()
    assert [len(row["component"]["value"]) for row in form["components"]] == [4000, 4000, 10]
    assert parse_submit(sent_back(form)) == ("redone", SUBJECT, prompt)


@pytest.mark.parametrize("others", [0, 2])
async def test_no_prompt_is_too_long_for_a_form(others: int):
    choices = [file_field("Mask", f"mask{number}", "") for number in range(others)]
    form = prompt_modal("redone", SUBJECT, "x" * 50_000, choices).to_dict()
    texts = [row["component"] for row in form["components"] if row["component"]["type"] == 4]
    assert len(form["components"]) == MAX_FIELDS
    assert all(len(one["value"]) == MAX_INPUT == one["max_length"] for one in texts)


@pytest.mark.parametrize(("length", "most"), [(0, 400), (400, 400), (401, 401), (5000, 4000)])
async def test_a_field_takes_the_text_that_is_in_it(length: int, most: int):
    form = report_modal("reported", SUBJECT, "x" * length).to_dict()
    (row,) = form["components"]
    assert row["component"]["max_length"] == most
    assert len(row["component"].get("value", "")) == min(length, most)


prompts = st.tuples(
    st.text(" \n.,a🦊\u00a0", min_size=1, max_size=40), st.integers(1, MAX_CHARS)
).map(lambda drawn: (drawn[0] * MAX_CHARS)[: drawn[1]])


@given(prompts)
async def test_any_prompt_comes_back_exactly(prompt: str):
    form = prompt_modal("redone", SUBJECT, prompt).to_dict()
    values = [row["component"].get("value", "") for row in form["components"]]
    assert "".join(values) == prompt
    for row in form["components"]:
        assert len(row["label"]) <= MAX_LABEL
        assert len(row["component"].get("value", "")) <= MAX_INPUT == row["component"]["max_length"]
    assert parse_submit(sent_back(form))[2] == prompt


FILE: dict[str, Any] = {
    "id": "7",
    "url": "http://cdn/mask.png",
    "filename": "mask.png",
    "size": 90,
    "content_type": "image/png",
    "width": 64,
    "height": 48,
}


def with_file(values: Any, resolved: Any) -> Any:
    field = {"type": 19, "custom_id": "mask", "values": values}
    return {"components": [{"type": 18, "component": field}], "resolved": resolved}


def test_a_file_of_a_form_is_what_discord_says_of_it():
    found = attached_file(with_file(["7"], {"attachments": {"7": FILE}}), "mask")
    assert found == Upload(**{name: value for name, value in FILE.items() if name != "id"})


@pytest.mark.parametrize(
    ("values", "resolved"),
    [
        ([], {"attachments": {"7": FILE}}),
        (None, {"attachments": {"7": FILE}}),
        (["8"], {"attachments": {"7": FILE}}),
        (["7"], None),
        (["7"], {"attachments": []}),
        (["7"], {"attachments": {"7": "mask.png"}}),
    ],
)
def test_no_file_is_none(values: Any, resolved: Any):
    assert attached_file(with_file(values, resolved), "mask") is None
    assert attached_file({}, "mask") is None


async def test_what_may_be_left_empty_says_so():
    choice = optional_choice_field("Which part", "area", [("left", "Left third")], "Choose one")
    upload = file_field("Or a mask", "mask", "Black where it changes")
    for field in (choice, upload):
        part: dict[str, Any] = {**field.to_component_dict()["component"]}
        assert part["required"] is False
        assert part["min_values"] == 0
    assert answers({"components": [{"component": {"custom_id": "area", "values": []}}]}) == {}
