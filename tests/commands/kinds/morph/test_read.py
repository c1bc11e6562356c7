"""What is typed for a morph, as an order and as a form."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.errors import BadInput, NoCameraMove
from commands.kinds.morph.forms import morph_form
from commands.kinds.morph.read import MorphRequestForm, at_fault, read_morph
from commands.kinds.pricing import pictures_price_mc
from commands.ui.modals import answers
from generation.catalogue import catalogue
from generation.catalogue.catalogue import Catalogue
from generation.errors import BadRequest
from generation.pricing import picture_price_mc
from generation.request import Lora
from jobs.orders.morph import MorphOrder
from media.camera import Camera, Easing, Move
from prompts import PromptError

ENGINES = catalogue.load()
PAINTER = ENGINES.get("atelier-painter")
SD = next(one for one in ENGINES if one.max_prompt_chars < 3000 and one.kind == catalogue.IMAGE)
MAX_FIELDS, MAX_LABEL, MAX_TITLE = 5, 45, 45


def morph(first: str = "a fox", second: str = "a hare", **options: Any) -> MorphOrder:
    return read_morph(MorphRequestForm(first=first, second=second, **options), ENGINES, PAINTER.id)


def test_the_options_of_the_first_prompt_are_those_of_all():
    order = morph("a fox::1.5 fog::-0.5 --ar 3:2 --seed 7 --steps 12", "a hare", third="snow::2")
    drawn = [[(one.text, one.weight) for one in scene] for scene in order.scenes]
    assert drawn == [[("a fox", 1.5), ("fog", -0.5)], [("a hare", 1.0)], [("snow", 2.0)]]
    assert (order.seed, order.settings.steps) == (7, 12)
    assert order.width / order.height == 1.5
    assert (order.frames, order.fps, order.camera) == (24, 12, None)
    assert order.title == "a fox → a hare → snow"


def test_loras_hold_for_all_prompts():
    engines = Catalogue([replace(PAINTER, loras=("ink", "grain"))])

    def order(first: str, second: str) -> MorphOrder:
        return read_morph(MorphRequestForm(first=first, second=second), engines, PAINTER.id)

    for second in ("a hare", "a hare <lora:ink:0.8>"):
        assert order("a fox <lora:ink:0.8>", second).settings.loras == (Lora("ink", 0.8),)
    for first, second in (("a fox", "a hare <lora:ink:1>"), ("a <lora:ink:1>", "b <lora:ink:2>")):
        with pytest.raises(BadRequest, match="put LoRAs in the first prompt"):
            order(first, second)


def test_slash_options_count_too():
    order = morph(size="256x128", seed=9, frames="48", fps="30", engine=PAINTER.id)
    assert (order.width, order.height, order.seed) == (256, 128, 9)
    assert (order.frames, order.fps) == (48, 30)


def test_without_a_seed_one_is_drawn_for_all_frames():
    assert len({one.seed for one in morph().requests}) == 1
    assert len({morph().seed for _ in range(5)}) > 1


def test_what_is_kept_out_may_differ():
    order = morph("a fox --no text", "a hare --no blur, noise")
    assert [one.text for one in order.scenes[1]] == ["a hare", "blur", "noise"]


def test_a_morph_costs_as_many_pictures_as_it_has_frames():
    order = morph(size="512x512", frames="30")
    each_mc = picture_price_mc(PAINTER, 512, 512, PAINTER.default_steps)
    assert pictures_price_mc(order, ENGINES) == 30 * each_mc


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"second": "a hare --ar 3:2"}, "second prompt"),
        ({"third": "a bear --seed 4"}, "third prompt"),
        ({"second": "a {red, blue} hare"}, "second prompt"),
        ({"first": "a {red, blue} fox"}, "first prompt"),
        ({"first": "a fox --count 2"}, "first prompt"),
        ({"first": "a fox", "second": " A  (fox:1.0)::1"}, "second prompt"),
        ({"first": "a fox", "second": "a\u200b fo\u2060x"}, "second prompt"),
        ({"first": "caf\u00e9", "second": "Cafe\u0301"}, "second prompt"),
        ({"first": "fox::2 snow::1", "second": "snow::1 fox::2"}, "second prompt"),
        ({"second": "a hare --no fog", "third": "a hare::1 fog::-1"}, "third prompt"),
        ({"frames": "7"}, "frames"),
        ({"frames": "121"}, "frames"),
        ({"frames": "many"}, "frames"),
        ({"frames": "１２"}, "frames"),
        ({"fps": "3"}, "fps"),
        ({"fps": "9" * 50}, "fps"),
        ({"first": "x" * 1500, "second": "y" * 1500, "engine": SD.id}, "second prompt"),
    ],
)
def test_what_is_no_morph_names_its_field(options: dict[str, Any], field: str):
    with pytest.raises(BadRequest) as refused:
        morph(**options)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a \U0001f469\u200d\U0001f680 waves", "a \U0001f469\U0001f680 waves"),
        ("a \U0001f3f3\ufe0f\u200d\U0001f308", "a \U0001f3f3\ufe0f\U0001f308"),
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
    ],
)
def test_emoji_that_look_different_are_different(first: str, second: str):
    assert len(morph(first, second).scenes) == 2


@pytest.mark.parametrize(
    ("options", "field"),
    [({"strength": 5}, "strength"), ({"easing": "smooth"}, "easing"), ({"camera": "x"}, "camera")],
)
def test_a_camera_that_is_none_names_its_field(options: dict[str, Any], field: str):
    with pytest.raises((BadInput, NoCameraMove)) as refused:
        morph(**options)
    assert refused.value.field == field


def test_a_camera_move():
    order = morph(camera="pan-left", strength=70, easing="ease-in")
    assert order.camera == Camera(move=Move.PAN_LEFT, strength=70, easing=Easing.EASE_IN)


def test_the_prompt_with_the_mistake_is_found():
    form = MorphRequestForm(first="a fox", second="a hare::99", third="b::88")
    with pytest.raises(PromptError) as refused:
        read_morph(form, ENGINES, PAINTER.id)
    assert at_fault(form) == "a hare::99"
    assert refused.value.offending in at_fault(form)
    assert at_fault(MorphRequestForm(first="a fox", second="a hare")) == "a fox"


texts = st.sampled_from(
    ["a fox", "a (tall:1.3) hare::1.5 fog::-0.5", "snow --no text, blur", "x | y:2"]
)
asks = st.builds(
    MorphRequestForm,
    first=texts,
    second=texts,
    third=st.sampled_from(["", " "]) | texts,
    frames=st.just("") | st.integers(8, 120).map(str),
    fps=st.just("") | st.integers(4, 30).map(str),
    seed=st.none() | st.integers(1, 9),
    size=st.sampled_from([None, "64x128"]),
    camera=st.sampled_from([None, "orbit"]),
).filter(lambda one: one.second not in (one.first, one.third))


@given(asks)
def test_an_ask_survives_a_draft(form: MorphRequestForm):
    assert MorphRequestForm.from_json(form.to_json()) == form


@given(asks.filter(lambda one: one.seed))
def test_a_form_that_is_sent_as_it_was_asks_for_the_same(form: MorphRequestForm):
    order = read_morph(form, ENGINES, PAINTER.id)
    assert read_morph(form.edited(form.as_form()), ENGINES, PAINTER.id) == order


@given(asks.filter(lambda one: one.seed))
def test_a_morph_can_be_asked_for_again(form: MorphRequestForm):
    order = read_morph(form, ENGINES, PAINTER.id)
    assert read_morph(MorphRequestForm.again(order), ENGINES, PAINTER.id) == order


async def test_the_form_is_one_that_discord_takes():
    values = MorphRequestForm(first="x" * 6000, second="a hare").as_form()
    form: Any = morph_form("morph_redone", "0123456789abcdef", values).to_dict()
    fields = [row["component"] for row in form["components"]]
    assert len(fields) <= MAX_FIELDS
    assert len(form["title"]) <= MAX_TITLE
    assert all(len(row["label"]) <= MAX_LABEL for row in form["components"])
    assert [one["required"] for one in fields] == [True, True, False, True, True]
    assert all(len(one.get("value", "")) <= one["max_length"] for one in fields)


async def test_a_form_comes_back_by_its_fields():
    fields = {"first": "a fox", "second": "a hare", "third": "", "frames": "9", "fps": "8"}
    components = [
        {"type": 18, "component": {"type": 4, "custom_id": name, "value": value}}
        for name, value in fields.items()
    ]
    sent: Any = SimpleNamespace(data={"custom_id": "x:y:z", "components": components})
    assert answers(sent.data) == fields
