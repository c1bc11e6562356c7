"""A picture to start from decides the shape, where nobody named one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.image.cuts import cut_of, is_asked_about
from commands.kinds.image.read import ImageRequestForm, read, without_unknown
from commands.kinds.image.shapes import equal_sizes, has_free_shape, reshaped
from commands.kinds.pricing import pictures_price_mc
from commands.upload import Upload
from generation.catalogue.catalogue import Catalogue, load
from generation.errors import BadRequest
from generation.pricing import is_priced
from generation.request import Lora

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine

    Size = tuple[int, int]

KNOWN = load().of_kind("image")
CATALOGUE = KNOWN.only(engine.id for engine in KNOWN if is_priced(engine))
ENGINE = "atelier-painter"
SIDES = st.integers(1, 10_000)


def upload(width: int | None, height: int | None) -> Upload:
    return Upload(
        url="https://cdn.example/a",
        filename="a.jpg",
        size=9,
        content_type="image/jpeg",
        width=width,
        height=height,
    )


def form(prompt: str = "a fox", **options: Any) -> ImageRequestForm:
    return ImageRequestForm(prompt=prompt, image=upload(640, 400), **options)


def test_the_allowed_size_nearest_to_its_shape_is_taken():
    order = read(form(), CATALOGUE, ENGINE)
    width, height = order.first.width, order.first.height
    assert (width, height) == CATALOGUE.get(ENGINE).size_for_shape(640, 400)
    assert abs(width / height - 1.6) < 0.1


@pytest.mark.parametrize("options", [{"size": "512x512"}, {"aspect": "1:1"}])
def test_where_a_size_is_named_the_cut_is_told(options: dict[str, str]):
    order = read(form(**options), CATALOGUE, ENGINE)
    assert (order.first.width, order.first.height) == (512, 512)
    assert order.notices == (
        "The picture to start from is cut to 512×512; its sides are lost (38% of it)."
        " Leave out size and aspect to keep all of it.",
    )
    assert not has_free_shape(form(**options))
    assert not has_free_shape(form("a fox --size 512x512"))


def test_a_picture_on_its_side_gets_the_other_shape_for_the_same_price():
    order = read(form(), CATALOGUE, ENGINE)
    sizes = equal_sizes(
        order, CATALOGUE.get(ENGINE), partial(pictures_price_mc, catalogue=CATALOGUE)
    )
    upright = (order.first.height, order.first.width)
    assert upright in sizes
    engine = CATALOGUE.get(ENGINE)
    turned = reshaped(order, upright, (400, 640), engine, is_free=True)
    assert (turned.first.width, turned.first.height) == upright
    assert pictures_price_mc(turned, CATALOGUE) == pictures_price_mc(order, CATALOGUE)
    assert turned.notices == cut_of((400, 640), upright, engine, is_free=True)


def test_an_engine_without_such_a_shape_says_how_to_keep_all():
    engine = CATALOGUE.get("stable-diffusion-xl-1024-v1-0")
    long = (4000, 400)
    (told,) = cut_of(long, engine.size_for_shape(*long), engine, is_free=True)
    assert told.endswith("draws no shape nearer to its own; add a border to keep all of it.")
    (told,) = cut_of(long, (1024, 1024), engine)
    assert told.endswith("Leave out size and aspect to keep more of it.")


@given(
    start=st.tuples(SIDES, SIDES),
    engine=st.sampled_from([*CATALOGUE]),
    size=st.tuples(SIDES, SIDES),
)
def test_what_is_asked_about_is_told(start: Size, engine: Engine, size: Size):
    told = cut_of(start, size, engine)
    assert bool(told) or not is_asked_about(start, size)
    assert not is_asked_about(start, start)
    assert cut_of(start, start, engine) == cut_of(None, size, engine) == ()


def test_strength_stands_in_the_prompt_or_beside_it():
    assert read(form("a fox --strength 40"), CATALOGUE, ENGINE).first.strength == 0.4
    beside = read(form("a fox --strength 40", strength=30), CATALOGUE, ENGINE)
    assert beside.first.strength == 0.3
    assert "The command's own strength replaces --strength." in beside.notices
    assert form(strength=30).with_prompt("a fox --strength 50").strength is None
    assert form(strength=30).with_prompt("a fox").strength == 30


def test_titles_and_words_are_on_one_line():
    order = read(
        ImageRequestForm(prompt="a red fox\nin {snow,\r\nfog} --ar 3:2"), CATALOGUE, ENGINE
    )
    assert order.title == "a red fox in {snow, fog}"
    assert [one.prompts[0].text for one in order.requests] == [
        "a red fox in snow",
        "a red fox in fog",
    ]


def test_unknown_options_alone_can_be_left_out():
    assert without_unknown(form("a fox --v 6 --ar 3:2")).prompt == "a fox --ar 3:2"
    assert without_unknown(form("a fox::11 --v 6")).prompt == "a fox::11 --v 6"


def test_loras_go_to_an_engine_that_has_them():
    has = replace(CATALOGUE.get(ENGINE), loras=("Ink", "grain"))
    catalogue = Catalogue([has])
    order = read(ImageRequestForm(prompt="a fox <lora:ink:0.8> --count 2"), catalogue, ENGINE)
    assert all(one.loras == (Lora("Ink", 0.8),) for one in order.requests)
    assert not any("LoRA" in notice for notice in order.notices)
    assert "<lora:ink:0.8>" in order.prompt
    with pytest.raises(BadRequest) as caught:
        read(ImageRequestForm(prompt="a fox <lora:grein:1>"), catalogue, ENGINE)
    assert str(caught.value) == f"lora: {ENGINE} has no LoRA grein; did you mean grain or Ink?"


def test_a_lora_is_told():
    order = read(ImageRequestForm(prompt="a fox <lora:ink:0.8>"), CATALOGUE, ENGINE)
    assert f"{ENGINE} takes no LoRA; ink is left out." in order.notices
    assert "<lora:ink:0.8>" in order.prompt
