"""Edits: how they travel, and what is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.catalogue.catalogue import CatalogueError, load, load_file
from generation.codec import decode_request, encode_request
from generation.edits import MAX_SIDE_PX, SEARCHING, Edit, EditAction
from generation.errors import BadRequest
from generation.request import ImageRequest, TextPrompt
from generation.stability.submit import submit_picture
from tests.generation.image.scripted import png

PAINTER = load().get("atelier-painter-edit")
MASK = png(7)


def request_of(edit: Edit | None, mask: bytes | None = None) -> ImageRequest:
    prompts, size = (TextPrompt("a fox"),), (640, 480)
    request = ImageRequest(PAINTER.id, prompts, *size, 7, 0, 0.0, strength=1.0)
    return replace(request, init_image=png(5), mask=mask, edit=edit)


side = st.integers(0, MAX_SIDE_PX)


@given(
    action=st.sampled_from(EditAction),
    search=st.text(min_size=1, max_size=40).filter(str.strip),
    sides=st.tuples(side, side, side, side).filter(any),
)
def test_an_edit_travels_as_it_is(
    action: EditAction, search: str, sides: tuple[int, int, int, int]
):
    edit = Edit(action)
    if action in SEARCHING:
        edit = Edit(action, search=search)
    elif action is EditAction.OUTPAINT:
        edit = Edit(action, sides=sides)
    request = request_of(edit, MASK if action is EditAction.ERASE else None)
    assert decode_request(encode_request(request, "r"), PAINTER).edit == edit


@pytest.mark.parametrize(
    ("edit", "mask", "says"),
    [
        (None, None, "say in extras.edit"),
        (Edit(EditAction.ERASE), None, "needs a mask"),
        (Edit(EditAction.REMOVE_BACKGROUND), MASK, "takes no mask"),
        (Edit(EditAction.REPLACE), None, "say what to look for"),
        (Edit(EditAction.RECOLOUR, search="x" * 2000), None, "more than the 1,000"),
        (Edit(EditAction.ERASE, search="a fox"), MASK, "searches for nothing"),
        (Edit(EditAction.OUTPAINT), None, "has to be above 0"),
        (Edit(EditAction.OUTPAINT, sides=(0, 3000, 0, 0)), None, "3000 is outside 0 to 2,000"),
        (Edit(EditAction.ERASE, sides=(9, 0, 0, 0)), MASK, "lets no picture grow"),
    ],
)
def test_what_does_not_fit_is_named(edit: Edit | None, mask: bytes | None, says: str):
    with pytest.raises(BadRequest, match=says):
        decode_request(encode_request(request_of(edit, mask), "r"), PAINTER)


def test_an_engine_that_draws_takes_no_edit():
    painter = load().get("atelier-painter")
    request = replace(request_of(Edit(EditAction.REMOVE_BACKGROUND)), engine_id=painter.id)
    with pytest.raises(BadRequest, match="draws; leave out"):
        decode_request(encode_request(request, "r"), painter)


@pytest.mark.parametrize("told", [{"action": "paint"}, {"sides": [1, 2]}, {"what": "else"}])
def test_what_is_no_edit_is_refused(told: dict[str, object]):
    message = encode_request(request_of(Edit(EditAction.REMOVE_BACKGROUND)), "r")
    message.extras["edit"].update(told)  # pyright: ignore
    with pytest.raises(BadRequest):
        decode_request(message, PAINTER)


@pytest.mark.parametrize(
    ("engine_id", "edit", "texts"),
    [
        ("edit-erase", Edit(EditAction.ERASE), {"seed": "7"}),
        (
            "edit-outpaint",
            Edit(EditAction.OUTPAINT, sides=(64, 0, 0, 32)),
            {"left": "64", "down": "32", "prompt": "a fox", "seed": "7"},
        ),
        (
            "edit-search-replace",
            Edit(EditAction.REPLACE, search="the boat"),
            {"search_prompt": "the boat", "prompt": "a fox", "seed": "7"},
        ),
        (
            "edit-recolor",
            Edit(EditAction.RECOLOUR, search="the boat"),
            {"select_prompt": "the boat", "prompt": "a fox", "seed": "7"},
        ),
        ("edit-remove-background", Edit(EditAction.REMOVE_BACKGROUND), {}),
    ],
)
def test_stability_is_sent_the_fields_that_it_has(
    engine_id: str, edit: Edit, texts: dict[str, str]
):
    engine, picture = load().get(engine_id), png(5, (64, 64))
    mask = png(7, (64, 64)) if edit.action is EditAction.ERASE else None
    request = replace(
        request_of(edit, mask), engine_id=engine.id, init_image=picture, width=64, height=64
    )
    submit = submit_picture(request, engine)
    assert submit.operation.path == engine.endpoint
    assert submit.texts == texts
    assert set(submit.pictures) == {"image", *(["mask"] if mask else [])}


def test_without_words_an_outpaint_sends_none():
    engine = load().get("edit-outpaint")
    request = request_of(Edit(EditAction.OUTPAINT, sides=(64, 0, 0, 0)))
    request = replace(request, prompts=(TextPrompt(""),), init_image=png(5, (64, 64)))
    assert "prompt" not in submit_picture(request, engine).texts


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('kind = "image"\nedits = ["replace"]', "outpaint"),
        ('kind = "image"\nmask = false\nedits = ["erase"]', "takes a mask"),
        ('kind = "edit"', "name some of"),
        ('kind = "edit"\nedits = ["polish"]', "polish is none of"),
        ('kind = "upscale"\nfactor = 2\nedits = ["erase"]', "only engines of the kinds"),
    ],
)
def test_a_catalogue_says_only_what_can_be(tmp_path: Path, entry: str, says: str):
    path = tmp_path / "engines.toml"
    path.write_text(f'[[engine]]\nid = "mine"\nprice = "flat:1"\n{entry}\n')
    with pytest.raises(CatalogueError, match=says):
        load_file(path)
