"""Where pictures start from: polarity, sizes, what is drawn from the generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from generation.request import MaskedAreaInit
from inference.backends.diffusers.conditioning.images import start
from tests.inference.diffusers.conditioning.models import drawing, mask_picture, png, request

if TYPE_CHECKING:
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.rows import Start


def begin(model: Model, **more: object) -> Start:
    return start(model, request("a cat", **more), torch.Generator().manual_seed(3))


def test_noise_alone(sd: Model) -> None:
    begun = begin(sd, width=104, height=72)
    assert begun.noise.shape == (4, 9, 13)
    assert (begun.latents, begun.blend, begun.extra_channels) == (None, None, None)
    assert begun.strength == 1
    assert torch.equal(begun.noise, torch.randn(4, 9, 13, generator=torch.manual_seed(3)))


def test_scaled_noise(sd: Model) -> None:
    assert torch.equal(begin(sd, noise_scale=1.5).noise, begin(sd).noise * 1.5)


def test_what_is_black_in_the_mask_may_change(sd: Model, sd_inpaint: Model) -> None:
    given = {"init_image": png(drawing()), "mask": png(mask_picture()), "strength": 0.7}
    blend = begin(sd, **given).blend
    assert blend is not None
    assert blend.mask[0, :, :4].eq(1).all()
    assert blend.mask[0, :, 4:].eq(0).all()
    extra = begin(sd_inpaint, **given).extra_channels
    assert extra is not None
    assert extra.shape == (5, 8, 8)
    assert torch.equal(extra[:1], blend.mask)
    assert begin(sd_inpaint, **given).blend is None


def test_a_masked_area_can_start_from_other_things(sd: Model) -> None:
    given = {"init_image": png(drawing()), "mask": png(mask_picture()), "strength": 0.7}
    original = begin(sd, **given, masked_area=MaskedAreaInit.ORIGINAL).latents
    zero = begin(sd, **given, masked_area=MaskedAreaInit.ZERO).latents
    drawn = begin(sd, **given, masked_area=MaskedAreaInit.RANDOM).latents
    assert original is not None
    assert zero is not None
    assert drawn is not None
    for latents in (zero, drawn):
        assert torch.equal(latents[..., 4:], original[..., 4:])
    assert not zero[..., :4].any()
    assert drawn[..., :4].std() > 0.5


def test_an_inpainting_model_fills_the_hole_itself(sd_inpaint: Model) -> None:
    begun = begin(
        sd_inpaint, engine_id="stable-inpainting-v1-0", init_image=png(drawing()),
        mask=png(mask_picture()), strength=0.7,
    )  # fmt: skip
    assert begun.latents is not None
    assert not begun.latents[..., :4].any()


def test_an_inpainting_model_without_a_mask_may_change_all(sd_inpaint: Model) -> None:
    free = begin(sd_inpaint)
    assert free.latents is None
    assert free.extra_channels is not None
    assert free.extra_channels[0].eq(1).all()
    begun = begin(sd_inpaint, init_image=png(drawing()), strength=0.5)
    assert begun.latents is not None
    assert begun.strength == 0.5
    assert begun.extra_channels is not None
    assert begun.extra_channels[0].eq(1).all()


@pytest.mark.parametrize("side", [32, 64, 200])
def test_a_picture_of_another_size_is_fitted(sd: Model, side: int) -> None:
    latents = begin(sd, init_image=png(drawing(side=side)), width=104, height=72).latents
    assert latents is not None
    assert latents.shape == (4, 9, 13)


def test_an_overflowing_vae_is_lifted_and_put_back(sdxl: Model) -> None:
    plain = begin(sdxl, init_image=png(drawing()), strength=0.5).latents
    sdxl.vae.to(torch.float16)
    try:
        lifted = begin(sdxl, init_image=png(drawing()), strength=0.5).latents
        assert sdxl.vae.dtype == torch.float16
    finally:
        sdxl.vae.to(torch.float32)
    assert plain is not None
    assert lifted is not None
    assert torch.allclose(plain, lifted, atol=0.05)


def test_nothing_is_shared_between_samples(sd: Model) -> None:
    asked = request("a cat", init_image=png(drawing()), strength=0.5)
    first = start(sd, asked, torch.Generator().manual_seed(1))
    again = start(sd, asked, torch.Generator().manual_seed(1))
    other = start(sd, asked, torch.Generator().manual_seed(2))
    assert torch.equal(first.noise, again.noise)
    assert not torch.equal(first.noise, other.noise)
