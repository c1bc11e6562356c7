"""From what a member typed to the validated order: every option, by slash and by flag."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.errors import BadUpload
from commands.kinds.image.read import (
    DEFAULT_STRENGTH,
    ImageRequestForm,
    Upload,
    read,
    whole_text,
    without_seed,
)
from generation.catalogue import catalogue
from generation.errors import BadRequest, GenerationError, UnknownEngine
from generation.request import (
    MAX_SEED,
    GuidancePreset,
    Sampler,
    StylePreset,
    following_seeds,
)
from jobs.errors import TooManyPictures
from jobs.orders.image import MAX_PICTURES, ImageOrder
from jobs.rules.prompt_check import drawn_texts
from prompts import MAX_CHARS, PromptError, parse

ENGINES = catalogue.load()
PAINTER, PLAIN = "atelier-painter", "stable-diffusion-v1-6"
PICTURE = Upload(
    url="https://cdn.discordapp.com/a.png",
    filename="a.png",
    size=100,
    content_type="image/png",
    width=64,
    height=64,
)


def order(prompt: str = "a fox", **options: Any) -> ImageOrder:
    return read(ImageRequestForm(prompt=prompt, **options), ENGINES, PAINTER)


def texts(read_order: ImageOrder) -> list[tuple[str, float]]:
    return [(prompt.text, prompt.weight) for prompt in read_order.first.prompts]


@pytest.mark.parametrize(
    ("flag", "slash", "field", "expected"),
    [
        ("--seed 7", {"seed": 7}, "seed", 7),
        ("--count 3", {"count": 3}, "samples", 3),
        ("--size 768x512", {"size": "768x512"}, "width", 768),
        ("--ar 3:2", {"aspect": "3:2"}, "width", 576),
        (f"--engine {PLAIN}", {"engine": PLAIN}, "engine_id", PLAIN),
        ("--steps 40", {}, "steps", 40),
        ("--cfg 9.5", {}, "cfg_scale", 9.5),
        ("--sampler k_heun", {}, "sampler", Sampler.K_HEUN),
        ("--sampler K-Heun", {}, "sampler", Sampler.K_HEUN),
        ("--style pixel-art", {}, "style", StylePreset.PIXEL_ART),
        ("--style pixel_art", {}, "style", StylePreset.PIXEL_ART),
        ("--clip fast_blue", {}, "guidance", GuidancePreset.FAST_BLUE),
    ],
)
def test_an_option_reaches_the_request(
    flag: str, slash: dict[str, Any], field: str, expected: object
):
    assert getattr(order(f"a fox {flag}").first, field) == expected
    if slash:
        assert getattr(order(**slash).first, field) == expected


def test_what_is_not_said_is_the_engines_default():
    engine = ENGINES.get(PAINTER)
    first = order().first
    assert (first.width, first.height) == engine.default_size
    assert (first.steps, first.cfg_scale) == (engine.default_steps, engine.default_cfg_scale)
    assert (first.sampler, first.style, first.guidance) == (None, None, GuidancePreset.NONE)
    assert first.strength == DEFAULT_STRENGTH / 100
    assert (first.engine_id, first.samples) == (PAINTER, 1)


@pytest.mark.parametrize(
    ("flag", "slash", "field", "expected"),
    [
        ("--seed 7", {"seed": 8}, "seed", 8),
        ("--count 3", {"count": 2}, "samples", 2),
        ("--size 256x256", {"size": "512x768"}, "height", 768),
        (f"--engine {PAINTER}", {"engine": PLAIN}, "engine_id", PLAIN),
    ],
)
def test_a_slash_option_beats_the_flag_and_says_so(
    flag: str, slash: dict[str, Any], field: str, expected: object
):
    both = order(f"a fox {flag}", **slash)
    assert getattr(both.first, field) == expected
    assert len(both.notices) == 1


@pytest.mark.parametrize("asked", [{}, {"seed": 0}])
def test_without_a_seed_one_is_drawn_and_kept(asked: dict[str, Any]):
    seeds = {order(**asked).first.seed for _ in range(8)}
    assert len(seeds) > 1
    assert all(1 <= seed <= MAX_SEED for seed in seeds)


def test_size_and_aspect_together_are_noticed():
    both = order(size="256x256", aspect="3:2")
    assert (both.first.width, both.first.height) == (256, 256)
    assert any("the size counts" in notice for notice in both.notices)


def test_negative_words_are_read_like_no():
    assert texts(order("a fox", negative="fog, blur")) == [("a fox", 1), ("fog", -1), ("blur", -1)]
    assert texts(order("a fox --no text", negative="fog"))[1:] == [("text", -1), ("fog", -1)]
    assert texts(order("a fox", negative="  ")) == [("a fox", 1)]


def test_emphasis_goes_to_engines_that_know_it_and_is_stripped_for_others():
    assert texts(order("a (red:1.3) fox")) == [("a (red:1.3) fox", 1)]
    plain = order("a (red:1.3) fox", engine=PLAIN)
    assert texts(plain) == [("a red fox", 1)]
    assert any("takes no emphasis" in notice for notice in plain.notices)


@pytest.mark.parametrize(
    ("engine", "negative", "drawn"),
    [
        (PAINTER, "(nude woman:-1)", ["portrait\nnude woman"]),
        (PAINTER, "fog, (nude:-1), nude", ["portrait\nnude"]),
        (PAINTER, "nude", ["portrait"]),
        (PLAIN, "(nude woman:-1)", ["portrait"]),
    ],
)
def test_what_the_negative_option_draws(engine: str, negative: str, drawn: list[str]):
    read_order = order("portrait", negative=negative, engine=engine)
    assert drawn_texts(read_order, lambda one: ENGINES.get(one).emphasis) == drawn


def test_clip_guidance_is_told_to_be_irreproducible():
    guided = order("a fox --clip slow --sampler k_euler_ancestral")
    assert any("same seed" in notice for notice in guided.notices)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"aspect": "wide"}, "aspect"),
        ({"aspect": "3:2 --seed 7"}, "aspect"),
        ({"aspect": "   "}, "aspect"),
        ({"size": "huge"}, "size"),
        ({"size": "--no"}, "size"),
        ({"size": "65x65"}, "size"),
        ({"negative": "fog::1"}, "negative"),
        ({"negative": "x" * 1000, "prompt": "y" * 5990}, "negative"),
        ({"prompt": "a fox --sampler k_eulr"}, "sampler"),
        ({"prompt": "a fox --style anim"}, "style"),
        ({"prompt": "a fox --clip sloow"}, "clip"),
        ({"mask": PICTURE}, "mask"),
    ],
)
def test_a_mistake_names_its_field(options: dict[str, Any], field: str):
    with pytest.raises((BadRequest, BadUpload)) as refused:
        order(**{"prompt": "a fox", **options})
    assert refused.value.field == field


def test_a_close_miss_is_suggested_and_a_far_one_gets_the_list():
    with pytest.raises(BadRequest, match="did you mean k_euler"):
        order("a fox --sampler k_eulr")
    with pytest.raises(BadRequest, match="known are"):
        order("a fox --sampler zzz")


def test_an_unknown_engine_names_the_nearest():
    with pytest.raises(UnknownEngine) as refused:
        order(engine="stable-difusion-v1-6")
    assert refused.value.nearest == PLAIN


def test_many_pictures_are_split_by_the_engines_samples_with_seeds_that_count_on():
    limited = replace(ENGINES.get(PAINTER), max_samples=4)
    engines = catalogue.Catalogue([limited])
    split = read(ImageRequestForm(prompt="a fox", count=10, seed=MAX_SEED - 3), engines, PAINTER)
    assert [request.samples for request in split.requests] == [4, 4, 2]
    seeds = [seed for request in split.requests for seed in request.seeds]
    assert len(set(seeds)) == 10
    assert seeds[:4] == [MAX_SEED - 3, MAX_SEED - 2, MAX_SEED - 1, MAX_SEED]
    assert all(1 <= seed <= MAX_SEED for seed in seeds)


@pytest.mark.parametrize("asked", [{}, {"seed": 0}])
def test_permutations_have_seeds_of_their_own(asked: dict[str, Any]):
    four = order("{red, blue} fox", count=2, **asked)
    first = four.first.seed
    assert [seed for request in four.requests for seed in request.seeds] == [
        first,
        *following_seeds(first, 3),
    ]


def test_permutations_share_a_seed_that_is_named_and_multiply_with_the_count():
    four = order("{red, blue} fox", count=2, seed=5)
    assert [request.prompts[0].text for request in four.requests] == ["red fox", "blue fox"]
    assert {request.seed for request in four.requests} == {5}
    assert four.pictures == 4


def test_too_many_pictures_are_counted():
    with pytest.raises((TooManyPictures, PromptError), match=str(2 * MAX_PICTURES)):
        order("{a, b} fox", count=MAX_PICTURES)


def test_an_edit_draws_from_the_same_uploads():
    source = replace(order(), uses_init=True, uses_mask=True)
    again = read(
        ImageRequestForm(prompt="a hare", uploads_of="job"), ENGINES, PAINTER, uploads_of=source
    )
    assert (again.uses_init, again.uses_mask) == (True, True)


@pytest.mark.parametrize(
    ("form", "whole"),
    [
        (ImageRequestForm(prompt="a fox"), "a fox"),
        (
            ImageRequestForm(
                prompt="a fox", size="256x256", seed=7, count=2, engine=PLAIN, negative="fog"
            ),
            f"a fox --no fog --size 256x256 --count 2 --engine {PLAIN} --seed 7",
        ),
        (ImageRequestForm(prompt="a fox --seed 3", seed=7), "a fox --seed 7"),
        (ImageRequestForm(prompt="a fox::1,5", size="256x256"), "a fox::1,5 --size 256x256"),
        (
            ImageRequestForm(prompt="a fox", aspect="wide", seed=7, negative="fog"),
            "a fox --ar wide --seed 7 --no fog",
        ),
    ],
)
def test_an_edit_shows_all_that_was_asked(form: ImageRequestForm, whole: str):
    shown = whole_text(form)
    assert sorted(shown.split(" --")) == sorted(whole.split(" --"))
    assert shown.startswith(form.prompt.partition(" --")[0])


@pytest.mark.parametrize(
    ("form", "whole"),
    [
        (
            ImageRequestForm(prompt="a fox --glow 3 --seed 1 --ar 1:1", size="256x256", seed=7),
            "a fox --glow 3 --size 256x256 --seed 7",
        ),
        (
            ImageRequestForm(prompt=f"a fox::x --engine {PLAIN}", engine=PAINTER),
            f"a fox::x --engine {PAINTER}",
        ),
    ],
)
def test_an_edit_of_what_cannot_be_read_has_each_option_once(form: ImageRequestForm, whole: str):
    assert whole_text(form) == whole


def test_an_edit_stands_for_everything_but_the_pictures():
    form = ImageRequestForm(
        prompt="a fox", size="256x256", strength=30, image=PICTURE, uploads_of="job"
    )
    edited = form.with_prompt("a hare")
    assert edited == ImageRequestForm(prompt="a hare", strength=30, image=PICTURE, uploads_of="job")


def test_a_reroll_keeps_everything_but_the_seed():
    assert without_seed("a fox::2 fog::-1 --ar 3:2 --seed 7") == "a fox::2 --no fog --ar 3:2"
    assert without_seed("a fox") == "a fox"


asks = st.builds(
    ImageRequestForm,
    prompt=st.text(min_size=1, max_size=60),
    negative=st.none() | st.text(max_size=30),
    aspect=st.none() | st.text(max_size=9) | st.sampled_from(["3:2", "0:1", "99999:1"]),
    size=st.none() | st.text(max_size=11) | st.sampled_from(["512x512", "64x64", "0x0"]),
    engine=st.none() | st.text(max_size=20) | st.sampled_from([PAINTER, PLAIN]),
    count=st.none() | st.integers(1, MAX_PICTURES),
    seed=st.none() | st.integers(0, MAX_SEED),
    strength=st.none() | st.integers(0, 100),
    image=st.none() | st.just(PICTURE),
    mask=st.none() | st.just(PICTURE),
)


@given(asks)
def test_whatever_is_asked_becomes_an_order_or_a_refusal(form: ImageRequestForm):
    whole = whole_text(form)
    try:
        drawn = read(form, ENGINES, PAINTER)
    except (PromptError, GenerationError, TooManyPictures, BadUpload):
        return
    assert 1 <= drawn.pictures <= MAX_PICTURES
    assert ImageOrder.from_json(json.loads(json.dumps(drawn.to_json()))) == drawn
    # What an edit shows and a reroll reads again is the same order.
    assert whole == drawn.prompt
    assert len(drawn.prompt) <= MAX_CHARS
    again = read(form.with_prompt(whole), ENGINES, PAINTER)
    assert texts(again) == texts(drawn)
    assert parse(without_seed(drawn.prompt)).options.seed is None


@given(asks)
def test_a_draft_comes_back_as_it_was(form: ImageRequestForm):
    assert ImageRequestForm.from_json(json.loads(json.dumps(form.to_json()))) == form
