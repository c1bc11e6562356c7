"""Rows: their coefficients, their lengths, and what emphasis does to embeddings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.errors import BadRequest
from generation.request import Control, StylePreset, TextPrompt, WeightMethod
from inference.backends.diffusers.conditioning.mixture import mix
from inference.backends.diffusers.conditioning.prompts import condition
from inference.backends.diffusers.conditioning.text_encoders import TextEncoders, TextMemory
from tests.inference.diffusers.conditioning.models import difference, drawing, png, request, sample

if TYPE_CHECKING:
    from torch import Tensor

    from inference.backends.diffusers.model import Model

LONG = "a photo of the red circle on the blue square, " * 12
COMPOSED = WeightMethod.CROSS_ATTENTION


def embedding(model: Model, text: str) -> Tensor:
    (found,) = mix([TextPrompt(text)]).texts
    return TextEncoders(model).encode(found).embeds


def test_embeddings_are_mixed_into_two_rows(sd: Model) -> None:
    asked = request(("a cat", 1), ("a dog", 3), ("red", -1), ("blue", -1), cfg_scale=4.0)
    rows = condition(sd, asked).rows
    assert [row.coefficient for row in rows] == [4.0, -3.0]
    wanted = 0.25 * embedding(sd, "a cat") + 0.75 * embedding(sd, "a dog")
    assert torch.allclose(rows[0].embeds, wanted, atol=1e-6)
    pushed = 0.5 * embedding(sd, "red") + 0.5 * embedding(sd, "blue")
    base = 0.5 * embedding(sd, "") + 0.5 * pushed
    assert torch.allclose(rows[1].embeds, base, atol=1e-6)


def test_a_text_that_is_remembered_is_not_encoded_again(sd: Model) -> None:
    calls: list[object] = []
    handle = sd.pipeline.text_encoder.register_forward_pre_hook(lambda *_: calls.append(1))
    memory = TextMemory(most=3)
    counts: list[int] = []
    try:
        for words in ("a cat", "a bird", "a cat", "a fish", "a bird"):
            before = len(calls)
            rows = condition(sd, request(words, ("a dog", -0.5)), memory=memory).rows
            counts.append(len(calls) - before)
            fresh = condition(sd, request(words, ("a dog", -0.5))).rows
            assert all(
                torch.equal(one.embeds, other.embeds)
                for one, other in zip(rows, fresh, strict=True)
            )
    finally:
        handle.remove()
    each = counts[1]
    assert counts == [3 * each, each, each, each, each]


def test_predictions_have_a_row_for_each_text(sd: Model) -> None:
    asked = request(
        ("a cat", 1), ("a dog", 3), ("red", -1), ("blue", -1), cfg_scale=4.0,
        weight_method=COMPOSED,
    )  # fmt: skip
    rows = condition(sd, asked).rows
    coefficients = [row.coefficient for row in rows]
    assert coefficients == pytest.approx([1.0, 3.0, -0.75, -0.75, -1.5])
    assert sum(coefficients) == pytest.approx(1)
    for row, text in zip(rows, ("a cat", "a dog", "red", "blue", ""), strict=True):
        assert torch.allclose(row.embeds, embedding(sd, text), atol=1e-6)


def test_a_text_on_both_sides_is_one_row(sd: Model) -> None:
    asked = request(("a cat", 1), ("a cat", -1), cfg_scale=4.0, weight_method=COMPOSED)
    assert [row.coefficient for row in condition(sd, asked).rows] == [1.0]


def test_too_many_predictions_are_refused(sd: Model) -> None:
    words = " ".join(f"({letter}:-1)" for letter in "abcdefghijkl")
    with pytest.raises(BadRequest, match="14 predictions are more than the 9"):
        condition(sd, request("a cat", (words, 0.5), weight_method=COMPOSED))


def test_without_guidance_there_is_one_row(sd: Model) -> None:
    for method in WeightMethod:
        asked = request("a cat", ("a dog", -1), cfg_scale=1.0, weight_method=method)
        assert [row.coefficient for row in condition(sd, asked).rows] == [1.0]


@pytest.mark.parametrize("method", list(WeightMethod))
@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_a_small_weight_changes_little(
    request: pytest.FixtureRequest, name: str, method: WeightMethod
) -> None:
    from tests.inference.diffusers.conditioning.models import request as ask

    model: Model = request.getfixturevalue(name)
    plain = sample(model, ask("a cat"))
    for weight in (1e-4, -1e-4):
        asked = ask("a cat", ("a dog", weight), weight_method=method)
        assert 0 < difference(sample(model, asked), plain) < 1e-3


@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_long_prompts_are_read_to_their_end(request: pytest.FixtureRequest, name: str) -> None:
    from tests.inference.diffusers.conditioning.models import request as ask

    model: Model = request.getfixturevalue(name)
    rows = condition(model, ask(LONG + "cat", ("a dog", -1))).rows
    lengths = {len(row.embeds) for row in rows}
    assert len(lengths) == 1
    (tokens,) = lengths
    assert tokens > 77
    assert tokens % 77 == 0
    other = condition(model, ask(LONG + "dog", ("a dog", -1))).rows
    assert difference(rows[0].embeds, other[0].embeds) > 0.01
    short = condition(model, ask("a dog")).rows[0].embeds
    assert torch.equal(rows[1].embeds[:77], short)


def test_sdxl_has_zeros_where_there_is_no_negative_prompt(sdxl: Model) -> None:
    drawn, base = condition(sdxl, request("a cat", width=104, height=72)).rows
    assert not base.embeds.any()
    assert base.pooled is not None
    assert not base.pooled.any()
    assert drawn.time_ids is not None
    assert drawn.time_ids.tolist() == [72, 104, 0, 0, 72, 104]


def test_sdxl_pools_the_words_without_their_emphasis(sdxl: Model) -> None:
    plain = condition(sdxl, request("a red cat")).rows[0]
    stressed = condition(sdxl, request("a (red:1.5) cat")).rows[0]
    assert plain.pooled is not None
    assert stressed.pooled is not None
    assert torch.equal(plain.pooled, stressed.pooled)
    assert difference(plain.embeds, stressed.embeds) > 0.001


@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_emphasis_goes_from_the_text_without_the_word_to_beyond_it(
    request: pytest.FixtureRequest, name: str
) -> None:
    model: Model = request.getfixturevalue(name)
    base = embedding(model, "a red cat")
    towards = embedding(model, "") - base

    def along(weight: float) -> float:
        """How far the word's own tokens have gone from the empty text's, 0 being as usual."""
        moved = embedding(model, f"a (red:{weight}) cat") - base
        word = slice(2, 3)
        return -float((moved[word] * towards[word]).sum() / towards[word].square().sum())

    assert along(1.5) == pytest.approx(0.5, abs=1e-4)
    assert along(1.2) == pytest.approx(0.2, abs=1e-4)
    assert along(1.0) == pytest.approx(0.0, abs=1e-6)
    for weight in (0.9, 1.1):
        moved = embedding(model, f"a (red:{weight}) cat")
        assert 0 < difference(moved, base) < 0.5


def test_more_weakened_words_than_can_be_encoded_are_refused(sd: Model) -> None:
    with pytest.raises(BadRequest, match="40 passages with less emphasis") as caught:
        condition(sd, request("[a] cat " * 40))
    assert caught.value.field == "prompt"


@given(st.text(max_size=60), st.floats(-10, 10), st.sampled_from(list(WeightMethod)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_members_write_has_finite_rows(
    sd: Model, text: str, weight: float, method: WeightMethod
) -> None:
    asked = request("a cat", (text, weight), weight_method=method)
    rows = condition(sd, asked).rows
    assert sum(row.coefficient for row in rows) == pytest.approx(1)
    assert all(bool(torch.isfinite(row.embeds).all()) for row in rows)


@pytest.mark.parametrize(
    "text",
    [
        "<|endoftext|> (cat:0.5) <|startoftext|>",
        "(\u200b:0.5) cat",
        "( :0.3)cat",
        "[,] [.] [a cat], a [dog]",
        "cat " * 90 + "(dog:0.5)" + " cat" * 90 + " [the end]",
        "(<|endoftext|>:0.5)",
        "(a\x00b:0.5)",
    ],
)
def test_texts_that_could_confuse_the_search_for_fragments(sd: Model, text: str) -> None:
    rows = condition(sd, request(text)).rows
    assert all(bool(torch.isfinite(row.embeds).all()) for row in rows)


def test_a_style_is_refused(sd: Model) -> None:
    with pytest.raises(BadRequest, match="knows no style presets"):
        condition(sd, request("a cat", style=StylePreset.ANIME))


def test_a_control_that_the_model_has_not(sd: Model) -> None:
    asked = request("a cat", controls=(Control("scribble", png(drawing())),))
    with pytest.raises(BadRequest, match="no control of the kind scribble"):
        condition(sd, asked)
    (hint,) = condition(sd, replace(asked, controls=(Control("canny", png(drawing())),))).controls
    assert hint.image.shape == (3, 64, 64)
    assert 0 <= float(hint.image.min()) <= float(hint.image.max()) <= 1
