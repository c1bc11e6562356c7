"""Spare tokens change nothing, and only plain UNets on a processor get some."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from diffusers import UNet2DConditionModel

from inference.backends.diffusers.sampling.text_length import lengthened
from tests.inference.diffusers import tiny
from tests.inference.diffusers.conditioning.models import difference

if TYPE_CHECKING:
    from inference.backends.diffusers.model import Model


def embeds(tokens: int, width: int = tiny.WIDTH) -> torch.Tensor:
    return torch.randn(2, tokens, width, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_masked_tokens_weigh_nothing(sd: Model) -> None:
    texts = embeds(77)
    longer, mask = lengthened(sd, texts)
    assert longer.shape == (2, 80, tiny.WIDTH)
    assert mask is not None
    assert mask.sum(dim=1).tolist() == [77, 77]
    x, times = torch.randn(2, 4, 8, 8), torch.tensor([500.0, 20.0])
    (expected,) = sd.unet(x, times, encoder_hidden_states=texts, return_dict=False)
    for spare in (0.0, 100.0):
        longer[:, 77:] = spare
        (found,) = sd.unet(x, times, longer, encoder_attention_mask=mask, return_dict=False)
        assert difference(found, expected) <= 2e-6


def test_where_the_length_is_right_nothing_is_added(sd: Model) -> None:
    texts = embeds(160)
    assert lengthened(sd, texts) == (texts, None)


def test_a_gpu_gets_no_masks(sd: Model) -> None:
    there = replace(sd, device=torch.device("cuda:0"))
    assert lengthened(there, embeds(77))[1] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"only_cross_attention": True},
        {"dual_cross_attention": True},
        {"encoder_hid_dim": 16, "encoder_hid_dim_type": "text_proj"},
        {"mid_block_type": "UNetMidBlock2DSimpleCrossAttn"},
        {"attention_type": "gated"},
    ],
    ids=lambda changes: next(reversed(changes)),
)
def test_unets_that_read_texts_in_other_ways_get_them_as_they_are(
    sd: Model, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    config: dict[str, Any] = {
        name: value for name, value in sd.unet.config.items() if not name.startswith("_")
    }
    other = UNet2DConditionModel(**config | changes)
    monkeypatch.setattr(sd.pipeline, "unet", other)
    texts = embeds(77)
    assert lengthened(sd, texts) == (texts, None)
