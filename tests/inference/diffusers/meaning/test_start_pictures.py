"""What an init image and a mask do to the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL

from tests.inference.diffusers.meaning.requests import MODEL, seeds
from tests.inference.orders import difference, png
from tests.inference.trained.drawings import SIDE, Figure, Scene
from tests.inference.trained.drawings import draw as drawing
from tests.inference.trained.judge import judge, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.inference.diffusers.meaning.requests import Draw

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]

COUNT = 16
HALF = SIDE // 2
MARGIN = 8
"""Pixels beside the edge of a mask that belong to the same latents."""


def through_vae(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The pixels encoded and decoded, without any sampling."""
    vae = AutoencoderKL.from_pretrained(MODEL / "pipeline" / "vae", dtype=torch.float32)
    levels = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.no_grad():
        decoded = vae.decode(vae.encode(levels).latent_dist.mean).sample
    return (decoded * 127.5 + 127.5).round().clamp(0, 255).byte()[0].permute(1, 2, 0).numpy()


async def test_the_start_keeps_its_colour_at_low_strength_and_loses_it_at_high(draw: Draw):
    start = png(drawing(Scene("white", (Figure("red", "circle"),))))
    for strength in (0.05, 0.1):
        low = await draw(seeds(COUNT, "a blue circle", init_image=start, strength=strength))
        assert share(map(judge, low), colour="red") >= 0.9
    for strength in (0.2, 0.5):
        some = await draw(seeds(COUNT, "a blue circle", init_image=start, strength=strength))
        assert share(map(judge, some), colour="red") <= 0.05
    high = await draw(seeds(COUNT, "a blue circle", init_image=start, strength=0.95))
    assert share(map(judge, high), colour="red") <= 0.05
    assert share(map(judge, high), colour="blue") >= 0.85


async def test_inpainting_follows_inside_and_keeps_the_outside(draw: Draw):
    start = drawing(Scene("grey", (Figure("red", "square", 16, 32, 12),)))
    mask = np.full((SIDE, SIDE), 255, dtype=np.uint8)
    mask[:, HALF:] = 0
    pictures = await draw(
        seeds(COUNT, "a blue circle", init_image=png(start), mask=png(mask), strength=1.0)
    )
    inside = [judge(picture[:, HALF:]) for picture in pictures]
    assert share(inside, colour="blue") >= 0.8
    kept = np.s_[:, : HALF - MARGIN]
    error = difference(through_vae(start)[kept], start[kept])
    outside = [difference(picture[kept], start[kept]) for picture in pictures]
    assert max(outside) <= error + 5
