"""Emphasis moves the embedding of a word in the asked direction, by a bounded amount."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline

from inference.backends.diffusers.conditioning.prompts import condition
from inference.backends.diffusers.model import Family, Model
from tests.inference.diffusers.meaning.requests import MODEL, request

WORD = 2
"""The place of "red" in "a red circle", after the start token and "a"."""


@cache
def model() -> Model:
    pipeline = StableDiffusionPipeline.from_pretrained(
        MODEL / "pipeline", dtype=torch.float32, local_files_only=True
    )
    return Model(
        id="drawn-shapes",
        family=Family.SD,
        pipeline=pipeline,
        device=torch.device("cpu"),
        dtype=torch.float32,
    )


@cache
def embeds(text: str) -> Any:
    """The embeddings (77, width) of a text."""
    (row,) = condition(model(), request(text, cfg_scale=1.0)).rows
    return row.embeds


@pytest.mark.parametrize("weight", [1.1, 1.4, 2.0])
def test_more_emphasis_moves_the_word_away_from_no_text(weight: float):
    plain, nothing = embeds("a red circle"), embeds("")
    moved = embeds(f"a (red:{weight}) circle") - plain
    expected = (weight - 1) * (plain - nothing)[WORD]
    torch.testing.assert_close(moved[WORD], expected, atol=1e-4, rtol=1e-4)
    moved[WORD] = 0
    assert float(moved.abs().max()) < 1e-4


@pytest.mark.parametrize("weight", [0.9, 0.5])
def test_less_emphasis_moves_the_word_towards_no_text(weight: float):
    plain, nothing = embeds("a red circle"), embeds("")
    moved = embeds(f"a (red:{weight}) circle") - plain
    away = plain - nothing
    assert float((moved[WORD] * away[WORD]).sum()) < 0
    assert float(moved[WORD].norm()) < 2 * float(away[WORD].norm())


def test_more_emphasis_moves_further():
    plain = embeds("a red circle")
    ways = [float((embeds(f"a (red:{w}) circle") - plain).norm()) for w in (1.0, 1.2, 1.6, 2.0)]
    assert ways == sorted(ways)
    assert ways[0] == 0
