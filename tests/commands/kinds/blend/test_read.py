"""Which engine blends, in which shape, with which words, and how what was asked is kept."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.errors import BadUpload, DraftGone
from commands.kinds.blend.form import BlendForm, BlendSource, kept_jobs
from commands.kinds.blend.read import read_blend, read_weights
from commands.kinds.image.kept_picture import KeptPicture
from commands.kinds.image.read import ImageRequestForm
from commands.kinds.pricing import pictures_price_mc
from commands.upload import Upload
from generation.catalogue.catalogue import Catalogue, load
from generation.errors import BadRequest
from generation.pricing import is_priced
from generation.request import TextPrompt
from jobs.orders.blend import BlendOrder
from jobs.orders.order import search_text

KNOWN = load().of_kind("image")
ENGINES = KNOWN.only(engine.id for engine in KNOWN if is_priced(engine))
PAINTER, KANDINSKY, CLASSIC = "atelier-painter", "kandinsky-2-2", "stable-diffusion-v1-5"


def attached(width: int | None = 600, height: int | None = 400, weight: float = 1.0) -> BlendSource:
    upload = Upload(
        url="https://cdn.example/a",
        filename="a.png",
        size=9,
        content_type="image/png",
        width=width,
        height=height,
    )
    return BlendSource(field="image1", upload=upload, weight=weight)


def result(job_id: str = "k3f9", position: int = 1, weight: float = 1.0) -> BlendSource:
    kept = KeptPicture(job_id=job_id, position=position, width=512, height=512)
    return BlendSource(field="result2", kept=kept, weight=weight)


def form(prompt: str = "", *sources: BlendSource, **options: Any) -> BlendForm:
    asked = ImageRequestForm(prompt=prompt, **options)
    return BlendForm(asked=asked, sources=sources or (attached(), result()))


def order(prompt: str = "", *sources: BlendSource, default: str = PAINTER, **options: Any):
    return read_blend(form(prompt, *sources, **options), ENGINES, default)


def test_without_words_there_are_none_and_the_title_says_what_it_is():
    made = order(seed=5)
    assert made.prompt == ""
    assert made.heading == made.title == "A blend of 2 pictures"
    assert made.first.prompts == (TextPrompt(""),)
    assert made.first.seed == 5
    assert made.origins == (None, ("k3f9", 1))
    assert "blend" in search_text(made).lower()


def test_words_options_and_permutations_count_as_for_pictures():
    made = order("a {red, blue} fox::1.5 --steps 12", attached(weight=2), result(), count=2)
    assert made.pictures == 4
    assert made.title == "a red fox, blue fox" or "fox" in made.title
    assert {request.steps for request in made.requests} == {12}
    assert all([one.weight for one in request.blend] == [2, 1] for request in made.requests)
    assert made.heading == made.prompt
    price_mc = pictures_price_mc(made, ENGINES)
    assert price_mc == 4 * pictures_price_mc(order("a fox --steps 12"), ENGINES)


def test_the_engine_is_one_that_blends():
    assert order().engine_id == PAINTER
    assert order(default=KANDINSKY).engine_id == KANDINSKY
    # Of those that do, the first where the default does not.
    assert order(default=CLASSIC).engine_id == KANDINSKY
    assert order(engine=PAINTER, default=CLASSIC).engine_id == PAINTER
    assert order(preferred_engine=PAINTER, default=CLASSIC).engine_id == PAINTER
    assert order(preferred_engine=CLASSIC).engine_id == PAINTER
    with pytest.raises(BadRequest) as caught:
        order(engine=CLASSIC)
    assert caught.value.reason == f"{CLASSIC} blends no pictures; {KANDINSKY}, {PAINTER} can"
    with pytest.raises(BadRequest, match="blends no pictures"):
        order("a fox", engine="stable-image-core")


def test_the_first_picture_decides_the_shape_where_nobody_named_one():
    def size(*sources: BlendSource, prompt: str = "", **options: Any) -> tuple[int, int]:
        made = order(prompt, *sources, **options)
        return made.first.width, made.first.height

    assert size() == (576, 384)
    assert size(result(), attached()) == (512, 512)
    assert size(attached(None, None), result()) == (512, 512)
    assert size(aspect="9:16") == (384, 704)
    assert size(prompt="a fox --size 640x448") == (640, 448)


@pytest.mark.parametrize(
    ("count", "says"), [(0, "there is none"), (1, "there is only one"), (5, "5 are more than")]
)
def test_there_are_two_to_four_pictures(count: int, says: str):
    with pytest.raises(BadUpload, match=says):
        read_blend(replace(form(), sources=(result(),) * count), ENGINES, PAINTER)


@pytest.mark.parametrize(
    ("typed", "weights"),
    [(None, [1, 1]), ("2,1", [2, 1]), ("2 : .5", [2, 0.5]), (" 1  3 ", [1, 3])],
)
def test_weights_are_read_however_they_are_parted(typed: str | None, weights: list[float]):
    assert read_weights(typed, 2) == weights


@given(st.text(max_size=40))
def test_any_text_is_weights_or_a_sentence(typed: str):
    with suppress(BadRequest):
        assert len(read_weights(typed, 3)) == 3


def test_what_was_asked_comes_back_from_a_draft_and_from_a_job():
    asked = form("a fox", attached(), result(weight=3), private=True, seed=4)
    assert BlendForm.from_json(asked.to_json()) == asked
    assert kept_jobs(asked.sources) == ["k3f9"]
    with pytest.raises(DraftGone):
        BlendForm.from_json({"kind": "upscale"})
    for prompt in ("a fox --count 2", ""):
        sources = (attached(), result(weight=3))
        made = order(prompt, *sources) if prompt else order(prompt, *sources, count=2)
        again = BlendForm.again("job1", made, made.prompt)
        assert again.pictures_of == "job1"
        assert [source.weight for source in again.sources] == [1, 3]
        drawn = read_blend(again, ENGINES, CLASSIC)
        assert (drawn.prompt, drawn.pictures, drawn.origins) == (made.prompt, 2, made.origins)
        if not prompt:
            assert drawn.engine_id == PAINTER
            assert (drawn.first.width, drawn.first.height) == (576, 384)


def test_another_text_stands_for_everything_but_the_pictures():
    asked = form("a fox", seed=4, size="512x512")
    assert asked.whole_text == "a fox --size 512x512 --seed 4"
    assert asked.with_prompt(" a wren ").asked == ImageRequestForm(prompt="a wren")
    assert not asked.with_prompt("  ").has_words
    wordless = form(count=2)
    assert wordless.with_prompt("") == wordless
    assert wordless.with_prompt("a wren").asked.count is None


def test_an_order_comes_back_from_its_json():
    for made in (order(), order("a fox::2", attached(weight=0.5), result(), attached())):
        assert BlendOrder.from_json(made.to_json()) == made


def test_an_engine_that_is_not_offered_blends_nothing():
    with pytest.raises(BadRequest, match=r"blends no pictures$"):
        read_blend(form(), Catalogue([ENGINES.get(CLASSIC)]), CLASSIC)
