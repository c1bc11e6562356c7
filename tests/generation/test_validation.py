"""What an engine does not do is refused by its name and the request's field, never ignored."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import Any

import pytest

from generation.abilities import validate_blending
from generation.catalogue.catalogue import Engine
from generation.errors import BadRequest
from generation.request import (
    BlendPicture,
    Control,
    GuidancePreset,
    GuidanceSettings,
    ImageRequest,
    Sampler,
    StylePreset,
    TextPrompt,
    WeightMethod,
)
from generation.validation import validate

ABLE = Engine(
    "able",
    clip_guidance=True,
    controls=("canny", "depth"),
    cross_attention=True,
    blends=True,
)
REQUEST = ImageRequest("able", (TextPrompt("a cat"),), 512, 512, 1, 30, 7.0)
GUIDED: dict[str, Any] = {"guidance": GuidancePreset.SIMPLE}
EDGES = Control("canny", b"edges")
PAIR = (BlendPicture(b"a"), BlendPicture(b"b", 0.5))


@pytest.mark.parametrize(
    ("engine", "asked", "field", "words"),
    [
        ({"clip_guidance": False}, GUIDED, "clip", "able has no CLIP guidance"),
        ({"controls": ()}, {"controls": (EDGES,)}, "control", "kind canny; it has none"),
        (
            {},
            {"controls": (EDGES, Control("pose", b"x"))},
            "control",
            "kind pose; it has canny, depth",
        ),
        (
            {"cross_attention": False},
            {"weight_method": WeightMethod.CROSS_ATTENTION},
            "weight_method",
            "able weighs prompts by the text encoder only",
        ),
        (
            {"samplers": (Sampler.DDPM,)},
            {"sampler": Sampler.K_LMS},
            "sampler",
            "able has no k_lms; it has ddpm",
        ),
        ({"styles": False}, {"style": StylePreset.ANIME}, "style", "able knows no style presets"),
        (
            {"init_image": False},
            {"init_image": b"a"},
            "image",
            "able cannot start from a picture",
        ),
        ({"mask": False}, {"init_image": b"a", "mask": b"b"}, "mask", "able takes no mask"),
        ({}, {"mask": b"b"}, "mask", "a mask needs an image as well"),
        ({}, {**GUIDED, "sampler": Sampler.DDIM}, "sampler", "needs an ancestral sampler: k_dpm_2"),
        (
            {},
            {**GUIDED, "guidance_settings": GuidanceSettings(strength=10.5)},
            "clip",
            "10.5 is outside 0 to 10",
        ),
        (
            {},
            {**GUIDED, "guidance_settings": GuidanceSettings(cutouts=0)},
            "clip",
            "0 is outside 1 to 64",
        ),
        ({}, {"noise_scale": 2.5}, "noise_scale", "2.5 is outside 0 to 2"),
        (
            {},
            {"prompts": (TextPrompt("a"),) * 101},
            "prompt",
            "101 parts are more than the 100 of one",
        ),
        ({}, {"strength": 1.5}, "strength", "1.5 is outside 0 to 1"),
        ({"blends": False}, {"blend": PAIR}, "image", "able blends no pictures"),
        ({}, {"blend": PAIR[:1]}, "image", "1 pictures are not 2 to 4"),
        ({}, {"blend": PAIR * 3}, "image", "6 pictures are not 2 to 4"),
        ({}, {"blend": PAIR, "init_image": b"a"}, "image", "or one is started from"),
        ({}, {"blend": PAIR, "mask": b"a"}, "mask", "a mask needs an image as well"),
        ({}, {"blend": (*PAIR, BlendPicture(b"c", 0))}, "weight", "0 is not above 0"),
        ({}, {"blend": (*PAIR, BlendPicture(b"c", nan))}, "weight", "nan is not above 0"),
        (
            {},
            {"blend": (*PAIR, BlendPicture(b"c", 11))},
            "weight",
            "11 is not above 0 and up to 10",
        ),
        ({}, {"width": 520}, "size", "the width 520 is not a multiple of 64"),
    ],
)
def test_a_refusal_names_the_field_and_the_way_out(
    engine: dict[str, Any], asked: dict[str, Any], field: str, words: str
) -> None:
    request = replace(REQUEST, **asked)
    with pytest.raises(BadRequest) as caught:
        validate(request, replace(ABLE, **engine))
    assert caught.value.field == field
    assert words in caught.value.reason


@pytest.mark.parametrize(
    "asked",
    [
        GUIDED,
        {"controls": (EDGES, Control("depth", b"far", 0.5))},
        {"weight_method": WeightMethod.CROSS_ATTENTION},
        {"sampler": Sampler.K_LMS},
        {"style": StylePreset.ANIME},
        {"init_image": b"a", "mask": b"b"},
        {**GUIDED, "sampler": Sampler.K_EULER_ANCESTRAL},
        {"noise_scale": 1.02},
        {"blend": PAIR},
        {"blend": PAIR * 2},
    ],
)
def test_what_an_engine_does_is_taken(asked: dict[str, Any]) -> None:
    request = replace(REQUEST, **asked)
    assert validate(request, ABLE) is request


def test_who_asks_an_engine_that_does_not_blend_is_told_which_do() -> None:
    others = [replace(ABLE, id=name, blends=name != "c") for name in "abcd"]
    with pytest.raises(BadRequest) as caught:
        validate_blending(others[2], others)
    assert caught.value.reason == "c blends no pictures; a, b, d can"
