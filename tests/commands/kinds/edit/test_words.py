"""The words of an edit, as the engines that edit are told them."""

from __future__ import annotations

import pytest

from commands.kinds.edit.form import EditForm
from commands.kinds.edit.words import fit_words, read_words
from generation.catalogue.catalogue import load
from generation.edits import EditAction
from generation.errors import BadRequest
from generation.request import StylePreset
from prompts import PromptError, parse

KNOWN = load()
PAINTER, SDXL, REPLACE, OUTPAINT = (
    KNOWN.get(name)
    for name in (
        "atelier-painter-edit",
        "stable-inpainting-v1-0",
        "edit-search-replace",
        "edit-outpaint",
    )
)
SIZE = (512, 512)


def form(words: str, engine: str | None = None) -> EditForm:
    return EditForm(action=EditAction.REPLACE, words=words, engine=engine)


def texts(words: str, engine: str) -> list[tuple[str, float]]:
    request, _ = fit_words(parse(words), KNOWN.get(engine), SIZE, KNOWN, has_mask=False)
    return [(one.text, one.weight) for one in request.prompts]


def told(words: str, engine: str) -> list[str]:
    found = fit_words(parse(words), KNOWN.get(engine), SIZE, KNOWN, has_mask=False)
    return [str(notice) for notice in found[1]]


def test_words_may_be_missing_or_wrong():
    assert read_words(form(" \n ")) is None
    with pytest.raises(PromptError):
        read_words(form("a hill::99"))
    with pytest.raises(BadRequest, match="one picture, not 2"):
        read_words(form("a {red, blue} hill"))
    with pytest.raises(BadRequest, match="one picture, not 3"):
        read_words(form("a hill --count 3"))


def test_an_engine_that_is_named_is_the_one_of_the_command_first():
    assert (found := read_words(form("a hill --engine edit-outpaint")))
    assert found.options.engine == "edit-outpaint"
    assert (found := read_words(form("a hill --engine edit-outpaint", "edit-search-replace")))
    assert found.options.engine == "edit-search-replace"
    assert found.notices


@pytest.mark.parametrize("engine", [PAINTER.id, SDXL.id])
def test_weights_travel_over_grpc(engine: str):
    assert texts("a hill::2 fog::-0.5 --no text", engine) == [
        ("a hill", 2.0),
        ("fog", -0.5),
        ("text", -1.0),
    ]
    assert told("a hill::2 fog::-0.5", engine) == []


def test_the_service_has_one_text_and_one_against_it():
    assert texts("a hill::2 sea::1 --no text", REPLACE.id) == [
        ("a hill, (sea:0.5)", 1.0),
        ("text", -1.0),
    ]
    assert told("a hill --no text", REPLACE.id) == []
    assert told("a hill --no text", OUTPAINT.id) == [
        "edit-outpaint keeps nothing out of a picture; it draws without that."
    ]


def test_options_are_taken_or_told():
    words = "a hill --seed 7 --steps 12 --style anime --cfg 9"
    request, notices = fit_words(parse(words), REPLACE, SIZE, KNOWN, has_mask=False)
    assert (request.seed, request.style, request.steps) == (7, StylePreset.ANIME, 0)
    assert [str(one) for one in notices] == [
        "edit-search-replace has no steps; it draws without them.",
        "edit-search-replace has no cfg; it draws without it.",
    ]
    request, notices = fit_words(parse(words), PAINTER, SIZE, KNOWN, has_mask=False)
    assert (request.seed, request.style, request.steps) == (7, None, 0)
    assert len(notices) == 3
    request, notices = fit_words(parse("a hill --steps 12"), SDXL, SIZE, KNOWN, has_mask=True)
    assert (request.steps, notices) == (12, ())


@pytest.mark.parametrize("engine", [PAINTER.id, SDXL.id, REPLACE.id])
def test_the_picture_decides_its_shape(engine: str):
    words = "a hill --size 64x64 --ar 3:2 --strength 20"
    request, _ = fit_words(parse(words), KNOWN.get(engine), SIZE, KNOWN, has_mask=False)
    assert (request.width, request.height, request.strength) == (*SIZE, 1.0)
    assert told(words, engine) == [
        "Left out, since here the picture decides: --ar, --size, --strength."
    ]
