"""Cheaper variants: each is read and priced like an order, so it is one that will be taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.image.offers import LEAST_STEPS, cheaper
from commands.kinds.image.read import ImageRequestForm, read
from commands.kinds.pricing import pictures_price_mc
from commands.upload import Upload
from generation.catalogue.catalogue import Engine, load
from generation.pricing import is_priced

KNOWN = load().of_kind("image")
CATALOGUE = KNOWN.only(engine.id for engine in KNOWN if is_priced(engine))
ENGINE = "atelier-painter"


PICTURE = Upload(
    url="https://cdn.discordapp.com/a.png",
    filename="a.png",
    size=100,
    content_type="image/png",
    width=64,
    height=64,
)


def labels(prompt: str, room_mc: int, count: int | None = None, **options: Any) -> list[str]:
    form = ImageRequestForm(prompt=prompt, count=count, **options)
    return [one.label for one in cheaper(form, CATALOGUE, ENGINE, room_mc=room_mc)]


def test_fewer_smaller_faster():
    assert labels("a fox --count 4", 500) == [
        "2 pictures · 0.41",
        "4 at 448×448 · 0.28",
        "18 steps · 0.49",
    ]
    assert labels("a fox", 150) == ["448×448 · 0.07", "22 steps · 0.15"]


def test_a_smaller_square_stays_square():
    assert labels("a fox --size 1024x1024 --count 4 --steps 150", 24_000)[1] == (
        "4 at 832×832 · 22.59"
    )


def test_a_shape_without_a_near_size_comes_as_close_as_it_can():
    # In steps of 64 pixels nothing smaller is exactly 11:6.
    (offer,) = (one for one in labels("a fox --size 704x384", 150) if "×" in one)
    assert offer == "640×320 · 0.08"


def test_permutations_keep_all_their_variants():
    assert labels("{red, blue} fox --count 2", 500)[0] == "2 pictures · 0.41"
    assert not any("picture" in label for label in labels("{red, blue} fox", 300))


def test_the_slash_option_counts_like_the_prompts_own():
    assert labels("a fox", 500, count=4)[0] == "2 pictures · 0.41"


def test_where_no_single_change_is_enough_one_smaller_picture():
    # Four of any size at this shape cost at least 0.04.
    assert labels("a fox --count 4", 20) == ["384×384 · 0.01"]


@pytest.mark.parametrize(
    ("room_mc", "expected"),
    [(19_999, ["3 pictures · 15.00"]), (10_000, ["2 pictures · 10.00"]), (4_999, [])],
)
def test_with_a_mask_its_own_price_counts(room_mc: int, expected: list[str]):
    ultra = "stable-image-ultra"
    assert labels("a fox", room_mc, 4, engine=ultra, image=PICTURE, mask=PICTURE) == expected


def test_without_room_nothing_is_offered():
    assert labels("a fox --count 4", 0) == []
    assert labels("a fox", 9) == []


def test_what_cannot_be_read_has_no_variants():
    assert labels("a fox::11", 500) == []


prompts = st.sampled_from(
    ["a fox", "{a, b} fox::2 fog::-1 --no text", "a (tall:1.3) fox --ar 3:2", "a, b --seed 7"]
)


@given(
    prompts,
    st.integers(1, 8),
    st.integers(10, 50),
    st.sampled_from(list(CATALOGUE)),
    st.integers(0, 5000),
)
def test_an_offer_is_cheaper_and_fits(
    prompt: str, count: int, steps: int, engine: Engine, room_mc: int
):
    steps = min(max(steps, engine.min_steps), engine.max_steps) if engine.has_steps else steps
    form = ImageRequestForm(prompt=f"{prompt} --steps {steps}", count=count, engine=engine.id)
    order = read(form, CATALOGUE, ENGINE)
    price_mc = pictures_price_mc(order, CATALOGUE)
    for offer in cheaper(form, CATALOGUE, ENGINE, room_mc=min(room_mc, price_mc - 1)):
        variant = read(offer.form, CATALOGUE, ENGINE)
        assert pictures_price_mc(variant, CATALOGUE) == offer.quote.price_mc <= room_mc
        assert offer.quote.price_mc < price_mc
        assert {one.prompts for one in variant.requests} == {one.prompts for one in order.requests}
        assert variant.first.engine_id == order.first.engine_id
        assert variant.first.steps >= min(LEAST_STEPS, order.first.steps)
        assert len(offer.label) <= 80


@pytest.mark.parametrize("engine", list(CATALOGUE), ids=lambda one: one.id)
def test_a_variant_of_every_engine_has_about_the_same_shape(engine: Engine):
    form = ImageRequestForm(prompt="a fox --ar 3:2 --count 2", engine=engine.id)
    order = read(form, CATALOGUE, ENGINE)
    ratio = order.first.width / order.first.height
    for offer in cheaper(form, CATALOGUE, ENGINE, room_mc=pictures_price_mc(order, CATALOGUE) - 1):
        first = read(offer.form, CATALOGUE, ENGINE).first
        assert 0.9 < first.width / first.height / ratio < 1.12


def test_the_picture_of_a_film_keeps_its_size():
    form = ImageRequestForm(prompt="a fox", video={"motion": 127})
    order = read(form, CATALOGUE, ENGINE)
    offers = cheaper(form, CATALOGUE, ENGINE, room_mc=pictures_price_mc(order, CATALOGUE) - 1)
    assert offers
    for offer in offers:
        first = read(offer.form, CATALOGUE, ENGINE).first
        assert (first.width, first.height) == (order.first.width, order.first.height)
