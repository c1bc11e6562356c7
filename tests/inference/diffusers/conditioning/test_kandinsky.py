"""Kandinsky draws as diffusers' own pipelines do, weighs prompts, and stops when told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel
from PIL import ImageOps

from generation.errors import BadRequest
from generation.request import (
    BlendPicture,
    Control,
    GuidancePreset,
    MaskedAreaInit,
    Sampler,
    StylePreset,
    WeightMethod,
)
from inference.backends.diffusers.conditioning.kandinsky import PRIOR_STEPS, count_steps, draw
from inference.backends.failure import DrawingFailed
from tests.inference.diffusers.conditioning.models import (
    drawing,
    finish,
    mask_picture,
    open_model,
    png,
    request,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from generation.request import ImageRequest
    from inference.backends.diffusers.model import Model

DECODER = ("unet", "scheduler", "movq")


def run(
    model: Model, asked: ImageRequest, progress: Callable[[int, int], None]
) -> NDArray[np.int16]:
    """The picture, drawn without a pause."""
    return finish(draw(model, asked, progress)).astype(np.int16)


def drawn(model: Model, *prompts: Any, **more: Any) -> NDArray[np.int16]:
    return run(model, request(*prompts, **more), lambda done, steps: None)


def quiet(pipeline: Any) -> Any:
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def expected(model: Model, kind: str, prompt: str, negative: str | None, **named: Any) -> Any:
    """What diffusers' prior and its decoder of that class make, one after the other."""
    pipeline = model.pipeline
    prior_parts = {
        name.removeprefix("prior_"): part
        for name, part in pipeline.components.items()
        if name.startswith("prior_")
    }
    prior = quiet(diffusers.KandinskyV22PriorPipeline(**prior_parts))
    generator = torch.Generator().manual_seed(7)
    embeds = prior(prompt, negative, generator=generator)
    decoder = quiet(getattr(diffusers, kind)(**{name: getattr(pipeline, name) for name in DECODER}))
    size = {"height": 64, "width": 64}
    picture = decoder(
        image_embeds=embeds.image_embeds,
        negative_image_embeds=embeds.negative_image_embeds,
        num_inference_steps=6,
        guidance_scale=5.0,
        generator=generator,
        **size | named,
    ).images[0]
    return np.asarray(picture, dtype=np.int16)


@pytest.fixture(scope="session")
def masked(tiny_folder: Callable[[str], Path]) -> Model:
    """A Kandinsky whose decoder was made for masks."""
    from inference.backends.diffusers.model import Family

    model = open_model(tiny_folder("kandinsky"), Family.KANDINSKY)
    torch.manual_seed(4)
    config = {**model.pipeline.unet.config, "in_channels": 9}
    model.pipeline.unet = UNet2DConditionModel.from_config(config).eval()
    return model


@pytest.mark.parametrize("size", [(64, 64), (64, 128)])
def test_the_picture_is_that_of_diffusers(kandinsky: Model, size: tuple[int, int]) -> None:
    height, width = size
    found = drawn(kandinsky, "a cat", height=height, width=width)
    wanted = expected(kandinsky, "KandinskyV22Pipeline", "a cat", None, height=height, width=width)
    assert found.shape == (height, width, 3)
    assert np.abs(found - wanted).max() <= 1
    assert found.std() > 5


def test_it_is_that_of_the_combined_pipeline(kandinsky: Model) -> None:
    combined = quiet(kandinsky.pipeline)
    for part in (combined.prior_pipe, combined.decoder_pipe):
        quiet(part)
    picture = combined(
        "a cat", num_inference_steps=6, guidance_scale=5.0, height=64, width=64,
        generator=torch.Generator().manual_seed(7),
    ).images[0]  # fmt: skip
    assert np.abs(drawn(kandinsky, "a cat") - np.asarray(picture, np.int16)).max() <= 1


def test_one_negative_prompt_is_that_of_diffusers(kandinsky: Model) -> None:
    found = drawn(kandinsky, "a cat", ("a dog", -1))
    wanted = expected(kandinsky, "KandinskyV22Pipeline", "a cat", "a dog")
    assert np.abs(found - wanted).max() <= 1
    assert np.abs(found - drawn(kandinsky, "a cat")).max() > 1


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_from_a_picture(kandinsky: Model, strength: float) -> None:
    picture = drawing()
    found = drawn(kandinsky, "a cat", init_image=png(picture), strength=strength)
    wanted = expected(
        kandinsky, "KandinskyV22Img2ImgPipeline", "a cat", None, image=picture, strength=strength
    )
    assert np.abs(found - wanted).max() <= 1


def test_a_decoder_made_for_masks(masked: Model) -> None:
    picture, kept = drawing(), mask_picture()
    found = drawn(masked, "a cat", init_image=png(picture), mask=png(kept), strength=1.0)
    wanted = expected(
        masked,
        "KandinskyV22InpaintPipeline",
        "a cat",
        None,
        image=picture,
        mask_image=ImageOps.invert(kept),
    )
    assert np.abs(found - wanted).max() <= 1


@pytest.mark.parametrize("area", [None, *MaskedAreaInit])
def test_any_decoder_keeps_what_is_white(kandinsky: Model, area: MaskedAreaInit | None) -> None:
    picture = drawing()
    given = {"init_image": png(picture), "mask": png(mask_picture()), "masked_area": area}
    latents = kandinsky.vae.encode(
        torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None] / 127.5 - 1
    )["latents"]
    own = kandinsky.vae.decode(latents, force_not_quantize=True)["sample"][0]
    alone = ((own / 2 + 0.5).clamp(0, 1) * 255).permute(1, 2, 0).detach().numpy()
    for strength in (0.7, 1.0):
        found = drawn(kandinsky, "a cat", **given, strength=strength)
        # The latents of the right half are the picture's; a decoder sees a little beyond.
        assert (
            np.abs(found[:, 56:] - alone[:, 56:]).mean()
            < np.abs(found[:, :32] - alone[:, :32]).mean()
        )


def test_weights_mix_image_embeddings(kandinsky: Model) -> None:
    plain = drawn(kandinsky, "a cat")
    assert np.array_equal(drawn(kandinsky, ("a cat", 0.5), ("a cat", 0.5)), plain)
    assert np.array_equal(drawn(kandinsky, ("a cat", 2.5)), plain)
    assert np.array_equal(drawn(kandinsky, "a cat", ("a dog", 0)), plain)
    # The tiny decoder saturates: at 1e-5 some processors are two levels off.
    for weight in (1e-6, -1e-6):
        assert np.abs(drawn(kandinsky, "a cat", ("a dog", weight)) - plain).max() <= 1
    both = drawn(kandinsky, "a cat", "a dog")
    assert np.abs(both - plain).max() > 1
    assert np.array_equal(drawn(kandinsky, "a dog", "a cat"), both)


def interpolated(model: Model, parts: list[Any], weights: list[float]) -> Any:
    """What diffusers' prior makes of pictures and texts, decoded from the noise of the seed 7."""
    prior_parts = {
        name.removeprefix("prior_"): part
        for name, part in model.pipeline.components.items()
        if name.startswith("prior_")
    }
    prior = quiet(diffusers.KandinskyV22PriorPipeline(**prior_parts))
    embeds = prior.interpolate(parts, weights, generator=torch.Generator().manual_seed(7))
    names = {name: getattr(model.pipeline, name) for name in DECODER}
    decoder = quiet(diffusers.KandinskyV22Pipeline(**names))
    picture = decoder(
        image_embeds=embeds.image_embeds,
        negative_image_embeds=prior.get_zero_embed(1),
        num_inference_steps=6,
        guidance_scale=5.0,
        generator=torch.Generator().manual_seed(7),
        height=64,
        width=64,
    ).images[0]
    return np.asarray(picture, dtype=np.int16)


def test_pictures_are_blended_as_diffusers_interpolates(kandinsky: Model) -> None:
    first, second = drawing(), ImageOps.invert(drawing())
    pair = (BlendPicture(png(first), 3), BlendPicture(png(second), 1))
    found = drawn(kandinsky, "", blend=pair)
    assert np.abs(found - interpolated(kandinsky, [first, second], [0.75, 0.25])).max() <= 1
    told = drawn(kandinsky, ("a cat", 4), blend=pair)
    wanted = interpolated(kandinsky, ["a cat", first, second], [0.5, 0.375, 0.125])
    assert np.abs(told - wanted).max() <= 1
    assert np.abs(told - found).max() > 1
    turned = drawn(kandinsky, "", blend=pair[::-1])
    assert np.abs(turned - found).max() <= 1


def test_words_against_push_out_of_a_blend_and_steps_are_counted(kandinsky: Model) -> None:
    pair = (BlendPicture(png(drawing())), BlendPicture(png(ImageOps.invert(drawing()))))
    plain = drawn(kandinsky, "", blend=pair)
    assert np.abs(drawn(kandinsky, ("a dog", -1), blend=pair) - plain).max() > 1
    assert np.abs(drawn(kandinsky, ("a dog", -1e-6), blend=pair) - plain).max() <= 1
    for prompts, texts in (([""], 0), (["a cat"], 1), (["a cat", ("a dog", -1)], 2)):
        told: list[tuple[int, int]] = []
        asked = request(*prompts, blend=pair)
        run(kandinsky, asked, lambda done, steps, told=told: told.append((done, steps)))
        assert told[-1] == (count_steps(asked),) * 2 == (texts * PRIOR_STEPS + asked.steps,) * 2
        assert len(told) == told[-1][0]


@pytest.mark.parametrize("size", [(72, 104), (8, 200), (64, 96)])
def test_other_sizes_are_the_middle_of_a_larger_canvas(
    kandinsky: Model, size: tuple[int, int]
) -> None:
    height, width = size
    for more in ({}, {"init_image": png(drawing()), "mask": png(mask_picture())}):
        found = drawn(kandinsky, "a cat", height=height, width=width, **more)
        assert found.shape == (height, width, 3)


def test_the_same_seed_gives_the_same_picture(kandinsky: Model) -> None:
    assert np.array_equal(drawn(kandinsky, "a cat"), drawn(kandinsky, "a cat"))
    assert not np.array_equal(drawn(kandinsky, "a cat"), drawn(kandinsky, "a cat", seed=8))


@pytest.mark.parametrize(
    ("prompts", "more", "steps"),
    [
        (["a cat"], {}, PRIOR_STEPS + 6),
        (["a cat", ("a dog", -1)], {}, PRIOR_STEPS + 6),
        (["a cat", ("a dog", -0.5)], {}, 2 * PRIOR_STEPS + 6),
        (["a cat"], {"init_image": png(drawing()), "strength": 0.5}, PRIOR_STEPS + 3),
        (["a cat"], {"init_image": png(drawing()), "strength": 0.0}, PRIOR_STEPS),
    ],
)
def test_every_step_is_told(
    kandinsky: Model, prompts: list[Any], more: dict[str, Any], steps: int
) -> None:
    asked, told = request(*prompts, **more), list[tuple[int, int]]()
    run(kandinsky, asked, lambda done, of: told.append((done, of)))
    assert told == [(done, steps) for done in range(1, steps + 1)]
    assert count_steps(asked) == steps


@pytest.mark.parametrize("last", [3, PRIOR_STEPS + 2])
def test_it_stops_within_one_step_and_can_draw_again(kandinsky: Model, last: int) -> None:
    class Stopped(Exception):
        pass

    told: list[int] = []

    def progress(done: int, _: int) -> None:
        told.append(done)
        if done == last:
            raise Stopped

    before = drawn(kandinsky, "a cat")
    with pytest.raises(Stopped):
        run(kandinsky, request("a cat"), progress)
    assert told[-1] == last
    assert np.array_equal(drawn(kandinsky, "a cat"), before)


def test_both_samplers(kandinsky: Model) -> None:
    usual = drawn(kandinsky, "a cat")
    assert np.array_equal(drawn(kandinsky, "a cat", sampler=Sampler.DDPM), usual)
    other = drawn(kandinsky, "a cat", sampler=Sampler.DDIM)
    assert other.std() > 5
    assert not np.array_equal(other, usual)


def test_two_can_be_drawn_in_turns(kandinsky: Model) -> None:
    drawings = [
        draw(kandinsky, request("a cat", seed=seed), lambda done, steps: None) for seed in (1, 2)
    ]
    found: dict[int, NDArray[Any]] = {}
    while len(found) < 2:
        for index, one in enumerate(drawings):
            try:
                next(one)
            except StopIteration as end:
                found.setdefault(index, end.value)
    for index, seed in enumerate((1, 2)):
        assert np.array_equal(found[index], drawn(kandinsky, "a cat", seed=seed))


def test_a_model_that_gives_no_figures_is_owned_up_to(kandinsky: Model) -> None:
    with torch.no_grad():
        weight = kandinsky.unet.conv_out.weight
        before = weight.clone()
        weight.fill_(float("nan"))
        try:
            with pytest.raises(DrawingFailed, match="no picture"):
                drawn(kandinsky, "a cat")
        finally:
            weight.copy_(before)


def test_without_guidance(kandinsky: Model) -> None:
    assert drawn(kandinsky, "a cat", cfg_scale=1.0).std() > 5


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"sampler": Sampler.K_EULER}, "sampler"),
        ({"guidance": GuidancePreset.SIMPLE}, "clip"),
        ({"controls": (Control("canny", b"x"),)}, "control"),
        ({"style": StylePreset.ANIME}, "style"),
        ({"weight_method": WeightMethod.CROSS_ATTENTION}, "weight_method"),
    ],
)
def test_what_it_does_not_do_is_refused(kandinsky: Model, more: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        drawn(kandinsky, "a cat", **more)
    assert caught.value.field == field


def test_a_decoder_made_for_masks_needs_one(masked: Model) -> None:
    with pytest.raises(BadRequest, match="needs an image and a mask"):
        drawn(replace(masked), "a cat")
