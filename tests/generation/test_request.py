"""A request is validated once, against the engine's limits, with the field and the figure named."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.catalogue.catalogue import Engine, load
from generation.errors import BadRequest
from generation.request import (
    MAX_SEED,
    GuidancePreset,
    ImageRequest,
    Sampler,
    StylePreset,
    TextPrompt,
    draw_seed,
)
from generation.validation import validate
from tests.generation.strategies import valid_requests

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGINE = Engine("e", clip_guidance=True, samplers=(Sampler.DDIM, Sampler.K_EULER_ANCESTRAL))
REQUEST = ImageRequest("e", (TextPrompt("a"),), 512, 512, 7, 30, 7.0)


@given(data=st.data(), engine=st.sampled_from([*load().of_kind("image")]))
def test_valid_requests_pass_unchanged(data: st.DataObject, engine: Engine) -> None:
    request = data.draw(valid_requests(engine))
    assert validate(request, engine) is request


@pytest.mark.parametrize(
    ("change", "engine", "field", "words"),
    [
        ({"prompts": ()}, ENGINE, "prompt", "empty"),
        ({"prompts": (TextPrompt("a", 10.01),)}, ENGINE, "prompt", "10.01"),
        ({"prompts": (TextPrompt("a", 10.000001),)}, ENGINE, "prompt", "10.000001"),
        ({"prompts": (TextPrompt("a", math.nan),)}, ENGINE, "prompt", "nan"),
        ({"prompts": (TextPrompt("a" * 2001),)}, ENGINE, "prompt", "2001"),
        ({"width": 500}, ENGINE, "size", "the width 500 is not a multiple"),
        ({"steps": 9}, ENGINE, "steps", "9 is outside 10 to 150"),
        ({"steps": 151}, ENGINE, "steps", "151"),
        ({"steps": 10**5000}, ENGINE, "steps", "a figure that long is outside 10 to 150"),
        ({"width": 10**5000 * 64}, ENGINE, "size", "the width a figure that long is above"),
        ({"cfg_scale": 36}, ENGINE, "cfg", "36 is outside 0 to 35"),
        ({"cfg_scale": math.nan}, ENGINE, "cfg", "nan"),
        ({"samples": 0}, ENGINE, "count", "0 is outside 1 to 10"),
        ({"samples": 11}, ENGINE, "count", "11"),
        ({"seed": -1}, ENGINE, "seed", "-1"),
        ({"seed": MAX_SEED + 1}, ENGINE, "seed", "4294967296 is outside 0 to 4294967295"),
        ({"other_seeds": (1, 2)}, ENGINE, "seed", "3 seeds do not fit 1 pictures"),
        ({"samples": 2, "other_seeds": (-4,)}, ENGINE, "seed", "-4"),
        ({"sampler": Sampler.K_LMS}, ENGINE, "sampler", "ddim, k_euler_ancestral"),
        ({"style": StylePreset.ANIME}, replace(ENGINE, styles=False), "style", "no style"),
        ({"guidance": GuidancePreset.SIMPLE}, replace(ENGINE, clip_guidance=False), "clip", "e"),
        (
            {"guidance": GuidancePreset.SIMPLE, "sampler": Sampler.DDIM},
            ENGINE, "sampler", "ancestral",
        ),
        ({"mask": b"a"}, ENGINE, "mask", "image"),
        ({"init_image": b"a"}, replace(ENGINE, init_image=False), "image", "e"),
        ({"init_image": b"a", "mask": b"a"}, replace(ENGINE, mask=False), "mask", "e"),
        ({"init_image": b"a", "strength": 1.1}, ENGINE, "strength", "1.1"),
    ],
)  # fmt: skip
def test_what_the_engine_does_not_take(
    change: Mapping[str, Any], engine: Engine, field: str, words: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        validate(replace(REQUEST, **change), engine)
    assert caught.value.field == field
    assert words in caught.value.reason


def test_seeds_count_on() -> None:
    assert replace(REQUEST, samples=3).seeds == (7, 8, 9)
    assert replace(REQUEST, samples=2).with_seeds([3, 9]).seeds == (3, 9)
    assert replace(REQUEST, samples=2).with_seeds([3, 9]).with_seed(5).seeds == (5, 6)
    assert replace(REQUEST, samples=2).with_seeds([3, 4]) == replace(REQUEST, samples=2, seed=3)


def test_only_unguided_requests_are_reproducible() -> None:
    assert REQUEST.is_reproducible
    assert not replace(REQUEST, guidance=GuidancePreset.SLOW).is_reproducible


def test_pictures_are_not_printed() -> None:
    assert "secret" not in repr(replace(REQUEST, init_image=b"secret", mask=b"secret"))


def test_drawn_seeds_are_within_every_engines_range() -> None:
    seeds = [draw_seed() for _ in range(200)]
    assert all(1 <= seed < 2**31 for seed in seeds)
    assert len(set(seeds)) > 190
