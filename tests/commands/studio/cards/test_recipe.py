"""Recipes keep Discord's limits whatever was typed, and can be pasted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from commands.kinds.image.recipe import picture_recipe
from commands.kinds.morph.view import MorphView
from commands.kinds.registry import open_views
from commands.kinds.view import Recipe
from commands.studio.cards import recipe as recipe_cards
from commands.studio.cards.recipe import Followed, copy_card, recipe_card, text_file
from commands.ui.facts import picture_facts
from generation.request import Control, GuidancePreset, Sampler, StylePreset
from jobs.orders.image import ImageOrder
from prompts import MAX_CHARS
from tests.commands.engines import offering
from tests.commands.kinds.morph.test_read import morph
from tests.commands.ui.test_cards import (
    ENGINES,
    HOSTILE,
    a_job,
    check_limits,
    check_mentions,
    order,
    text,
)


def with_settings(drawn: ImageOrder, **settings: Any) -> ImageOrder:
    return replace(drawn, requests=tuple(replace(one, **settings) for one in drawn.requests))


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_prompt_makes_recipes_that_discord_takes(prompt: str):
    drawn = order(prompt[:MAX_CHARS])
    other = order(prompt[:MAX_CHARS] if len(prompt) < 100 else "a fox")
    followed = Followed(a_job(other), picture_recipe(other))
    for card in (
        recipe_card(a_job(drawn), picture_recipe(drawn), [followed]),
        copy_card(drawn.prompt),
    ):
        check_limits(card)
        check_mentions(card)
        assert ("```" in text(card)) != bool(text_file(drawn.prompt))


def test_a_picture_tells_everything_that_decided_it():
    drawn = with_settings(
        replace(order("a fox --count 2 --seed 7"), uses_init=True, uses_mask=True),
        sampler=Sampler.K_HEUN,
        style=StylePreset.ANIME,
        strength=0.8,
        controls=(Control("canny", b"", 0.5),),
    )
    assert picture_facts(drawn, [7, 8]) == [
        *("512×512", "seeds 7 to 8", "30 steps", "cfg 7", "k_heun", "anime style"),
        *("from a picture through a mask, strength 80 %", "canny control at 50%"),
    ]


def test_what_an_engine_has_none_of_is_left_out():
    drawn = with_settings(order("a fox --seed 7"), steps=0, cfg_scale=0.0)
    assert picture_facts(drawn, [7]) == ["512×512", "seed 7"]
    recipe = picture_recipe(drawn)
    assert not {"Steps", "Cfg", "Sampler", "Style", "Start", "Control"} & recipe.values.keys()
    assert recipe.paste == "a fox --size 512x512 --seed 7 --engine atelier-painter"


def test_what_a_prompt_does_not_bring_back_is_said():
    drawn = with_settings(
        replace(order("{red, blue} fox"), uses_init=True), guidance=GuidancePreset.FAST_BLUE
    )
    said = " ".join(picture_recipe(drawn).notes)
    for part in ("as `image`", "each variant begins with seed", "may give another picture"):
        assert part in said


def test_what_changed_is_told_of_each_value():
    before, after = order("a fox --seed 7"), order("a hare --seed 8 --style anime")
    card = recipe_card(
        a_job(after), picture_recipe(after), [Followed(a_job(before), picture_recipe(before))]
    )
    changed = text(card).split("Changed against")[1].splitlines()[1:]
    assert changed == ["Words: a fox → a hare", "Seed: 7 → 8", "Style: none → anime"]


def test_a_film_says_what_it_was_made_from():
    recipe = Recipe(values={}, command="animate")
    card = recipe_card(a_job(order()), recipe, [Followed(a_job(order()), None)])
    assert "Made from [job" in text(card)


def test_a_blend_says_all_that_it_was_made_from():
    recipe = Recipe(values={}, command="blend")
    followed = [Followed(replace(a_job(order()), id=one), None) for one in ("first", "second")]
    told = text(recipe_card(a_job(order()), recipe, followed))
    assert re.search(r"Made from \[job first\]\(.+\), \[job second\]\(", told)


def test_the_recipe_of_a_morph_has_all_its_prompts():
    made = morph("a fox --seed 7", "a hare", third="snow")
    views = open_views(offering(ENGINES))
    recipe = views[MorphView.kind].recipe(a_job(made))
    prompts = [recipe.values[f"Prompt {number}"] for number in (1, 2, 3)]
    assert prompts == ["a fox --seed 7", "a hare", "snow"]
    assert (recipe.values["Seed"], recipe.values["Frames"]) == ("7", "24 at 12 fps")


def test_a_prompt_that_fits_is_no_file():
    assert text_file("a fox") == []
    (file,) = text_file("a" * (recipe_cards.MAX_BLOCK + 1))
    assert file.filename == recipe_cards.PROMPT_FILE
