"""Messages that cannot be drawn are refused by the server with the field that is at fault."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from generation.codec import decode_request
from generation.errors import BadRequest, UnknownEngine
from generation.wire import generation_pb2 as pb
from tests.generation.strategies import PAINTER, artifact_prompt, sdk_request

if TYPE_CHECKING:
    from collections.abc import Callable


def _no_params(message: pb.Request) -> None:
    message.ClearField("image")


def _other_params(message: pb.Request) -> None:
    message.transform.color_adjust.brightness = 1


def _video(message: pb.Request) -> None:
    message.requested_type = pb.ARTIFACT_VIDEO


def _tokens(message: pb.Request) -> None:
    message.prompt[0].tokens.tokens.add(id=1)


def _hollow_prompt(message: pb.Request) -> None:
    message.prompt.add()


def _no_prompt(message: pb.Request) -> None:
    del message.prompt[:]


def _latent(message: pb.Request) -> None:
    message.prompt.append(artifact_prompt(pb.ARTIFACT_LATENT))


def _two_images(message: pb.Request) -> None:
    message.prompt.extend([artifact_prompt(pb.ARTIFACT_IMAGE)] * 2)


def _empty_image(message: pb.Request) -> None:
    message.prompt.append(artifact_prompt(pb.ARTIFACT_IMAGE, b""))


def _mask_alone(message: pb.Request) -> None:
    message.prompt.append(artifact_prompt(pb.ARTIFACT_MASK))


def _weight(message: pb.Request) -> None:
    message.prompt[0].parameters.weight = 10.5


def _weight_nan(message: pb.Request) -> None:
    message.prompt[0].parameters.weight = math.nan


def _size(message: pb.Request) -> None:
    message.image.width = 500


def _huge_size(message: pb.Request) -> None:
    message.image.width = message.image.height = 2**64 - 64


def _no_steps(message: pb.Request) -> None:
    message.image.steps = 0


def _many_samples(message: pb.Request) -> None:
    message.image.samples = 2**64 - 1


def _no_samples(message: pb.Request) -> None:
    message.image.samples = 0


def _cfg_infinite(message: pb.Request) -> None:
    message.image.parameters[0].sampler.cfg_scale = math.inf


def _sampler(message: pb.Request) -> None:
    message.image.transform.diffusion = 500  # pyright: ignore[reportAttributeAccessIssue]


def _upscaler(message: pb.Request) -> None:
    message.image.transform.upscaler = pb.UPSCALER_ESRGAN


def _adapter(message: pb.Request) -> None:
    message.image.adapter.adapter_type = pb.T2IADAPTER_SKETCH


def _fine_tuned(message: pb.Request) -> None:
    message.image.fine_tuning_parameters.add(model_id="mine")


def _preset(message: pb.Request) -> None:
    message.image.parameters[0].guidance.guidance_preset = 99  # pyright: ignore[reportAttributeAccessIssue]


def _guided_by_the_wrong_sampler(message: pb.Request) -> None:
    message.image.parameters[0].guidance.guidance_preset = pb.GUIDANCE_PRESET_SIMPLE
    message.image.transform.diffusion = pb.SAMPLER_K_LMS


def _style(message: pb.Request) -> None:
    message.extras.update({"$IPC": {"preset": "baroque"}})


def _style_number(message: pb.Request) -> None:
    message.extras.update({"$IPC": {"preset": 3}})


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (_no_params, "image"),
        (_other_params, "image"),
        (_video, "requested_type"),
        (_tokens, "prompt"),
        (_hollow_prompt, "prompt"),
        (_no_prompt, "prompt"),
        (_latent, "prompt"),
        (_two_images, "image"),
        (_empty_image, "image"),
        (_mask_alone, "mask"),
        (_weight, "prompt"),
        (_weight_nan, "prompt"),
        (_size, "size"),
        (_huge_size, "size"),
        (_no_steps, "steps"),
        (_many_samples, "count"),
        (_no_samples, "count"),
        (_cfg_infinite, "cfg"),
        (_sampler, "sampler"),
        (_upscaler, "sampler"),
        (_adapter, "adapter"),
        (_fine_tuned, "fine_tuning_parameters"),
        (_preset, "clip"),
        (_guided_by_the_wrong_sampler, "sampler"),
        (_style, "style"),
        (_style_number, "style"),
    ],
)
def test_what_cannot_be_done_is_refused(spoil: Callable[[pb.Request], None], field: str) -> None:
    message = sdk_request()
    spoil(message)
    with pytest.raises(BadRequest) as caught:
        decode_request(message, PAINTER)
    assert caught.value.field == field
    assert caught.value.reason


@given(st.binary(max_size=300))
def test_any_bytes_that_parse_are_decoded_or_refused(data: bytes) -> None:
    message = sdk_request()
    with contextlib.suppress(DecodeError, BadRequest, UnknownEngine):
        message.MergeFromString(data)
        decode_request(message, PAINTER)
