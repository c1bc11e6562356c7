"""What other programs write into prompts: Midjourney's flags, pasted recipes and their signs."""

from __future__ import annotations

import pytest

from prompts import Options, PromptError, parse


def segments(text: str) -> list[tuple[str, float]]:
    return [(segment.plain, segment.weight) for segment in parse(text).segments]


def told(text: str) -> str:
    return " ".join(notice.text for notice in parse(text).notices)


FOREIGN = "v niji s stylize chaos c q quality tile weird hd iw cref sref cw sw p r video stop"


@pytest.mark.parametrize("flag", FOREIGN.split())
def test_flags_of_midjourney(flag: str) -> None:
    with pytest.raises(PromptError, match=f"--{flag} is Midjourney's; ") as caught:
        parse(f"a fox --{flag}")
    assert caught.value.remedy == "a fox"


def test_style_raw_is_midjourneys_too() -> None:
    with pytest.raises(PromptError, match="--style raw is Midjourney's") as caught:
        parse("a fox --style raw --v 6.1 --ar 3:2")
    assert [one.offending for one in caught.value.mistakes] == ["--style raw", "--v"]
    assert caught.value.remedy == "a fox --ar 3:2"


RECIPE = (
    "a red fox\nNegative prompt: lowres, (bad hands:1.2)\nSteps: 20, Sampler: DPM++ 2M Karras,"
    ' CFG scale: 7.5, Seed: 1234, Size: 512x768, Model: dream, Lora hashes: "a: b, c: d",'
    ' Hashes: {"model": "x", "vae": "y"}, Version: v1.9'
)


@pytest.mark.parametrize("text", [RECIPE, RECIPE.replace("\n", " ")])
def test_a_pasted_recipe(text: str) -> None:
    prompt = parse(text)
    assert [(one.plain, one.weight) for one in prompt.segments] == [
        ("a red fox", 1),
        ("lowres, bad hands", -1),
    ]
    assert prompt.options == Options(
        seed=1234, steps=20, cfg=7.5, size=(512, 768), sampler="k_dpmpp_2m"
    )
    assert told(text) == (
        "Of the pasted recipe, the karras schedule, Model, Lora hashes, Hashes, Version"
        " cannot be chosen here."
    )
    assert parse(prompt.canonical) == prompt


@pytest.mark.parametrize(
    "text",
    [
        "a fox\nNegative prompt: fog\nSeed: 7, Size: 512x768, Steps: 20, Sampler: Euler a",
        "a fox\nSteps: 20, Sampler: Euler a, Seed: 7, Size: 512x768\nNegative prompt: fog",
        "a fox Sampler: Euler a, Steps: 20, Seed: 7, Size: 512x768 Negative prompt: fog",
    ],
)
def test_a_recipe_in_another_order(text: str) -> None:
    prompt = parse(text)
    assert segments(text) == [("a fox", 1), ("fog", -1)]
    assert prompt.options == Options(seed=7, steps=20, size=(512, 768), sampler="k_euler_ancestral")
    assert parse(prompt.canonical) == prompt


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a menu board, Size: large, Steps: 2, Price: low", "a menu board, Size: large"),
        ("How to plant. Seed: pumpkin, Steps: 4, Water: weekly", "How to plant. Seed: pumpkin"),
        ("a box. Sampler: chocolates, Steps: 2, Theme: red", "a box. Sampler: chocolates"),
    ],
)
def test_words_before_the_steps_are_no_settings(text: str, drawn: str) -> None:
    (segment,) = parse(text).segments
    assert segment.text.startswith(drawn)


def test_a_recipe_needs_a_list() -> None:
    assert segments("Steps: 20, and a dog") == [("Steps: 20, and a dog", 1)]
    short = parse("a red fox\nNegative prompt: lowres\nSteps: 20, Seed: 1234, Size: 512x768")
    assert short.options == Options(steps=20, seed=1234, size=(512, 768))
    assert not short.notices
    assert segments("a fox Negative prompt: a | b::2") == [("a fox", 1), ("a | b::2", -1)]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("1.2::masterpiece::", "1.2::"),
        ("a fox:: 2 fog:: -0.5", ":: 2"),
        ("a fox:: 2 fog:: -0.5", ":: -0.5"),
        ("a fox --no text:1.4", ":1.4"),
        ("a fox BREAK a hare", "BREAK"),
        ("a fox AND a hare", "AND"),
        ("a __animal__ in snow", "__animal__"),
        ("a fox ### a hare", "###"),
    ],
)
def test_signs_of_other_programs_are_told(text: str, sign: str) -> None:
    assert sign in told(text)
