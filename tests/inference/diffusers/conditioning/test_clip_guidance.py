"""CLIP guidance moves estimates towards a text, by a bounded amount and in bounded memory."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from generation.errors import BadRequest
from generation.request import ANCESTRAL_SAMPLERS, GuidancePreset, GuidanceSettings, Sampler
from inference.backends.backend import DrawContext
from inference.backends.diffusers.backend import DiffusersBackend
from inference.backends.diffusers.conditioning import clip_guidance
from inference.backends.diffusers.conditioning.prompts import condition
from tests.inference.diffusers.conditioning.models import request

if TYPE_CHECKING:
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.models.residency import ModelStore
    from inference.backends.diffusers.rows import Guide

PRESETS = [preset for preset in GuidancePreset if preset is not GuidancePreset.NONE]


def guide(model: Model, *prompts: Any, **more: Any) -> Guide:
    asked = request(*prompts or ("a red cat",), **{"guidance": GuidancePreset.SLOW, **more})
    found = condition(model, asked).guide
    assert found is not None
    return found


def estimate(side: int = 8, seed: int = 5) -> torch.Tensor:
    return torch.randn(4, side, side, generator=torch.Generator().manual_seed(seed))


def shift(before: torch.Tensor, after: torch.Tensor) -> float:
    return float((after - before).square().mean().sqrt())


def distance(model: Model, latents: torch.Tensor, text: str) -> float:
    """Between the picture of those latents and a text, as CLIP sees it."""
    asked = guide(model, text, guidance=GuidancePreset.SIMPLE)
    with torch.no_grad():
        return float(asked._distance(asked._decode(latents)))  # pyright: ignore


def test_nobody_guides_who_was_not_asked(sd: Model) -> None:
    assert condition(sd, request("a cat")).guide is None


@pytest.mark.parametrize("preset", PRESETS)
def test_the_picture_comes_nearer_to_the_text(sd: Model, preset: GuidancePreset) -> None:
    asked = guide(sd, guidance=preset)
    latents = estimate()
    before = distance(sd, latents, "a red cat")
    for _ in range(6):
        latents = asked(latents, 5.0)
    assert distance(sd, latents, "a red cat") < before


def test_the_way_is_bounded_and_ends_with_the_noise(sd: Model) -> None:
    before = estimate()
    asked = guide(sd)
    strength = clip_guidance.PRESETS[GuidancePreset.SLOW].strength
    moves = [shift(before, asked(before, sigma)) for sigma in (14.0, 3.0, 1.0, 0.1, 0.0)]
    assert moves == sorted(moves, reverse=True)
    assert moves[0] == pytest.approx(strength, rel=0.02)
    assert moves[2] == pytest.approx(strength / 2, rel=0.02)
    assert moves[-1] == 0


def test_strength_multiplies_and_nothing_is_nothing(sd: Model) -> None:
    before = estimate()
    usual = shift(before, guide(sd)(before, 3.0))
    settings = GuidanceSettings(strength=2.0)
    assert shift(before, guide(sd, guidance_settings=settings)(before, 3.0)) == pytest.approx(
        2 * usual, rel=1e-3
    )
    still = guide(sd, guidance_settings=GuidanceSettings(strength=0.0))
    assert torch.equal(still(before, 3.0), before)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_looks_to_the_end(sd: Model, preset: GuidancePreset) -> None:
    # What is drawn after a guide has stopped undoes what it did.
    before = estimate()
    asked = guide(sd, guidance=preset)
    for sigma in (0.03, 0.5, 5.0):
        assert not torch.equal(asked(before, sigma), before)


def test_the_fast_presets_look_once_a_step() -> None:
    for preset in (GuidancePreset.FAST_BLUE, GuidancePreset.FAST_GREEN):
        assert clip_guidance.PRESETS[preset].cutouts == 1


def test_the_slow_presets_look_more_often() -> None:
    slow = (GuidancePreset.SLOW, GuidancePreset.SLOWER, GuidancePreset.SLOWEST)
    counts = [clip_guidance.PRESETS[preset].cutouts for preset in slow]
    assert counts == sorted(set(counts))
    assert set(clip_guidance.PRESETS) == set(PRESETS)


def test_a_prompt_of_its_own_is_guided_to(sd: Model) -> None:
    before = estimate()
    own = GuidanceSettings(prompt="a blue dog")
    towards_own = guide(sd, "a red cat", guidance_settings=own)(before, 3.0)
    assert torch.equal(towards_own, guide(sd, "a blue dog")(before, 3.0))
    assert not torch.equal(towards_own, guide(sd, "a red cat")(before, 3.0))


def test_the_same_estimate_is_moved_the_same_way(sd: Model) -> None:
    before = estimate()
    assert torch.equal(guide(sd)(before, 3.0), guide(sd)(before, 3.0))


def test_it_works_where_the_engine_has_switched_gradients_off(sd: Model) -> None:
    asked = guide(sd)
    expected = asked(estimate(), 3.0)
    with torch.inference_mode():
        found = asked(estimate() * 1, 3.0)
        assert torch.equal(found, expected)


@pytest.mark.parametrize("spoiled", [float("nan"), float("inf"), 1e30])
def test_what_is_not_finite_is_left_alone(sd: Model, spoiled: float) -> None:
    before = estimate()
    before[0, 0, 0] = spoiled
    after = guide(sd)(before, 3.0)
    assert torch.equal(torch.isfinite(after), torch.isfinite(before))


def test_a_picture_that_is_not_square(sd: Model) -> None:
    wide = torch.randn(4, 9, 20, generator=torch.Generator().manual_seed(1))
    assert guide(sd)(wide, 3.0).shape == wide.shape


def test_memory_depends_neither_on_the_picture_nor_on_the_cutouts(sd: Model) -> None:
    def peak(side: int, cutouts: int) -> int:
        """Bytes of activations that are kept for the gradient, at most at once."""
        held, most = 0, 0

        def pack(tensor: torch.Tensor) -> _Held:
            nonlocal held, most
            held += tensor.nbytes
            most = max(most, held)
            return _Held(tensor, release)

        def release(size: int) -> None:
            nonlocal held
            held -= size

        asked = guide(sd, guidance_settings=GuidanceSettings(cutouts=cutouts))
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda one: one.tensor):
            asked(estimate(side), 3.0)
        return most

    small = peak(8, 1)
    assert small > 0
    assert peak(8, 12) < 1.2 * small
    assert peak(64, 4) < 1.5 * small


class _Held:
    """A tensor that is kept for the gradient; says when it is let go."""

    def __init__(self, tensor: torch.Tensor, release: Any) -> None:
        self.tensor = tensor
        self._release = release

    def __del__(self) -> None:
        self._release(self.tensor.nbytes)


def test_weights_take_no_part_in_gradients(sd: Model) -> None:
    guide(sd)(estimate(), 3.0)
    assert sd.clip is not None
    for part in (sd.vae, sd.clip.model):
        assert all(parameter.grad is None for parameter in part.parameters())


@pytest.mark.parametrize("sampler", sorted(ANCESTRAL_SAMPLERS))
def test_every_ancestral_sampler_is_guided(store: ModelStore, sampler: Sampler) -> None:
    """The score is that of the finished pictures, over a few seeds."""

    def score(png: bytes) -> float:
        pixels = torch.from_numpy(np.array(Image.open(BytesIO(png)))).permute(2, 0, 1) / 255
        rgb = functional.interpolate(pixels[None], (32, 32), mode="area")[0]
        with torch.no_grad():
            return -float(towards._distance(rgb))  # pyright: ignore

    backend = DiffusersBackend(store)
    with store.lease("sd") as model:
        towards: Any = guide(model)
    scores: dict[GuidancePreset, float] = {}
    for preset in (GuidancePreset.NONE, GuidancePreset.SLOW):
        asked = request("a red cat", engine_id="sd", sampler=sampler, guidance=preset, steps=8)
        context = DrawContext(is_stopped=lambda: False)
        scores[preset] = sum(score(backend.draw(asked, seed, context)) for seed in range(2))
    backend.close()
    assert scores[GuidancePreset.SLOW] > scores[GuidancePreset.NONE]


def test_what_cannot_be_guided_is_refused(sd: Model, sdxl: Model) -> None:
    asked = request("a cat", guidance=GuidancePreset.SIMPLE)
    with pytest.raises(BadRequest, match="has no CLIP guidance") as caught:
        condition(sdxl, asked)
    assert caught.value.field == "clip"
    with pytest.raises(BadRequest, match="has no CLIP guidance"):
        condition(replace(sd, clip=None), asked)
    for prompts in ([("a dog", -1)], [""], [("a cat", 0)]):
        with pytest.raises(BadRequest, match="needs a prompt to guide to"):
            condition(sd, request(*prompts, guidance=GuidancePreset.SIMPLE))
