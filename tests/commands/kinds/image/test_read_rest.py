"""From what a member typed to an order for an engine of Stability's REST API, row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.image.offers import cheaper
from commands.kinds.image.read import ImageRequestForm, Upload, read
from commands.kinds.image.recipe import picture_recipe
from commands.kinds.pricing import pictures_price_mc
from commands.ui.credit_cards import quote_card
from commands.ui.facts import picture_facts
from generation.catalogue.catalogue import load
from generation.errors import BadRequest, GenerationError
from generation.stability.submit import submit_picture
from jobs.errors import JobError
from jobs.orders.image import ImageOrder
from jobs.rules.prompt_check import drawn_texts, find_adult_word
from prompts import PromptError
from tests.commands.interactions import text_of

ENGINES = load().of_kind("image")
ULTRA, CORE, LARGE = "stable-image-ultra", "stable-image-core", "sd3.5-large"
PICTURE = Upload(
    url="https://cdn.discordapp.com/a.png",
    filename="a.png",
    size=100,
    content_type="image/png",
    width=64,
    height=64,
)


def order(prompt: str = "a fox", engine: str = ULTRA, **options: Any) -> ImageOrder:
    return read(ImageRequestForm(prompt=prompt, engine=engine, **options), ENGINES, ULTRA)


def texts(found: ImageOrder) -> list[tuple[str, float]]:
    return [(prompt.text, prompt.weight) for prompt in found.first.prompts]


@pytest.mark.parametrize(
    ("prompt", "engine", "expected"),
    [
        ("castle::2 fog::1", ULTRA, [("castle, (fog:0.5)", 1)]),
        ("castle::2 fog::1", LARGE, [("castle, fog", 1)]),
        ("a (red:0.8) fox", CORE, [("a (red:0.8) fox", 1)]),
        ("a red++ fox", CORE, [("a red fox", 1)]),
        ("a [red] fox", CORE, [("a (red:0.91) fox", 1)]),
        ("castle::2 thick (fog:0.8)::1", ULTRA, [("castle, (thick:0.5) (fog:0.4)", 1)]),
        ("a fox::1 fog::-0.5 --no text, blur", CORE, [("a fox", 1), ("text, blur, fog", -1)]),
        (r"a \(b\) c", CORE, [("a (b) c", 1)]),
        (r"a \(b:1.5\) c", CORE, [("a (b 1.5) c", 1)]),
        (r"a \(b:1.5\) c", LARGE, [("a (b:1.5) c", 1)]),
        (r"a fox --no \(b:1.5\)", CORE, [("a fox", 1), ("(b:1.5)", -1)]),
    ],
)
def test_words(prompt: str, engine: str, expected: list[tuple[str, float]]):
    assert texts(order(prompt, engine)) == expected


@pytest.mark.parametrize(
    ("prompt", "engine", "notices"),
    [
        ("a fox", ULTRA, []),
        ("a fox --steps 30", CORE, ["stable-image-core has no steps; it draws without them."]),
        (
            "a fox --sampler k_heun",
            LARGE,
            ["sd3.5-large has no sampler; it draws without k_heun."],
        ),
        (
            "a fox --clip simple",
            LARGE,
            ["sd3.5-large has no CLIP guidance (clip); it draws without it."],
        ),
        (
            "a fox --size 768x512",
            LARGE,
            ["sd3.5-large has no sizes in pixels; 768×512 is drawn as 3:2."],
        ),
        ("a fox --ar 16:9", LARGE, []),
        ("a fox --ar 4:3", LARGE, ["sd3.5-large has no 4:3; the nearest is 5:4."]),
        ("a fox --cfg 7", LARGE, []),
        ("a fox --cfg 7", CORE, ["stable-image-core has no cfg; it draws without it."]),
        ("a fox --style anime", CORE, []),
        (
            "a (red:1.3) fox",
            CORE,
            [
                "stable-image-core takes emphasis from 0 to 1;"
                " what is beyond is drawn as the nearest."
            ],
        ),
        (
            "a (red:0.8) fox",
            LARGE,
            ["sd3.5-large takes no emphasis; the words are drawn without it."],
        ),
        ("a fox --no fog", "sd3.5-flash", ["sd3.5-flash hardly heeds what is to be kept out."]),
    ],
)
def test_notices(prompt: str, engine: str, notices: list[str]):
    assert [*order(prompt, engine).notices] == notices


def test_permutations_share_their_notices():
    found = order("a {red, blue} fox --steps 30", CORE)
    assert len(found.requests) == 2
    assert len(found.notices) == 1


def test_a_count_is_so_many_requests_with_seeds_of_their_own():
    found = order("a {red, blue} fox --count 3 --seed 4294967293")
    assert [request.samples for request in found.requests] == [1] * 6
    assert [request.seed for request in found.requests] == [4294967293, 4294967294, 1] * 2
    assert pictures_price_mc(found, ENGINES) == 6 * 8000
    assert found.charge_mc(48_000, 2) == 16_000


def test_permutations_are_so_many_requests_with_seeds_of_their_own():
    found = order("a {red, blue, green} fox --count 2")
    assert len({request.seed for request in found.requests}) == 6


def test_a_seed_beyond_the_services_is_refused():
    with pytest.raises(BadRequest, match="seed: 4294967295 is outside 0 to 4294967294"):
        order(seed=4_294_967_295)
    assert order(seed=4_294_967_294).first.seed == 4_294_967_294


@pytest.mark.parametrize("cfg", ["0.5", "11"])
def test_guidance_beyond_the_services_is_refused(cfg: str):
    with pytest.raises(BadRequest, match="is outside 1 to 10"):
        order(f"a fox --cfg {cfg}", LARGE)


def test_core_starts_from_no_picture_and_says_what_does():
    with pytest.raises(BadRequest) as caught:
        order(engine=CORE, image=PICTURE)
    assert caught.value.reason == (
        "stable-image-core cannot start from a picture; stable-image-ultra, sd3.5-large,"
        " sd3.5-large-turbo, sd3.5-medium, sd3.5-flash, stable-diffusion-v1-5 can"
    )
    assert order(engine=LARGE, image=PICTURE, strength=30).first.strength == 0.3


def test_where_no_engine_is_named_one_draws_that_can_start_from_the_picture():
    form = ImageRequestForm(prompt="a fox")
    started, masked = replace(form, image=PICTURE), replace(form, image=PICTURE, mask=PICTURE)
    assert read(form, ENGINES, CORE).engine_id == CORE
    assert read(started, ENGINES, CORE).engine_id == ULTRA
    assert read(masked, ENGINES, CORE).engine_id == CORE
    assert read(started, ENGINES.only([CORE, LARGE]), CORE).engine_id == LARGE
    # What another service draws is somebody else's to pay.
    with pytest.raises(BadRequest, match="cannot start from a picture"):
        read(started, ENGINES.only([CORE, "atelier-painter"]), CORE)


@pytest.mark.parametrize("engine", [ULTRA, CORE, LARGE])
def test_a_mask_has_a_price_of_its_own_which_is_told(engine: str):
    found = order(engine=engine, image=PICTURE, mask=PICTURE, count=2)
    assert pictures_price_mc(found, ENGINES) == 10_000
    assert found.notices == ("A mask is drawn by edit/inpaint, at 5.00 credits a picture.",)
    kept = ImageOrder.from_json(found.to_json())
    assert pictures_price_mc(kept, ENGINES) == 10_000
    again = read(
        ImageRequestForm(prompt=found.prompt, uploads_of="a"), ENGINES, ULTRA, uploads_of=found
    )
    assert pictures_price_mc(again, ENGINES) == 10_000


@pytest.mark.parametrize("engine", [ULTRA, CORE, LARGE])
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ((640, 480), (640, 480)),
        ((701, 503), (701, 503)),
        ((1600, 200), (1600, 200)),
        ((4000, 3000), (2048, 1536)),
        ((63, 200), (64, 203)),
        ((16, 16), (64, 64)),
        # No operation takes that shape, so it is cut.
        ((64, 16_384), None),
    ],
)
def test_a_picture_with_a_mask_keeps_its_shape(
    engine: str, given: tuple[int, int], sent: tuple[int, int] | None
):
    picture = replace(PICTURE, width=given[0], height=given[1])
    for form in (
        ImageRequestForm(prompt="a fox", engine=engine, image=picture, mask=picture),
        ImageRequestForm(prompt="a fox", engine=engine, image=picture, area="left"),
    ):
        found = read(form, ENGINES, ULTRA)
        cut = [notice for notice in found.notices if "is cut to" in notice]
        assert bool(cut) is (sent is None)
        size = (found.first.width, found.first.height)
        assert size == (sent or ENGINES.get(engine).sizes[-1])
        again = ImageRequestForm(prompt=found.prompt, engine=engine, uploads_of="a")
        redone = read(again, ENGINES, ULTRA, uploads_of=found)
        assert (redone.first.width, redone.first.height) == size


@pytest.mark.parametrize(
    ("engine", "given", "sent", "is_cut"),
    [
        (LARGE, (4000, 3000), (1182, 886), False),
        (LARGE, (64, 64), (1024, 1024), False),
        (LARGE, (900, 2100), (670, 1564), False),
        (LARGE, (200, 1600), (640, 1536), True),
        (ULTRA, (4000, 3000), (1088, 896), True),
    ],
)
def test_sd_takes_the_shape_of_a_picture_that_ultra_cuts(
    engine: str, given: tuple[int, int], sent: tuple[int, int], is_cut: bool
):
    picture = replace(PICTURE, width=given[0], height=given[1])
    found = order(engine=engine, image=picture)
    assert (found.first.width, found.first.height) == sent
    assert any("is cut to" in notice for notice in found.notices) is is_cut
    named = order("a fox --ar 16:9", engine, image=picture)
    assert (named.first.width, named.first.height) == (1344, 768)
    # Pasted beside the same picture, both come to the same.
    assert "--size" not in picture_recipe(found).paste
    assert "--ar 16:9" in picture_recipe(named).paste


def test_a_shape_that_is_named_beside_a_mask_counts():
    picture = replace(PICTURE, width=640, height=480)
    found = order("a fox --ar 16:9", CORE, image=picture, mask=picture)
    assert (found.first.width, found.first.height) == (2016, 1152)
    assert found.notices[-1].endswith("Leave out size and aspect to keep all of it.")


def test_a_mask_has_no_strength_on_the_card_and_in_the_recipe():
    found = order(engine=LARGE, image=PICTURE, mask=PICTURE)
    assert picture_facts(found, [7]) == ["64×64", "seed 7", "from a picture through a mask"]
    paste = picture_recipe(found).paste
    assert "--strength" not in paste
    assert "--size" not in paste
    assert "--strength 65" in picture_recipe(order(engine=LARGE, image=PICTURE)).paste


def test_a_quote_speaks_of_no_steps():
    engine = ENGINES.get(ULTRA)
    said = text_of(quote_card(order(), engine, 8000, 100_000))
    assert "1 picture at 1024×1024, stable-image-ultra" in said
    assert "steps" not in said


def test_what_only_keeps_out_draws_nothing():
    with pytest.raises(BadRequest, match="needs words for what to draw"):
        order("--no fog")


def test_other_kinds_draw_nothing_from_words():
    with pytest.raises(BadRequest, match="edit-inpaint draws no pictures from words"):
        read(ImageRequestForm(prompt="a fox", engine="edit-inpaint"), load(), ULTRA)


@pytest.mark.parametrize("prompt", ["n(ud:0.9)e", "a (nude:0.5)", r"a \(nude:0.5\)", "nude::0.1 a"])
@pytest.mark.parametrize("engine", [CORE, LARGE])
def test_weights_hide_no_words(prompt: str, engine: str):
    drawn = drawn_texts(order(prompt, engine), lambda one: ENGINES.get(one).emphasis)
    assert find_adult_word(drawn) == "nude"


@pytest.mark.parametrize("count", [2, 4])
def test_cheaper_is_fewer(count: int):
    form = ImageRequestForm(prompt="a fox", engine=ULTRA, count=count)
    offers = cheaper(form, ENGINES, ULTRA, room_mc=8000)
    assert [offer.quote.price_mc for offer in offers] == [8000]


WORDS = st.lists(
    st.sampled_from(
        [
            *("a fox", "fog::-1", "castle::2", "(red:0.5)", "sky++", "--no text", "--steps 20"),
            *("--ar 4:3", "--size 768x512", "--cfg 5", "--seed 9", "--count 2", "--style anime"),
            *("{a, b}", "|", "::", "(", "[dim]", "--sampler ddim", "--clip slow"),
        ]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)


@given(prompt=WORDS, engine=st.sampled_from([one.id for one in ENGINES if one.is_rest]))
def test_whatever_is_read_can_be_submitted(prompt: str, engine: str):
    try:
        found = order(prompt, engine)
    except (PromptError, GenerationError, JobError):
        return
    for request in ImageOrder.from_json(found.to_json()).requests:
        submit_picture(request, ENGINES.get(engine))
