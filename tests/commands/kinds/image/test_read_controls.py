"""Control pictures: which kind, how strong, and refused where the engine has none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commands.errors import BadUpload
from commands.kinds.image.read import ImageRequestForm, Upload, read
from generation.catalogue import catalogue
from generation.catalogue.catalogue import Catalogue
from generation.errors import BadRequest
from generation.request import Control
from jobs.orders.image import ImageOrder

KNOWN = catalogue.load()
NONE, ONE, SEVERAL = "atelier-painter", "stable-diffusion-v1-5", "stable-diffusion-v1-6"
KINDS = {NONE: (), ONE: ("depth",), SEVERAL: ("canny", "openpose")}
ENGINES = Catalogue(replace(KNOWN.get(name), controls=kinds) for name, kinds in KINDS.items())
PICTURE = Upload(
    url="https://cdn.discordapp.com/a.png",
    filename="a.png",
    size=100,
    content_type="image/png",
    width=64,
    height=64,
)


def order(engine: str = SEVERAL, **options: Any) -> ImageOrder:
    return read(ImageRequestForm(prompt="a fox", engine=engine, **options), ENGINES, NONE)


def refusal(engine: str = SEVERAL, **options: Any) -> tuple[str, str]:
    with pytest.raises((BadRequest, BadUpload)) as caught:
        order(engine, **options)
    return caught.value.field, caught.value.reason


def test_every_request_of_the_order_follows_it():
    found = order(control=PICTURE, control_kind=" Canny", control_strength=80, count=3)
    assert all(request.controls == (Control("canny", b"", 0.8),) for request in found.requests)
    assert found.uses_control
    assert not order().uses_control


def test_where_there_is_one_kind_nobody_has_to_name_it():
    assert order(ONE, control=PICTURE).first.controls == (Control("depth", b"", 1.0),)


def test_what_is_refused_says_what_there_is():
    assert refusal(control=PICTURE) == (
        "control_kind",
        "say what the control picture is: canny, openpose",
    )
    assert refusal(control=PICTURE, control_kind="depth") == (
        "control_kind",
        f"{SEVERAL} has no control of the kind depth; it has canny, openpose",
    )
    assert refusal(NONE, control=PICTURE) == (
        "control",
        f"{NONE} follows no control picture; {ONE}, {SEVERAL} can",
    )
    assert refusal(NONE, control=PICTURE, control_kind="canny") == (
        "control",
        f"{NONE} follows no control picture; {SEVERAL} can",
    )
    assert refusal(NONE, control=PICTURE, control_kind="scribble") == (
        "control",
        f"{NONE} follows no control picture",
    )


@pytest.mark.parametrize("said", [{"control_kind": "canny"}, {"control_strength": 50}])
def test_without_a_picture_nothing_is_said_of_it(said: dict[str, Any]):
    (name,) = said
    assert refusal(**said) == (name, "it needs a control picture as well")


def test_the_strength_has_a_limit():
    assert refusal(control=PICTURE, control_kind="canny", control_strength=201)[0] == "control"


def test_an_edit_keeps_it_and_a_draft_too():
    first = order(control=PICTURE, control_kind="openpose", control_strength=50)
    kept = ImageOrder.from_json(first.to_json())
    assert kept.uses_control
    form = ImageRequestForm(
        prompt="a wolf",
        engine=SEVERAL,
        control_kind="openpose",
        control_strength=50,
        uploads_of="abc",
    )
    again = read(
        ImageRequestForm.from_json(form.to_json()).with_prompt(f"a wolf --engine {SEVERAL}"),
        ENGINES,
        NONE,
        uploads_of=kept,
    )
    assert again.first.controls == (Control("openpose", b"", 0.5),)


def test_drafts_without_one_are_those_of_the_version_before():
    names = {"control", "control_kind", "control_strength"}
    form = ImageRequestForm(prompt="a fox")
    assert not names & form.to_json().keys()
    with_one = ImageRequestForm(prompt="a fox", control=PICTURE, control_kind="canny")
    assert ImageRequestForm.from_json(with_one.to_json()) == with_one
