"""The same request gives the same bytes whatever else is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from generation.request import Control, ImageRequest, Sampler
from tests.inference.diffusers.conditioning.models import drawing, mask_picture, png, request
from tests.inference.diffusers.sampling.engine import draw, latents, ticket, wait

if TYPE_CHECKING:
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop

EVERY = [
    request("a cat", seed=number, steps=4 + number % 3, cfg_scale=1.0 + number, sampler=sampler)
    for number, sampler in enumerate(Sampler)
]


def test_alone_and_in_a_full_batch(sd: Model) -> None:
    crowded = latents(sd, EVERY, late=4)
    for asked, found in zip(EVERY, crowded, strict=True):
        (alone,) = latents(sd, [asked])
        assert torch.equal(alone, found), asked.sampler


def test_other_kinds_of_requests(sd: Model) -> None:
    picture = png(drawing())
    requests = [
        request("a cat", sampler=Sampler.K_EULER_ANCESTRAL, init_image=picture, strength=0.6),
        request("a cat", init_image=picture, mask=png(mask_picture()), sampler=Sampler.K_EULER),
        request("a cat", ("a dog", -0.5), "a red circle", sampler=Sampler.K_DPMPP_2M),
    ]
    crowded = latents(sd, [*EVERY[:3], *requests])[3:]
    for asked, found in zip(requests, crowded, strict=True):
        (alone,) = latents(sd, [asked])
        assert torch.equal(alone, found)


def test_with_control_pictures(sd: Model) -> None:
    requests = [
        request(
            "a cat",
            seed=seed,
            sampler=Sampler.DDIM,
            controls=(Control("canny", png(drawing(seed)), seed / 3),),
        )
        for seed in (1, 2, 3)
    ]
    crowded = latents(sd, requests, late=1)
    for asked, found in zip(requests, crowded, strict=True):
        (alone,) = latents(sd, [asked])
        assert torch.equal(alone, found)


def test_pixels_from_the_engines_thread(sd: Model, sdxl: Model, loop: SamplingLoop) -> None:
    requests: list[tuple[Model, ImageRequest]] = [(sd, asked) for asked in EVERY[:6]]
    requests += [(sdxl, EVERY[0]), (sd, request("a dog", width=72, height=104))]
    handed = [ticket(model, asked) for model, asked in requests]
    for one in handed:
        loop.submit(one)
    crowded = [wait(one) for one in handed]
    for (model, asked), found in zip(requests, crowded, strict=True):
        assert found.shape == (asked.height, asked.width, 3)
        assert np.array_equal(draw(loop, model, asked), found)
