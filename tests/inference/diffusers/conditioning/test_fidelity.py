"""What conditioning hands over leads to the pictures of diffusers' own pipelines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ImageOps

from generation.request import Control, MaskedAreaInit, WeightMethod
from inference.backends.diffusers.conditioning.edges import edges_of
from tests.inference.diffusers.conditioning.models import (
    difference,
    drawing,
    edge_map,
    mask_picture,
    piped,
    png,
    request,
    sample,
)

if TYPE_CHECKING:
    from inference.backends.diffusers.model import Model

CLOSE = 5e-6
BOTH = pytest.mark.parametrize("method", list(WeightMethod))
SD, SDXL = "StableDiffusionPipeline", "StableDiffusionXLPipeline"
FAMILIES = pytest.mark.parametrize(("name", "kind"), [("sd", SD), ("sdxl", SDXL)])


@pytest.fixture
def model(request: pytest.FixtureRequest, name: str) -> Model:
    return request.getfixturevalue(name)


@BOTH
@FAMILIES
@pytest.mark.parametrize(
    ("prompts", "named"),
    [
        (["a cat"], {"prompt": "a cat"}),
        (["a cat", ("a dog", -1)], {"prompt": "a cat", "negative_prompt": "a dog"}),
        ([("a cat", 2.5)], {"prompt": "a cat"}),
        ([("a cat", 0.5), ("a cat", 0.5)], {"prompt": "a cat"}),
        ([("a dog", -1)], {"prompt": "", "negative_prompt": "a dog"}),
        ([("a cat", 1), ("a dog", 0)], {"prompt": "a cat"}),
        ([""], {"prompt": ""}),
    ],
)
def test_weights_that_diffusers_has_as_well(
    model: Model, kind: str, method: WeightMethod, prompts: list[Any], named: dict[str, Any]
) -> None:
    asked = request(*prompts, weight_method=method)
    assert difference(sample(model, asked), piped(model, kind, asked, **named)) <= CLOSE


@FAMILIES
@pytest.mark.parametrize("cfg_scale", [0.0, 1.0])
def test_without_guidance(model: Model, kind: str, cfg_scale: float) -> None:
    asked = request("a cat", ("a dog", -1), cfg_scale=cfg_scale)
    assert difference(sample(model, asked), piped(model, kind, asked, prompt="a cat")) <= CLOSE


@FAMILIES
def test_other_sizes(model: Model, kind: str) -> None:
    asked = request("a cat", width=104, height=72)
    assert difference(sample(model, asked), piped(model, kind, asked, prompt="a cat")) <= CLOSE


@FAMILIES
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_from_a_picture(model: Model, kind: str, strength: float) -> None:
    picture = drawing()
    asked = request("a cat", init_image=png(picture), strength=strength)
    kind = kind.replace("Pipeline", "Img2ImgPipeline")
    expected = piped(model, kind, asked, prompt="a cat", image=picture, strength=strength)
    assert difference(sample(model, asked), expected) <= CLOSE


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sd", "StableDiffusionInpaintPipeline"),
        ("sdxl", "StableDiffusionXLInpaintPipeline"),
        ("sd_inpaint", "StableDiffusionInpaintPipeline"),
    ],
)
@pytest.mark.parametrize("strength", [0.7, 1.0])
def test_with_a_mask(model: Model, kind: str, strength: float) -> None:
    picture, kept = drawing(), mask_picture()
    asked = request("a cat", init_image=png(picture), mask=png(kept), strength=strength)
    expected = piped(
        model,
        kind,
        asked,
        prompt="a cat",
        image=picture,
        mask_image=ImageOps.invert(kept),
        strength=strength,
    )
    found = sample(model, asked)
    assert difference(found, expected) <= CLOSE
    for other in (MaskedAreaInit.ZERO, MaskedAreaInit.RANDOM):
        changed = sample(model, replace(asked, masked_area=other))
        assert (difference(changed, found) > 0.01) == (strength < 1)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sd", "StableDiffusionControlNetPipeline"),
        ("sdxl", "StableDiffusionXLControlNetPipeline"),
    ],
)
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_with_a_control_picture(model: Model, kind: str, strength: float) -> None:
    picture = edge_map(3)
    asked = request("a cat", controls=(Control("canny", png(picture), strength),))
    expected = piped(
        model,
        kind,
        asked,
        parts={"controlnet": model.controls["canny"]},
        prompt="a cat",
        image=picture,
        controlnet_conditioning_scale=strength,
    )
    found = sample(model, asked)
    assert difference(found, expected) <= CLOSE
    assert difference(sample(model, replace(asked, controls=())), found) > 0.01


def test_with_two_control_pictures(sd: Model) -> None:
    pictures = [edge_map(3), drawing(4)]
    asked = request(
        "a cat",
        controls=(Control("canny", png(pictures[0]), 0.5), Control("depth", png(pictures[1]))),
    )
    expected = piped(
        sd,
        "StableDiffusionControlNetPipeline",
        asked,
        parts={"controlnet": [sd.controls["canny"], sd.controls["depth"]]},
        prompt="a cat",
        image=pictures,
        controlnet_conditioning_scale=[0.5, 1.0],
    )
    assert difference(sample(sd, asked), expected) <= CLOSE


def test_edges_are_found_where_none_are_given(sd: Model) -> None:
    photo = drawing(3)
    found, right, other = [
        sample(sd, request("a cat", controls=(Control(kind, png(picture)),)))
        for kind, picture in (("canny", photo), ("canny", edges_of(photo)), ("depth", photo))
    ]
    assert difference(found, right) == 0
    assert difference(found, other) > 0


def test_a_control_of_no_strength_is_none(sd: Model) -> None:
    asked = request("a cat", controls=(Control("canny", png(drawing(3)), 0.0),))
    assert difference(sample(sd, asked), sample(sd, request("a cat"))) == 0
