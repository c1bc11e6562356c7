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
from tests.generation.strategies import (
    CONTROLLED,
    PAINTER,
    artifact_prompt,
    controlled_request,
    sdk_request,
)

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


def _five_images(message: pb.Request) -> None:
    message.prompt.extend([artifact_prompt(pb.ARTIFACT_IMAGE)] * 5)


def _blended_mask(message: pb.Request) -> None:
    message.prompt.extend([artifact_prompt(pb.ARTIFACT_IMAGE)] * 2)
    message.prompt.append(artifact_prompt(pb.ARTIFACT_MASK))


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


def _two_masks(message: pb.Request) -> None:
    message.prompt.extend([artifact_prompt(pb.ARTIFACT_MASK)] * 2)


def _weight_method(message: pb.Request) -> None:
    message.image.weight_method = pb.CROSS_ATTENTION


def _no_weight_method(message: pb.Request) -> None:
    message.image.weight_method = 7  # pyright: ignore[reportAttributeAccessIssue]


def _masked_area(message: pb.Request) -> None:
    message.image.masked_area_init = 7  # pyright: ignore[reportAttributeAccessIssue]


def _depth(message: pb.Request) -> None:
    message.prompt.append(artifact_prompt(pb.ARTIFACT_DEPTH))


def _many_prompts(message: pb.Request) -> None:
    message.prompt.extend([pb.Prompt(text="a")] * 100)


def _eta(message: pb.Request) -> None:
    message.image.parameters[0].sampler.eta = 0.5


def _sampling_steps(message: pb.Request) -> None:
    message.image.parameters[0].sampler.sampling_steps = 11


def _step_noise(message: pb.Request) -> None:
    message.image.parameters[0].sampler.step_noise_scale = 0.5


def _start_noise(message: pb.Request) -> None:
    message.image.parameters[0].sampler.init_noise_scale = math.nan


def _latent_channels(message: pb.Request) -> None:
    message.image.parameters[0].sampler.latent_channels = 16


def _two_parameters(message: pb.Request) -> None:
    message.image.parameters.add()


def _later_parameters(message: pb.Request) -> None:
    message.image.parameters[0].scaled_step = 0.5


def _schedule_end(message: pb.Request) -> None:
    message.image.parameters[0].schedule.end = 0.5


def _schedule_value(message: pb.Request) -> None:
    message.image.parameters[0].schedule.value = 0.5


def _quantize(message: pb.Request) -> None:
    message.image.quantize = True


def _conditioner(message: pb.Request) -> None:
    message.conditioner.vector_adjust_prior = "x"


def _guided(message: pb.Request) -> pb.GuidanceInstanceParameters:
    message.image.parameters[0].guidance.guidance_preset = pb.GUIDANCE_PRESET_SIMPLE
    return message.image.parameters[0].guidance.instances.add()


def _two_guides(message: pb.Request) -> None:
    _guided(message)
    _guided(message)


def _guidance_schedule(message: pb.Request) -> None:
    _guided(message).schedule.add(duration=0.5, value=1)


def _guidance_strength(message: pb.Request) -> None:
    _guided(message).guidance_strength = -1


def _guidance_cutouts(message: pb.Request) -> None:
    _guided(message).cutouts.count = 2**32 - 1


def _grey_cutouts(message: pb.Request) -> None:
    _guided(message).cutouts.gray = 0.2


def _guidance_picture(message: pb.Request) -> None:
    _guided(message).prompt.artifact.binary = b"a"


def _guidance_text(message: pb.Request) -> None:
    _guided(message).prompt.text = "a" * 6001


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
        (_five_images, "image"),
        (_blended_mask, "mask"),
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
        (_two_masks, "mask"),
        (_weight_method, "weight_method"),
        (_no_weight_method, "weight_method"),
        (_masked_area, "masked_area_init"),
        (_depth, "control"),
        (_many_prompts, "prompt"),
        (_eta, "eta"),
        (_sampling_steps, "sampling_steps"),
        (_step_noise, "step_noise_scale"),
        (_start_noise, "noise_scale"),
        (_latent_channels, "latent_channels"),
        (_two_parameters, "parameters"),
        (_later_parameters, "scaled_step"),
        (_schedule_end, "schedule"),
        (_schedule_value, "schedule"),
        (_quantize, "quantize"),
        (_conditioner, "conditioner"),
        (_two_guides, "clip"),
        (_guidance_schedule, "clip"),
        (_guidance_strength, "clip"),
        (_guidance_cutouts, "clip"),
        (_grey_cutouts, "clip"),
        (_guidance_picture, "clip"),
        (_guidance_text, "clip"),
    ],
)
def test_what_cannot_be_done_is_refused(spoil: Callable[[pb.Request], None], field: str) -> None:
    message = sdk_request()
    spoil(message)
    with pytest.raises(BadRequest) as caught:
        decode_request(message, PAINTER)
    assert caught.value.field == field
    assert caught.value.reason


PICTURE = artifact_prompt(pb.ARTIFACT_IMAGE, index=1)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (controlled_request(), "describes 0 pictures, but 1 were sent"),
        (controlled_request({"kind": "canny"}, {"kind": "depth"}), "describes 2 pictures"),
        (controlled_request("canny"), "no kind"),
        (controlled_request({"strength": 1}), "no kind"),
        (controlled_request({"kind": 3}), "no kind"),
        (controlled_request({"kind": "canny", "strength": "much"}), "not a number"),
        (controlled_request({"kind": "canny", "strength": True}), "not a number"),
        (controlled_request({"kind": "canny", "strength": math.nan}), "outside 0 to 2"),
        (controlled_request({"kind": "canny", "strength": 2.5}), "2.5 is outside 0 to 2"),
        (controlled_request({"kind": "canny", "weight": 1}), "unknown weight"),
        (controlled_request({"kind": "scribble"}), "it has canny, openpose, depth"),
    ],
)
def test_controls_that_cannot_be_followed(message: pb.Request, reason: str) -> None:
    message.prompt.append(PICTURE)
    with pytest.raises(BadRequest, match=reason) as caught:
        decode_request(message, CONTROLLED)
    assert caught.value.field == "control"


def test_controls_that_are_no_list_or_too_many() -> None:
    message = controlled_request()
    message.extras.update({"control": "canny"})
    with pytest.raises(BadRequest, match="not a list"):
        decode_request(message, CONTROLLED)
    message = controlled_request(*[{"kind": "canny"}] * 5)
    for index in range(1, 6):
        message.prompt.append(artifact_prompt(pb.ARTIFACT_IMAGE, index=index))
    with pytest.raises(BadRequest, match="more than the 4"):
        decode_request(message, CONTROLLED)
    message.prompt.append(PICTURE)
    with pytest.raises(BadRequest, match="more than one picture with the index 1"):
        decode_request(message, CONTROLLED)


def test_only_so_many_predictions_are_composed() -> None:
    message = sdk_request(weight_method=pb.CROSS_ATTENTION)
    message.engine_id = CONTROLLED.id
    message.prompt.extend([pb.Prompt(text="a")] * 8)
    with pytest.raises(BadRequest, match="9 prompts are more than the 8") as caught:
        decode_request(message, CONTROLLED)
    assert caught.value.field == "weight_method"


@given(st.binary(max_size=300))
def test_any_bytes_that_parse_are_decoded_or_refused(data: bytes) -> None:
    message = sdk_request()
    with contextlib.suppress(DecodeError, BadRequest, UnknownEngine):
        message.MergeFromString(data)
        decode_request(message, PAINTER)


def test_only_engines_that_blend_take_several_pictures() -> None:
    message = sdk_request()
    message.engine_id = CONTROLLED.id
    message.prompt.extend([artifact_prompt(pb.ARTIFACT_IMAGE)] * 2)
    with pytest.raises(BadRequest, match="blends no pictures") as caught:
        decode_request(message, CONTROLLED)
    assert caught.value.field == "image"
