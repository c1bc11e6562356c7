"""Requests survive the wire, and everything that stability-sdk 0.8.6 sends is understood."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.catalogue.catalogue import load
from generation.catalogue.engine import EDIT
from generation.codec import (
    decode_request,
    encode_answer,
    encode_request,
    picture_artifact,
)
from generation.decimals import shortest
from generation.errors import UnknownEngine
from generation.request import (
    MAX_SEED,
    BlendPicture,
    Control,
    GuidancePreset,
    GuidanceSettings,
    ImageRequest,
    MaskedAreaInit,
    Sampler,
    StylePreset,
    TextPrompt,
    WeightMethod,
    following_seeds,
)
from generation.wire import generation_pb2 as pb
from tests.generation.strategies import (
    CONTROLLED,
    artifact_prompt,
    controlled_request,
    sdk_request,
    valid_requests,
)

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine

CATALOGUE = load()
DRAWING = [engine for engine in CATALOGUE if engine.kind != EDIT]
PAINTER = CATALOGUE.get("atelier-painter")
CLASSIC = CATALOGUE.get("stable-diffusion-v1-5")


@given(data=st.data(), engine=st.sampled_from([*DRAWING, CONTROLLED]))
def test_round_trip(data: st.DataObject, engine: Engine) -> None:
    request = data.draw(valid_requests(engine))
    wire = encode_request(request, "job").SerializeToString()
    assert decode_request(pb.Request.FromString(wire), engine) == request


@given(weight=st.floats(-10, 10), cfg_scale=st.floats(0, 35), strength=st.floats(0, 1))
def test_any_figure_settles_after_one_trip(
    weight: float, cfg_scale: float, strength: float
) -> None:
    sent = ImageRequest(
        PAINTER.id, (TextPrompt("a", weight),), 64, 64, 1, 1, cfg_scale,
        init_image=b"a", strength=strength,
    )  # fmt: skip
    first = encode_request(sent, "")
    assert encode_request(decode_request(first, PAINTER), "") == first


def test_encoded_as_the_protocol_wants_it() -> None:
    request = ImageRequest(
        "stable-diffusion-v1-5",
        (TextPrompt("castle", 2), TextPrompt("fog", -0.5)),
        width=768,
        height=512,
        seed=MAX_SEED,
        steps=50,
        cfg_scale=8.5,
        samples=3,
        sampler=Sampler.DDIM,
        style=StylePreset.MODEL_3D,
        init_image=b"init",
        strength=0.25,
        mask=b"mask",
    )
    message = encode_request(request, "job-1")
    assert message.request_id == "job-1"
    assert message.requested_type == pb.ARTIFACT_IMAGE
    assert [(p.text, p.parameters.weight) for p in message.prompt[:2]] == [
        ("castle", 2),
        ("fog", -0.5),
    ]
    assert [(p.artifact.type, p.artifact.binary) for p in message.prompt[2:]] == [
        (pb.ARTIFACT_IMAGE, b"init"),
        (pb.ARTIFACT_MASK, b"mask"),
    ]
    image = message.image
    assert (image.width, image.height, image.samples, image.steps) == (768, 512, 3, 50)
    assert list(image.seed) == [MAX_SEED, 1, 2]
    assert image.transform.WhichOneof("type") == "diffusion"
    assert image.transform.diffusion == pb.SAMPLER_DDIM
    assert image.parameters[0].schedule.start == 0.25
    assert image.parameters[0].sampler.cfg_scale == 8.5
    assert image.masked_area_init == pb.MASKED_AREA_INIT_ORIGINAL
    extras = message.extras.fields["$IPC"].struct_value.fields
    assert extras["preset"].string_value == "3d-model"


def test_controls_are_image_artifacts_with_an_index() -> None:
    request = ImageRequest(
        CONTROLLED.id, (TextPrompt("a"),), 512, 512, 1, 10, 7.0, init_image=b"init",
        controls=(Control("depth", b"far", 0.25), Control("canny", b"edges")),
    )  # fmt: skip
    message = encode_request(request, "")
    sent = [(p.artifact.type, p.artifact.index, p.artifact.binary) for p in message.prompt[1:]]
    assert sent == [
        (pb.ARTIFACT_IMAGE, 0, b"init"),
        (pb.ARTIFACT_IMAGE, 1, b"far"),
        (pb.ARTIFACT_IMAGE, 2, b"edges"),
    ]
    listed = message.extras.fields["control"].list_value.values
    entries = [one.struct_value.fields for one in listed]
    assert [(one["kind"].string_value, one["strength"].number_value) for one in entries] == [
        ("depth", 0.25),
        ("canny", 1.0),
    ]


def test_several_pictures_without_an_index_are_blended_by_the_weights_of_their_prompts() -> None:
    request = ImageRequest(
        PAINTER.id, (TextPrompt(""),), 512, 512, 1, 10, 7.0,
        blend=(BlendPicture(b"one"), BlendPicture(b"two", 0.25)),
    )  # fmt: skip
    message = encode_request(request, "")
    sent = [(p.artifact.index, p.artifact.binary, p.parameters.weight) for p in message.prompt[1:]]
    assert sent == [(0, b"one", 1.0), (0, b"two", 0.25)]
    assert decode_request(message, PAINTER) == request
    # One picture alone is started from, as the SDK sends it.
    del message.prompt[-1]
    alone = decode_request(message, PAINTER)
    assert (alone.init_image, alone.blend) == (b"one", ())
    message.prompt.extend([artifact_prompt(pb.ARTIFACT_IMAGE)] * 2)
    assert [one.weight for one in decode_request(message, PAINTER).blend] == [1.0, 1.0, 1.0]


def test_controls_count_by_their_index() -> None:
    message = controlled_request({"kind": "canny", "strength": 0.5}, {"kind": "openpose"})
    message.prompt.append(artifact_prompt(pb.ARTIFACT_IMAGE, b"second", index=7))
    message.prompt.append(artifact_prompt(pb.ARTIFACT_DEPTH, b"third"))
    message.prompt.append(artifact_prompt(pb.ARTIFACT_IMAGE, b"first", index=1))
    assert decode_request(message, CONTROLLED).controls == (
        Control("canny", b"first", 0.5),
        Control("openpose", b"second"),
        Control("depth", b"third"),
    )


def test_what_the_masked_area_starts_from() -> None:
    message = sdk_request(masked_area_init=pb.MASKED_AREA_INIT_RANDOM)
    assert decode_request(message, PAINTER).masked_area is None
    message.prompt.append(artifact_prompt(pb.ARTIFACT_IMAGE))
    message.prompt.append(artifact_prompt(pb.ARTIFACT_MASK))
    assert decode_request(message, PAINTER).masked_area is MaskedAreaInit.RANDOM
    message.image.masked_area_init = pb.MASKED_AREA_INIT_ORIGINAL
    request = decode_request(message, PAINTER)
    assert (request.masked_area, request.masked_area_init) == (None, MaskedAreaInit.ORIGINAL)


def test_weights_of_the_predictions() -> None:
    message = sdk_request(weight_method=pb.CROSS_ATTENTION)
    message.engine_id = CONTROLLED.id
    assert decode_request(message, CONTROLLED).weight_method is WeightMethod.CROSS_ATTENTION


def test_noise_of_the_animator() -> None:
    message = sdk_request()
    message.image.parameters[0].sampler.init_noise_scale = 1.02
    assert decode_request(message, PAINTER).noise_scale == 1.02


def test_absent_stays_absent() -> None:
    message = encode_request(ImageRequest("e", (TextPrompt("a"),), 64, 64, 1, 10, 7.0), "")
    assert not message.image.HasField("transform")
    assert not message.image.HasField("masked_area_init")
    assert not message.image.HasField("weight_method")
    assert not message.image.parameters[0].sampler.HasField("init_noise_scale")
    assert not message.image.parameters[0].HasField("schedule")
    assert not message.image.parameters[0].HasField("guidance")
    assert not message.HasField("extras")


def test_inpainting_engines_fill_the_hole_themselves() -> None:
    request = ImageRequest(
        "stable-inpainting-v1-0", (TextPrompt("a"),), 512, 512, 1, 30, 7.0,
        init_image=b"a", mask=b"b",
    )  # fmt: skip
    message = encode_request(request, "")
    assert message.image.masked_area_init == pb.MASKED_AREA_INIT_ZERO


def test_plain_sdk_request() -> None:
    assert decode_request(sdk_request(), PAINTER) == ImageRequest(
        engine_id=PAINTER.id,
        prompts=(TextPrompt("a stunning house"),),
        width=512,
        height=512,
        seed=7,
        steps=PAINTER.default_steps,
        cfg_scale=7.0,
    )


def test_defaults_are_the_engines() -> None:
    message = pb.Request(
        engine_id=CLASSIC.id, prompt=[pb.Prompt(text="a")], image=pb.ImageParameters()
    )
    request = decode_request(message, CLASSIC)
    assert (request.width, request.height) == CLASSIC.default_size
    assert request.steps == CLASSIC.default_steps
    assert request.cfg_scale == CLASSIC.default_cfg_scale
    assert request.samples == 1
    assert 1 <= request.seed < 2**31


def test_alias_is_decoded_for_the_true_engine() -> None:
    message = sdk_request()
    message.engine_id = PAINTER.aliases[0]
    assert decode_request(message, PAINTER).engine_id == PAINTER.id


@pytest.mark.parametrize("engine_id", ["", "stable-diffusion-v9", CLASSIC.id])
def test_another_engine_is_unknown(engine_id: str) -> None:
    message = sdk_request()
    message.engine_id = engine_id
    with pytest.raises(UnknownEngine) as caught:
        decode_request(message, PAINTER)
    assert caught.value.engine_id == engine_id


@pytest.mark.parametrize(
    ("given_seeds", "samples", "expected"),
    [
        ([5], 1, (5,)),
        ([5], 3, (5, 6, 7)),
        ([5, 9], 2, (5, 9)),
        ([5, 9], 4, (5, 9, 10, 11)),
        ([5, 9, 30], 2, (5, 9)),
        ([MAX_SEED], 2, (MAX_SEED, 1)),
    ],
)
def test_seeds(given_seeds: list[int], samples: int, expected: tuple[int, ...]) -> None:
    request = decode_request(sdk_request(seed=given_seeds, samples=samples), PAINTER)
    assert request.seeds == expected


@pytest.mark.parametrize("given_seeds", [[], [0]])
def test_a_missing_seed_is_drawn(given_seeds: list[int]) -> None:
    drawn = {decode_request(sdk_request(seed=given_seeds), PAINTER).seed for _ in range(8)}
    assert len(drawn) > 1
    assert all(1 <= seed < 2**31 for seed in drawn)


def test_init_image_alone() -> None:
    """`python -m stability_sdk generate -i` sends an empty text beside the picture."""
    message = sdk_request()
    message.prompt[0].text = ""
    message.prompt.append(artifact_prompt(pb.ARTIFACT_IMAGE))
    step = message.image.parameters[0]
    step.schedule.start, step.schedule.end = 0.5, 0.01
    request = decode_request(message, PAINTER)
    assert request.prompts == (TextPrompt(""),)
    assert (request.init_image, request.strength) == (b"picture", 0.5)


def test_init_image_without_any_text() -> None:
    message = sdk_request()
    del message.prompt[:]
    message.prompt.append(artifact_prompt(pb.ARTIFACT_IMAGE))
    request = decode_request(message, PAINTER)
    assert request.prompts == (TextPrompt(""),)


def test_init_image_without_schedule_may_change_wholly() -> None:
    """`Context.generate` leaves the schedule out where its start would be 1."""
    message = sdk_request()
    message.prompt.append(artifact_prompt(pb.ARTIFACT_IMAGE))
    assert decode_request(message, PAINTER).strength == 1.0


def test_mask() -> None:
    message = sdk_request(masked_area_init=pb.MASKED_AREA_INIT_ORIGINAL)
    message.prompt.append(artifact_prompt(pb.ARTIFACT_IMAGE, b"init"))
    message.prompt.append(artifact_prompt(pb.ARTIFACT_MASK, b"mask"))
    request = decode_request(message, PAINTER)
    assert (request.init_image, request.mask) == (b"init", b"mask")


def test_guidance_drops_the_cfg_scale() -> None:
    """The SDK sends no sampler parameters with CLIP guidance."""
    instance = pb.GuidanceInstanceParameters(
        models=[pb.Model(alias="ViT-L-14--openai")], cutouts=pb.CutoutParameters(count=4)
    )
    guidance = pb.GuidanceParameters(
        guidance_preset=pb.GUIDANCE_PRESET_FAST_BLUE, instances=[instance]
    )
    request = decode_request(sdk_request(parameters=[pb.StepParameter(guidance=guidance)]), PAINTER)
    assert request.guidance is GuidancePreset.FAST_BLUE
    assert request.cfg_scale == PAINTER.default_cfg_scale
    assert request.guidance_settings == GuidanceSettings(cutouts=4)


def test_extras_of_other_clients() -> None:
    message = sdk_request()
    message.extras.update({})
    assert decode_request(message, PAINTER).style is None
    message.extras.update({"$IPC": {"preset": "anime", "mode": "multistage"}, "other": 1})
    assert decode_request(message, PAINTER).style is StylePreset.ANIME
    message.extras.update({"$IPC": {"preset": ""}})
    assert decode_request(message, PAINTER).style is None
    message.extras.update({"$IPC": "no struct"})
    assert decode_request(message, PAINTER).style is None


def test_wheel_only_field_is_harmless() -> None:
    message = sdk_request()
    message.image.cai_parameters.model_metadata = (
        pb.CAIParameters.MODEL_METADATA_SIGN_WITH_ENGINE_ID
    )
    decode_request(message, PAINTER)


@given(st.floats(width=32))
def test_shortest_is_the_same_float(value: float) -> None:
    assert struct.pack("f", shortest(value)) == struct.pack("f", value)


def test_following_seeds_skip_zero() -> None:
    assert following_seeds(MAX_SEED - 1, 3) == (MAX_SEED, 1, 2)
    assert following_seeds(7, 0) == ()


def test_answer() -> None:
    received = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    picture = picture_artifact(b"png", index=2, seed=9, filtered=True)
    rejection = pb.Artifact(type=pb.ARTIFACT_TEXT, text="no", finish_reason=pb.FILTER)
    answer = encode_answer(
        "job", 3, [picture, rejection],
        engine_id="true", received_at=received, created_at=received,
    )  # fmt: skip
    assert answer.answer_id == "job-3"
    assert answer.received == 1767323045678
    assert answer.meta.engine_id == "true"
    first, second = answer.artifacts
    assert (first.mime, first.size, first.index, first.seed) == ("image/png", 3, 2, 9)
    assert (first.finish_reason, second.finish_reason) == (pb.FILTER, pb.FILTER)
    assert second.type == pb.ARTIFACT_TEXT
