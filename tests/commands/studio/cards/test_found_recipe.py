"""The card of a found recipe keeps Discord's limits, whatever stands in the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.image.found_recipe import FittedRecipe
from commands.studio.cards.found_recipe import found_card
from media.origins.found import MAX_OTHERS, MAX_WORDS, FoundRecipe
from tests.commands.ui.test_cards import HOSTILE, check_limits, check_mentions, labels, text


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words(words: str):
    found = FoundRecipe(
        program="AUTOMATIC1111",
        prompts=((words[:MAX_WORDS], 1.0), (words[:MAX_WORDS], -1.0)),
        sampler=words[:100],
        model=words[:100],
        loras=((words[:100], 0.5),) * 20,
        others=((words[:100], words[:100]),) * MAX_OTHERS,
    )
    fitted = FittedRecipe(words[:MAX_WORDS], (words[:300],) * 30)
    card = found_card(found, fitted, words[:200], "draft1")
    check_limits(card)
    check_mentions(card)
    assert labels(card) == ["Draw it"]


@given(st.text(max_size=300), st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_figure(words: str, figure: float):
    found = FoundRecipe(program="InvokeAI", prompts=((words, 1.0),), cfg_scale=figure, model=words)
    check_limits(found_card(found, FittedRecipe(""), words, None))


def test_what_was_found_is_named():
    found = FoundRecipe(
        program="ComfyUI",
        prompts=(("a fox", 1.0), ("fog", -1.0)),
        width=512,
        height=768,
        seed=7,
        steps=20,
        cfg_scale=7.5,
        strength=0.5,
        loras=(("ink", 0.8),),
        others=(("Clip skip", "2"),),
    )
    told = text(found_card(found, FittedRecipe("a fox --seed 7", ("Near.",)), "a_b.png", "draft1"))
    assert told == (
        "**Recipe in a\\_b.png**, written by ComfyUI\n"
        "**Words** · a fox\n**Kept out** · fog\n**Size** · 512×768\n**Seed** · 7\n**Steps** · 20\n"
        "**Cfg** · 7\\.5\n**Strength** · 50%\n**LoRA** · ink 0.8\n**Clip skip** · 2\n"
        "For `/imagine`:\n```\na fox --seed 7\n```\n"
        "-# Near."
    )
