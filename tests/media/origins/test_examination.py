"""Recipes of every program are read from real files, and hostile ones end in nothing."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.metadata import Recipe, write_recipe
from media.origins.comfyui import read_comfyui
from media.origins.examination import examine
from media.origins.fingerprint import fingerprint
from media.origins.found import MAX_WORDS, FoundRecipe
from media.origins.invokeai import read_invokeai
from tests.media.origins.files import (
    DREAM,
    FLUX,
    GRAPH,
    INFOTEXT,
    INVOKE,
    INVOKE_2,
    WORKFLOW,
    png,
    webp_of_comfyui,
    with_comment,
)

WEB_UI = FoundRecipe(
    program="AUTOMATIC1111",
    prompts=(("a red fox, (detailed:1.2) <lora:ink:0.8>", 1.0), ("lowres, blurry", -1.0)),
    width=512,
    height=768,
    seed=1234,
    steps=20,
    cfg_scale=7.5,
    sampler="DPM++ 2M Karras",
    model="v1-5-pruned",
    strength=0.7,
    others=(("Clip skip", "2"),),
)


@pytest.mark.parametrize(
    "data",
    [
        png({"parameters": INFOTEXT}),
        with_comment("JPEG", INFOTEXT),
        with_comment("JPEG", INFOTEXT, "utf-16-le"),
        with_comment("WEBP", INFOTEXT),
        with_comment("WEBP", INFOTEXT, "utf-8"),
    ],
    ids=["png", "jpeg", "jpeg, little", "webp", "webp, ascii"],
)
def test_automatic1111(data: bytes):
    assert examine(data).recipe == WEB_UI


def test_letters_of_all_scripts():
    text = f"고양이 🦊 مرحبا\n{INFOTEXT.splitlines()[-1]}"
    for data in (png({"parameters": text}), with_comment("JPEG", text)):
        recipe = examine(data).recipe
        assert recipe
        assert recipe.prompts == (("고양이 🦊 مرحبا", 1.0),)


def test_comfyui():
    for data in (
        png({"prompt": json.dumps(GRAPH), "workflow": json.dumps(WORKFLOW)}),
        webp_of_comfyui(GRAPH),
    ):
        assert examine(data).recipe == FoundRecipe(
            program="ComfyUI",
            prompts=(("a lighthouse", 1.0), ("people", -1.0)),
            width=832,
            height=1216,
            seed=42,
            steps=25,
            cfg_scale=6.5,
            sampler="dpmpp_2m karras",
            model="base",
            loras=(("ink", 0.6),),
        )


def test_comfyui_with_a_guider():
    assert examine(png({"prompt": json.dumps(FLUX)})).recipe == FoundRecipe(
        program="ComfyUI",
        prompts=(("a glass bird", 1.0),),
        width=1024,
        height=1024,
        seed=7,
        steps=4,
        cfg_scale=3.5,
        sampler="euler simple",
        model="flux1-schnell",
    )


def test_comfyui_as_its_page_draws_it():
    assert examine(png({"workflow": json.dumps(WORKFLOW)})).recipe == FoundRecipe(
        program="ComfyUI",
        prompts=(("a boat", 1.0), ("fog", -1.0)),
        width=640,
        height=448,
        seed=99,
        steps=30,
        cfg_scale=7,
        sampler="euler_ancestral",
        model="sd15",
        strength=0.5,
    )


def test_words_go_through_what_takes_both_kinds():
    control = {"positive": ["6", 0], "negative": ["7", 0], "image": ["12", 0]}
    graph = {
        **GRAPH,
        "11": {"class_type": "ControlNetApplyAdvanced", "inputs": control},
        "12": {"class_type": "LoadImage", "inputs": {"image": "pose.png", "text": "not this"}},
    }
    inputs = {**GRAPH["3"]["inputs"], "positive": ["11", 0], "negative": ["11", 1]}
    recipe = read_comfyui({"prompt": json.dumps({**graph, "3": {**GRAPH["3"], "inputs": inputs}})})
    assert recipe
    assert recipe.prompts == (("a lighthouse", 1.0), ("people", -1.0))


def test_invokeai_of_today():
    assert examine(png({"invokeai_metadata": json.dumps(INVOKE)})).recipe == FoundRecipe(
        program="InvokeAI",
        prompts=(("a castle", 1.0), ("text", -1.0)),
        width=1024,
        height=768,
        seed=11,
        steps=30,
        cfg_scale=5,
        sampler="euler_a",
        model="Juggernaut XL",
        loras=(("mist", 0.75),),
    )


def test_invokeai_of_before():
    recipe = examine(png({"sd-metadata": json.dumps(INVOKE_2)})).recipe
    assert recipe
    assert recipe.prompts == (("a harbour", 1.0), ("people, boats", -1.0))
    assert (recipe.sampler, recipe.model) == ("k_euler_a", "stable-diffusion-1.5")
    assert (recipe.width, recipe.height, recipe.seed) == (640, 512, 5)
    for text in (DREAM, DREAM.replace("-s 40", "-s40")):
        recipe = examine(png({"Dream": text})).recipe
        assert recipe
        assert recipe.prompts == (("a mill", 1.0), ("sheep", -1.0))
        assert (recipe.steps, recipe.seed, recipe.cfg_scale) == (40, 77, 8.0)
        assert (recipe.width, recipe.height, recipe.sampler) == (640, 448, "k_lms")


def test_our_own():
    ours = Recipe(
        engine_id="stable-diffusion-v1-5",
        prompts=(("a wren", 1.5), ("fog", -0.5)),
        width=64,
        height=48,
        seed=9,
        steps=30,
        cfg_scale=7.0,
        sampler="k_euler",
        loras=(("ink", 0.5),),
        has_mask=True,
    )
    examined = examine(write_recipe(png({"parameters": INFOTEXT}), ours, is_trained=True))
    # Its result may still be there.
    assert (examined.fingerprint, examined.size) == (fingerprint(png({})), (64, 48))
    assert examined.recipe == FoundRecipe(
        program="Atelier",
        prompts=ours.prompts,
        width=64,
        height=48,
        seed=9,
        steps=30,
        cfg_scale=7.0,
        sampler="k_euler",
        engine_id=ours.engine_id,
        loras=ours.loras,
        others=(("Mask", "yes"),),
    )


def test_a_picture_without_a_recipe_is_looked_at():
    examined = examine(png({"Comment": "a holiday", "parameters": "only words"}))
    assert examined.recipe is None
    assert examined.fingerprint
    assert examined.size == (64, 48)


DEEP = "[" * 200_000 + "]" * 200_000
WIDE = json.dumps({str(n): {"inputs": {"seed": [str(n + 1), 0]}} for n in range(20_000)})
RING = json.dumps(
    {
        str(n): {"class_type": "SaveImage", "inputs": {f"i{m}": [str(m), 0] for m in range(60)}}
        for n in range(60)
    }
)
HOSTILE = {
    "deep": {"prompt": DEEP, "invokeai_metadata": DEEP, "atelier": DEEP},
    "deep objects": {"prompt": '{"a":' * 100_000 + "1" + "}" * 100_000},
    "wide": {"prompt": WIDE},
    "ring": {"prompt": RING, "workflow": RING},
    "digits": {"prompt": '{"1": {"inputs": {"seed": ' + "9" * 100_000 + "}}}"},
    "not finite": {"invokeai_metadata": '{"seed": NaN, "steps": Infinity, "cfg_scale": 1e999}'},
    "quotes": {"Dream": "'" * 5000, "parameters": "x\nSteps: 1," + ' a: "' * 3000},
    "lines": {"parameters": "\n" * 500_000 + "Steps: 1" + "," * 7000},
    "brackets": {"Dream": "[" * 500_000},
    "long": {"parameters": "x" * 900_000 + "\nSteps: 1, Seed: 2"},
}


@pytest.mark.parametrize("texts", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_texts_cost_little_and_break_nothing(texts: dict[str, str]):
    data = png(texts)
    began = time.process_time()
    examined = examine(data)
    # Far below what a worker may use (media.pool.UPLOAD_CPU_LIMIT).
    assert time.process_time() - began < 2
    recipe = examined.recipe
    assert recipe is None or all(len(words) <= MAX_WORDS for words, _ in recipe.prompts)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [*GRAPH, *GRAPH["3"]["inputs"], *INVOKE, "class_type", "inputs", "image"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=200)
@given(json_values, st.text(max_size=200))
def test_whatever_stands_there_is_read_or_left(value: Any, text: str):
    written = json.dumps(value)
    for key in ("prompt", "workflow", "invokeai_metadata", "sd-metadata", "Dream"):
        for texts in ({key: written}, {key: text}):
            read_comfyui(texts)
            read_invokeai(texts)
