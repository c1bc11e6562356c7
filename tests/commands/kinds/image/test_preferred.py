"""What is preferred completes what was typed, and never stands against it."""

from __future__ import annotations

from typing import Any

import pytest

from commands.kinds.image.preferred import (
    check_stored_words,
    find_preset,
    with_preferences,
)
from commands.kinds.image.read import ImageRequestForm, read
from generation.catalogue import catalogue
from prompts import MAX_CHARS, PromptError, parse
from storage.preferences import Preferences
from tests.commands.ui.test_cards import HOSTILE

ENGINES = catalogue.load()
PAINTER, OTHER = "atelier-painter", "stable-diffusion-v1-5"
NAMED = {"noir": "black and white::1 colour::-0.5 --steps 20"}


def completed(prompt: str, said: Preferences | None = None, **typed: Any) -> ImageRequestForm:
    form = ImageRequestForm(prompt=prompt, **typed)
    return with_preferences(form, said or Preferences(), NAMED)


@pytest.mark.parametrize(
    ("prompt", "suffix", "whole"),
    [
        ("a fox", "in oil", "a fox, in oil"),
        ("a fox::1.5 fog::-0.5 --seed 7", "in oil", "a fox, in oil::1.5 fog::-0.5 --seed 7"),
        ("a fox", "in oil::2 text::-1", "a fox:: in oil::2 text::-1"),
        ("a fox --steps 9", "in oil --steps 20 --ar 3:2", "a fox, in oil --ar 3:2 --steps 9"),
        ("a fox --ar 3:2", "in oil --size 640x640", "a fox, in oil --ar 3:2"),
        ("a fox --size 64x64", "in oil --ar 3:2", "a fox, in oil --size 64x64"),
        ("a fox", "in oil --style ink", "a fox, in oil"),
        ("a fox", "in oil --style comic_book", "a fox, in oil --style comic-book"),
        ("a fox --no fog", "--no text", "a fox --no fog, text"),
        ("{red, blue} fox", "in oil", "{red, blue} fox, in oil"),
    ],
)
def test_a_suffix_goes_behind_the_words(prompt: str, suffix: str, whole: str):
    found = completed(prompt, Preferences(suffix=suffix))
    assert parse(found.prompt) == parse(whole)


@pytest.mark.parametrize(
    ("prompt", "usual", "style", "has_words"),
    [
        ("a fox --style noir", None, None, True),
        ("a fox --style NOIR", "anime", None, True),
        ("a fox", "noir", None, True),
        ("a fox", "anime", "anime", False),
        ("a fox", "comic book", "comic-book", False),
        ("a fox --style comic-book", "noir", "comic-book", False),
        ("a fox --style gone", None, "gone", False),
        ("a fox", "gone", None, False),
    ],
)
def test_a_style_is_ones_own_or_a_preset(
    prompt: str, usual: str | None, style: str | None, has_words: bool
):
    found = parse(completed(prompt, Preferences(style=usual)).prompt)
    assert found.options.style == style
    assert any(segment.text == "colour" for segment in found.segments) == has_words


def test_what_is_typed_counts_first():
    said = Preferences(engine=OTHER, aspect="3:2", count=4)
    free = completed("a fox", said)
    assert (free.preferred_engine, free.aspect, free.count) == (OTHER, "3:2", 4)
    assert completed("a fox --ar 1:1 --count 1", said).aspect is None
    assert completed("a fox", said, size="64x64", count=2).aspect is None
    assert completed("a fox", said, size="64x64", count=2).count == 2
    assert completed("{red, blue} fox", said).count is None


@pytest.mark.parametrize(
    ("prompt", "suffix"),
    [
        ("{red, blue} {fox, hen}", "{by day, by night, at dawn, at dusk, in fog}"),
        ("a fox --count 16", "{by day, by night}"),
        ("a fox " * (MAX_CHARS // 6), "in oil, " * 60),
    ],
)
def test_what_does_not_fit_is_left_out(prompt: str, suffix: str):
    form = ImageRequestForm(prompt=prompt)
    assert with_preferences(form, Preferences(suffix=suffix), NAMED) == form


def test_a_typed_style_that_does_not_fit_is_shown_with_its_mistake():
    named = {"many": "{by day, by night}"}
    form = ImageRequestForm(prompt="a fox --style many --count 16")
    found = with_preferences(form, Preferences(), named)
    assert "{by day, by night}" in found.prompt
    with pytest.raises(PromptError, match="32 pictures"):
        parse(found.prompt)


def test_a_style_within_a_style_is_left_out():
    named = {"loop": "in oil --style loop"}
    for form in ("a fox --style loop", "a fox"):
        found = with_preferences(ImageRequestForm(prompt=form), Preferences(style="loop"), named)
        assert found.prompt == "a fox, in oil"


def test_words_that_are_kept_name_presets_only():
    check_stored_words("in oil --style Comic_Book")
    with pytest.raises(PromptError, match="no style preset"):
        check_stored_words("in oil --style loop")
    assert find_preset("Pixel Art") == "pixel-art"
    assert find_preset("noir") is None


def test_an_engine_that_is_gone_is_not_preferred():
    for preferred, drawn_by in ((OTHER, OTHER), ("gone", PAINTER), (None, PAINTER)):
        form = ImageRequestForm(prompt="a fox", preferred_engine=preferred)
        assert read(form, ENGINES, PAINTER).engine_id == drawn_by
    named = ImageRequestForm(prompt=f"a fox --engine {PAINTER}", preferred_engine=OTHER)
    assert read(named, ENGINES, PAINTER).engine_id == PAINTER


def test_a_mistake_stays_as_it_was_typed():
    assert completed("a fox::1,5", Preferences(suffix="in oil")).prompt == "a fox::1,5"


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE)
def test_any_prompt_can_be_completed(prompt: str):
    found = completed(prompt[:MAX_CHARS], Preferences(suffix="in oil", style="noir", count=2))
    assert ImageRequestForm.from_json(found.to_json()) == found
