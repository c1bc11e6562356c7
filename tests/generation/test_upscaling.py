"""Requests to upscale, as they are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from generation.catalogue.catalogue import load
from generation.errors import BadRequest, UnknownEngine
from generation.upscaling import decode_upscale, upscaled_size
from generation.wire import generation_pb2 as pb

ENGINE = load().get("atelier-painter-upscale")
PICTURE = pb.Prompt(artifact=pb.Artifact(type=pb.ARTIFACT_IMAGE, binary=b"png"))


def message(*prompts: pb.Prompt, **image: Any) -> pb.Request:
    return pb.Request(
        engine_id="esrgan-v1-x2plus", prompt=prompts or [PICTURE], image=pb.ImageParameters(**image)
    )


def test_what_the_sdk_sends_is_read():
    sampler = pb.StepParameter(sampler=pb.SamplerParameters(cfg_scale=7))
    sent = message(PICTURE, pb.Prompt(text="sea"), seed=[5], steps=20, parameters=[sampler])
    asked = decode_upscale(sent, ENGINE)
    assert (asked.image, asked.width, asked.height, asked.seed) == (b"png", None, None, 5)
    assert decode_upscale(message(width=300), ENGINE).width == 300
    esrgan = pb.TransformType(upscaler=pb.UPSCALER_ESRGAN)
    assert decode_upscale(message(transform=esrgan), ENGINE).image == b"png"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (message(pb.Prompt(text="sea")), "image: atelier-painter-upscale needs a picture"),
        (message(PICTURE, PICTURE), "image: there is more than one"),
        (
            message(
                PICTURE, pb.Prompt(artifact=pb.Artifact(type=pb.ARTIFACT_MASK, binary=b"mask"))
            ),
            "mask: atelier-painter-upscale takes no mask; leave it out",
        ),
        (
            message(
                PICTURE, pb.Prompt(artifact=pb.Artifact(type=pb.ARTIFACT_DEPTH, binary=b"depth"))
            ),
            "control: atelier-painter-upscale takes one picture; leave the others out",
        ),
        (message(samples=2), "samples: 2 is not 1: one picture is upscaled at a time"),
        (
            message(transform=pb.TransformType(diffusion=pb.SAMPLER_DDIM)),
            "sampler: atelier-painter-upscale has none; leave it out",
        ),
        (
            message(transform=pb.TransformType(upscaler=pb.UPSCALER_GFPGAN)),
            "upscaler: UPSCALER_GFPGAN is not offered",
        ),
        (
            pb.Request(engine_id=ENGINE.id, prompt=[PICTURE]),
            "image: image parameters are needed",
        ),
    ],
)
def test_what_it_does_not_do_is_refused_by_name(sent: pb.Request, words: str):
    with pytest.raises(BadRequest) as caught:
        decode_upscale(sent, ENGINE)
    assert str(caught.value).startswith(words)


def test_it_answers_for_its_own_names_only():
    with pytest.raises(UnknownEngine):
        decode_upscale(pb.Request(engine_id="atelier-painter", prompt=[PICTURE]), ENGINE)


@pytest.mark.parametrize(
    ("size", "wanted", "expected"),
    [
        ((120, 80), {}, (240, 160)),
        ((120, 80), {"width": 180}, (180, 120)),
        ((120, 80), {"height": 81}, (122, 81)),
        ((120, 80), {"width": 181, "height": 120}, (181, 121)),
        ((1024, 1024), {}, (2048, 2048)),
    ],
)
def test_the_size_of_the_result(
    size: tuple[int, int], wanted: dict[str, int], expected: tuple[int, int]
):
    assert upscaled_size(ENGINE, size, **wanted) == expected


@pytest.mark.parametrize(
    ("size", "wanted", "words"),
    [
        (
            (1025, 1024),
            {},
            "image: 1025×1024 has more than the 1,048,576 pixels that atelier-painter-upscale"
            " takes; the nearest is",
        ),
        ((8, 512), {}, "image: the width 8 is below 16; the nearest is"),
        (
            (120, 80),
            {"width": 241},
            "width: 241 is outside 120 to 240, once to 2 times the picture's; leave it out for 240",
        ),
        ((120, 80), {"height": 10**30}, "height: a figure that long is outside 80 to 160"),
        (
            (120, 80),
            {"width": 240, "height": 100},
            "height: 100 does not fit the width 240 of a picture of 120×80; send one of both,"
            " or 160",
        ),
    ],
)
def test_a_size_out_of_the_limits_is_refused_with_figures(
    size: tuple[int, int], wanted: dict[str, int], words: str
):
    with pytest.raises(BadRequest) as caught:
        upscaled_size(ENGINE, size, **wanted)
    assert str(caught.value).startswith(words)


def test_an_engine_of_another_factor():
    assert upscaled_size(replace(ENGINE, factor=4), (120, 80)) == (480, 320)
