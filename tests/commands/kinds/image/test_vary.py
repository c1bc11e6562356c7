"""Which variations of a picture are offered, what they draw, and by which engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from commands.kinds.image.kept_picture import KeptPicture, with_mark
from commands.kinds.image.read import ImageRequestForm, read
from commands.kinds.image.vary import vary_line, vary_offers
from commands.kinds.view import OfferedEngines
from generation.catalogue.catalogue import Catalogue, Engine, load
from jobs.orders.by_kind import marked_as
from jobs.orders.image import ImageOrder
from tests.commands.engines import FixedEngines
from tests.commands.ui.test_cards import a_job

KNOWN = load()
PAINTER = KNOWN.get("atelier-painter")


def engines(*offered: Engine) -> OfferedEngines:
    source = FixedEngines(Catalogue(offered))
    return OfferedEngines(source, lambda: datetime(2026, 11, 30, tzinfo=UTC))


def order(prompt: str, *offered: Engine, **options: Any) -> ImageOrder:
    form = ImageRequestForm(prompt=prompt, **options)
    return read(form, Catalogue(offered or (PAINTER,)), (offered or (PAINTER,))[0].id)


def kept(drawn: ImageOrder, position: int = 0) -> KeptPicture:
    width, height = drawn.first.width, drawn.first.height
    return KeptPicture(job_id="k3f9abcd", position=position, width=width, height=height)


def orders(drawn: ImageOrder, offered: OfferedEngines, position: int = 0) -> list[ImageOrder]:
    """What the variations of a picture of an order draw."""
    return [
        read(offer.form, offered.catalogue, offered.default.id)
        for offer in vary_offers(drawn, position, kept(drawn, position), offered)
    ]


def test_words_and_options_stay_and_the_seed_is_another_one():
    drawn = order("a fox::1.5 fog::-0.5 --seed 7 --count 2 --steps 12 --size 704x384")
    subtle, strong = orders(drawn, engines(PAINTER))
    for made in (subtle, strong):
        assert made.prompt == "a fox::1.5 fog::-0.5 --size 704x384 --steps 12 --count 2"
        assert made.uses_init
        assert (made.first.width, made.first.height, made.first.steps) == (704, 384, 12)
        assert made.pictures == 2
        assert made.first.seed != 7
    assert (subtle.first.strength, strong.first.strength) == (0.35, 0.7)


def test_the_price_is_that_of_the_pictures():
    drawn = order("a fox --size 704x384")
    subtle, strong = vary_offers(drawn, 0, kept(drawn), engines(PAINTER))
    assert [subtle.label, strong.label] == ["Vary subtle · 0.22", "Vary strong · 0.22"]
    assert subtle.quote.price_mc == strong.quote.price_mc
    assert subtle.quote.engine_id == PAINTER.id
    line = vary_line([subtle, strong], engines(PAINTER))
    assert line == (
        "**Vary** draws a picture from this one by Painter (demo); 35 % or 70 % of it may change."
    )
    assert vary_line([], engines(PAINTER)) == ""


@pytest.mark.parametrize(("position", "words"), [(0, "a red fox"), (1, "a red fox"), (2, "a blue")])
def test_of_permutations_it_is_the_one_that_drew_the_picture(position: int, words: str):
    drawn = order("a {red,blue} fox --count 2")
    for made in orders(drawn, engines(PAINTER), position):
        assert made.title.startswith(words)
        assert made.pictures == 2


def test_a_position_that_was_not_drawn_has_none():
    drawn = order("a fox")
    assert vary_offers(drawn, 1, kept(drawn, 1), engines(PAINTER)) == []


def test_a_strength_of_the_prompt_gives_way_without_a_notice():
    drawn = order("a fox --strength 90 --size 128x128")
    subtle, _ = orders(drawn, engines(PAINTER))
    assert subtle.first.strength == 0.35
    assert subtle.notices == ()


def test_a_size_that_an_upload_decided_is_kept():
    drawn = order("a fox")
    requests = tuple(replace(one, width=704, height=512) for one in drawn.requests)
    subtle, _ = orders(replace(drawn, requests=requests), engines(PAINTER))
    assert (subtle.first.width, subtle.first.height) == (704, 512)


def test_another_engine_draws_where_the_own_one_cannot():
    words_only = replace(PAINTER, id="words-only", init_image=False, mask=False)
    drawn = order("a fox --engine words-only --steps 12", words_only)
    (made, _) = orders(drawn, engines(words_only, PAINTER))
    assert made.engine_id == PAINTER.id
    assert made.first.steps == 12
    # Neither does an engine that is gone stand in the way.
    (made, _) = orders(drawn, engines(PAINTER))
    assert made.engine_id == PAINTER.id
    assert vary_offers(drawn, 0, kept(drawn), engines(words_only)) == []
    assert vary_offers(drawn, 0, kept(drawn), engines()) == []


def test_what_the_other_engine_does_not_take_is_left_out():
    drawn = order("a fox --engine words-only --size 128x128 --count 2", _small())
    other = replace(PAINTER, min_side=512)
    (made, _) = orders(drawn, engines(other))
    assert made.prompt == "a fox --count 2"
    assert made.first.width >= 512


def _small() -> Engine:
    return replace(PAINTER, id="words-only", init_image=False, mask=False)


def test_the_engine_that_a_member_prefers_comes_before_the_default():
    preferred = replace(PAINTER, id="preferred")
    drawn = order("a fox --engine words-only", _small())
    (offer, _) = vary_offers(drawn, 0, kept(drawn), engines(PAINTER, preferred), "preferred")
    assert offer.quote.engine_id == "preferred"


@pytest.mark.parametrize("engine_id", ["sd3.5-medium", "stable-image-core", "sd3.5-large"])
def test_engines_of_the_rest_service_are_asked_in_their_own_way(engine_id: str):
    service = [one for one in KNOWN.of_kind("image") if one.is_rest]
    drawn = order(f"a fox --engine {engine_id}", *service)
    subtle, strong = orders(drawn, engines(*service))
    assert KNOWN.get(subtle.engine_id).init_image
    assert (subtle.engine_id == engine_id) is KNOWN.get(engine_id).init_image
    assert (subtle.first.strength, strong.first.strength) == (0.35, 0.7)


def test_a_draft_comes_back_with_its_picture():
    drawn = order("a fox")
    offer, _ = vary_offers(drawn, 0, kept(drawn), engines(PAINTER))
    assert ImageRequestForm.from_json(offer.form.to_json()) == offer.form
    assert "kept_image" not in ImageRequestForm(prompt="a fox").to_json()


@pytest.mark.parametrize(
    ("drew", "marked"),
    [
        ("sd3.5-medium", "sd3.5-medium"),
        ("an-engine-of-long-ago", "an-engine-of-long-ago"),
        (PAINTER.id, PAINTER.id),
    ],
)
def test_without_a_model_it_is_marked_by_the_one_that_drew_the_picture(drew: str, marked: str):
    source = replace(a_job(order("a fox")), engine_id=drew)
    all_engines = OfferedEngines(FixedEngines(KNOWN), engines().now)
    made = with_mark(order("a fox"), all_engines, drew=source)
    assert marked_as(a_job(made)) == marked
    assert ImageOrder.from_json(made.to_json()) == made
    # A reroll starts from the same picture, other words do not.
    again = replace(order("a fox"), uses_init=True)
    assert marked_as(a_job(with_mark(again, all_engines, uploads_of=made))) == marked
    words = with_mark(order("a fox"), all_engines, uploads_of=made)
    assert marked_as(a_job(words)) == PAINTER.id


def test_an_engine_with_a_model_has_its_own_mark():
    service = [one for one in KNOWN.of_kind("image") if one.is_rest]
    source = replace(a_job(order("a fox")), engine_id="an-engine-of-long-ago")
    drawn = order("a fox --engine sd3.5-medium", *service)
    made = with_mark(drawn, engines(*service), drew=source)
    assert made.marked_as == ""
