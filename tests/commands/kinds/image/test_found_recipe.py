"""What a file says becomes a line that /imagine reads as just that, and takes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.image.found_recipe import FittedRecipe, fit_recipe
from commands.kinds.image.read import ImageRequestForm, read
from commands.languages import speaking
from commands.ui.facts import engine_label
from generation.catalogue import catalogue
from media.origins.automatic1111 import read_infotext
from media.origins.found import FoundRecipe
from prompts import parse, render
from tests.commands.engines import offering
from tests.media.origins.files import INFOTEXT

KNOWN = catalogue.load()
ENGINES = offering(KNOWN)
USUAL = ENGINES.default

OTHER = FoundRecipe(program="ComfyUI", prompts=(("a fox", 1.0), ("fog, rain", -1.0)))


def fit(found: FoundRecipe) -> FittedRecipe:
    fitted = fit_recipe(found, ENGINES)
    if fitted.paste:
        prompt = parse(fitted.paste)
        assert parse(render(prompt)) == prompt
        # It is taken as it is: neither a size nor a figure is refused.
        read(ImageRequestForm(prompt=fitted.paste), KNOWN, USUAL.id)
    return fitted


def test_a_recipe_of_another_program():
    found = read_infotext(INFOTEXT)
    assert found
    fitted = fit(found)
    prompt = parse(fitted.paste)
    assert [(one.plain, one.weight) for one in prompt.segments] == [
        ("a red fox, detailed", 1.0),
        ("lowres, blurry", -1.0),
    ]
    assert [(lora.name, lora.weight) for lora in prompt.loras] == [("ink", 0.8)]
    options = prompt.options
    assert (options.size, options.seed, options.steps) == ((512, 768), 1234, 20)
    assert (options.cfg, options.sampler, options.strength) == (7.5, "k_dpmpp_2m", 70)
    told = " ".join(fitted.notices)
    assert f"v1-5-pruned is not offered here; {engine_label(USUAL)} draws it" in told
    assert "attach the same one" in told
    assert "Clip skip cannot be chosen here." in told
    assert "arras" in told


def test_every_notice_is_said_in_the_reader_s_language():
    found = read_infotext(INFOTEXT)
    assert found
    with speaking("ko"):
        notices = fit(replace(found, width=1000, seed=1 << 50)).notices
    assert len(notices) > 5
    for notice in notices:
        assert re.search("[가-힣]", notice), notice


def test_what_does_not_fit_is_brought_near_and_told():
    odd = replace(
        OTHER,
        width=1000,
        height=33_000,
        steps=100_000,
        cfg_scale=99.0,
        seed=1 << 50,
        sampler="uni_pc",
    )
    fitted = fit(odd)
    options = parse(fitted.paste).options
    assert (options.steps, options.cfg) == (USUAL.max_steps, USUAL.max_cfg_scale)
    assert options.size == USUAL.nearest_size(1000, 33_000)
    assert (options.seed, options.sampler) == (None, None)
    told = " ".join(fitted.notices)
    for said in ("1000×33000", "100000", "cfg", f"{1 << 50}", "uni_pc"):
        assert said in told


def test_our_own_names_its_engine_and_keeps_its_weights():
    engine = next(one for one in KNOWN if one.kind == "image" and one is not USUAL)
    ours = FoundRecipe(
        program="Atelier",
        prompts=(("a wren", 1.5), ("fog", -0.5)),
        engine_id=engine.id,
        width=engine.default_size[0],
        height=engine.default_size[1],
    )
    prompt = parse(fit(ours).paste)
    assert [(one.plain, one.weight) for one in prompt.segments] == [("a wren", 1.5), ("fog", -0.5)]
    assert prompt.options.engine == engine.id


def test_a_second_pass_is_no_picture_to_start_from():
    hires = replace(OTHER, strength=0.4, others=(("Hires upscale", "2"),))
    assert parse(fit(hires).paste).options.strength is None


@pytest.mark.parametrize("words", ["", "   "])
def test_without_words_there_is_no_line(words: str):
    found = FoundRecipe(program="ComfyUI", seed=5, prompts=((words, 1.0),) if words else ())
    assert fit(found).paste == ""


def test_what_is_too_long_is_told():
    fitted = fit(replace(OTHER, prompts=(("fox " * 1500, 1.0), ("fog " * 1500, -1.0))))
    assert fitted.paste == ""
    assert "6,000" in fitted.notices[-1]


texts = st.text(min_size=1, max_size=40) | st.sampled_from(
    [
        "a {red, blue} fox",
        "std::vector",
        "(a:1.2)",
        "--ar 3:2",
        "x::1,5",
        "<lora:a:2>",
        "[a|b]",
        "🦊 {a",
    ]
)


@given(
    st.builds(
        FoundRecipe,
        program=st.sampled_from(["Atelier", "ComfyUI"]),
        prompts=st.lists(
            st.tuples(texts, st.sampled_from([1.0, -1.0, 0.5])), min_size=1, max_size=3
        ).map(tuple),
        width=st.none() | st.integers(0, 1 << 30),
        height=st.none() | st.integers(0, 1 << 30),
        seed=st.none() | st.integers(0, 1 << 53),
        steps=st.none() | st.integers(0, 1 << 40),
        cfg_scale=st.none() | st.floats(-1e9, 1e9),
        sampler=st.text(max_size=100),
        engine_id=st.text(max_size=20) | st.sampled_from([engine.id for engine in KNOWN]),
        style=st.sampled_from(["", "anime", "none"]),
        strength=st.none() | st.floats(-2, 2),
        loras=st.lists(
            st.tuples(st.text(min_size=1, max_size=10), st.floats(-9, 9)), max_size=2
        ).map(tuple),
    )
)
def test_every_line_is_read_as_it_was_meant(found: FoundRecipe):
    prompt = fit_recipe(found, ENGINES).paste
    if prompt:
        assert render(parse(prompt)) == prompt
