"""What travels: requests, in both directions, and the answers that a server builds.

Sources: the wire tables of the protocol, and what stability-sdk 0.8.6 was seen to send.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

from generation.adapters import LORAS_KEY, decode_loras, encode_loras
from generation.decimals import shortest
from generation.edits import EDIT_KEY, decode_edit, encode_edit
from generation.errors import BadRequest, UnknownEngine
from generation.headers import PROGRESS_MIME
from generation.prompt_parts import (
    CONTROL_KEY,
    decode_prompts,
    encode_controls,
    encode_prompts,
)
from generation.request import (
    DEFAULT_STRENGTH,
    GuidancePreset,
    GuidanceSettings,
    ImageRequest,
    MaskedAreaInit,
    Sampler,
    StylePreset,
    WeightMethod,
    draw_seed,
    following_seeds,
    suitable_masked_area,
)
from generation.unsupported import check_kind, check_supported
from generation.validation import validate
from generation.wire import generation_pb2 as pb
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from generation.catalogue.catalogue import Engine
    from generation.prompt_parts import PromptParts

SAMPLERS: dict[Sampler, pb.DiffusionSampler] = {
    Sampler.DDIM: pb.SAMPLER_DDIM,
    Sampler.DDPM: pb.SAMPLER_DDPM,
    Sampler.K_EULER: pb.SAMPLER_K_EULER,
    Sampler.K_EULER_ANCESTRAL: pb.SAMPLER_K_EULER_ANCESTRAL,
    Sampler.K_HEUN: pb.SAMPLER_K_HEUN,
    Sampler.K_DPM_2: pb.SAMPLER_K_DPM_2,
    Sampler.K_DPM_2_ANCESTRAL: pb.SAMPLER_K_DPM_2_ANCESTRAL,
    Sampler.K_LMS: pb.SAMPLER_K_LMS,
    Sampler.K_DPMPP_2S_ANCESTRAL: pb.SAMPLER_K_DPMPP_2S_ANCESTRAL,
    Sampler.K_DPMPP_2M: pb.SAMPLER_K_DPMPP_2M,
    Sampler.K_DPMPP_SDE: pb.SAMPLER_K_DPMPP_SDE,
}
PRESETS: dict[GuidancePreset, pb.GuidancePreset] = {
    GuidancePreset.NONE: pb.GUIDANCE_PRESET_NONE,
    GuidancePreset.SIMPLE: pb.GUIDANCE_PRESET_SIMPLE,
    GuidancePreset.FAST_BLUE: pb.GUIDANCE_PRESET_FAST_BLUE,
    GuidancePreset.FAST_GREEN: pb.GUIDANCE_PRESET_FAST_GREEN,
    GuidancePreset.SLOW: pb.GUIDANCE_PRESET_SLOW,
    GuidancePreset.SLOWER: pb.GUIDANCE_PRESET_SLOWER,
    GuidancePreset.SLOWEST: pb.GUIDANCE_PRESET_SLOWEST,
}
WEIGHT_METHODS: dict[WeightMethod, pb.WeightMethod] = {
    WeightMethod.TEXT_ENCODER: pb.TEXT_ENCODER,
    WeightMethod.CROSS_ATTENTION: pb.CROSS_ATTENTION,
}
MASKED_AREA_INITS: dict[MaskedAreaInit, pb.MaskedAreaInit] = {
    MaskedAreaInit.ZERO: pb.MASKED_AREA_INIT_ZERO,
    MaskedAreaInit.RANDOM: pb.MASKED_AREA_INIT_RANDOM,
    MaskedAreaInit.ORIGINAL: pb.MASKED_AREA_INIT_ORIGINAL,
}
_SAMPLERS_BACK = {int(number): sampler for sampler, number in SAMPLERS.items()}
_PRESETS_BACK = {int(number): preset for preset, number in PRESETS.items()}
_WEIGHT_METHODS_BACK = {int(number): method for method, number in WEIGHT_METHODS.items()}
_MASKED_AREA_INITS_BACK = {int(number): init for init, number in MASKED_AREA_INITS.items()}

STYLE_KEY = "$IPC"
"""The key in Request.extras under which the SDK and StableStudio put `preset`."""

UNFILTERED_KEY = "unfiltered"
"""The key in Request.extras that asks our own server to withhold no picture: true or false."""

WHOLE_STRENGTH = 1.0
"""What an init image without a schedule means: the SDK leaves out a start of 1."""


def encode_request(request: ImageRequest, request_id: str) -> pb.Request:
    """The message for GenerationService.Generate; texts go out as they are.

    Every sample's seed is sent, because what a hosted engine does about missing ones is not known.
    """
    message = pb.Request(
        engine_id=request.engine_id,
        request_id=request_id,
        requested_type=pb.ARTIFACT_IMAGE,
        prompt=encode_prompts(request),
        image=pb.ImageParameters(
            height=request.height,
            width=request.width,
            seed=request.seeds,
            samples=request.samples,
            steps=request.steps,
            parameters=[_encode_step(request)],
        ),
    )
    if request.sampler is not None:
        message.image.transform.diffusion = SAMPLERS[request.sampler]
    if request.mask is not None:
        message.image.masked_area_init = MASKED_AREA_INITS[request.masked_area_init]
    if request.weight_method is not WeightMethod.TEXT_ENCODER:
        message.image.weight_method = WEIGHT_METHODS[request.weight_method]
    if request.controls:
        message.extras.update({CONTROL_KEY: encode_controls(request)})
    if request.loras:
        message.extras.update({LORAS_KEY: encode_loras(request)})
    if request.edit is not None:
        message.extras.update({EDIT_KEY: encode_edit(request.edit)})
    if request.unfiltered:
        message.extras.update({UNFILTERED_KEY: True})
    if request.style is not None:
        message.extras.update({STYLE_KEY: {"preset": request.style.value}})
    return message


def _encode_step(request: ImageRequest) -> pb.StepParameter:
    step = pb.StepParameter(sampler=pb.SamplerParameters(cfg_scale=request.cfg_scale))
    if request.init_image is not None:
        step.schedule.start = request.strength
    if request.noise_scale != 1.0:
        step.sampler.init_noise_scale = request.noise_scale
    if request.guidance is not GuidancePreset.NONE:
        # The one empty instance is what the SDK sends: the preset then decides its figures.
        step.guidance.guidance_preset = PRESETS[request.guidance]
        _encode_guidance(request.guidance_settings, step.guidance.instances.add())
    return step


def _encode_guidance(settings: GuidanceSettings, instance: pb.GuidanceInstanceParameters) -> None:
    if settings.strength is not None:
        instance.guidance_strength = settings.strength
    if settings.cutouts is not None:
        instance.cutouts.count = settings.cutouts
    if settings.prompt is not None:
        instance.prompt.text = settings.prompt


def decode_request(message: pb.Request, engine: Engine) -> ImageRequest:
    """The request in a message to that engine, with its defaults filled in, validated.

    A seed that is missing or 0 is drawn; fewer seeds than samples count on from the last.

    Raises:
        UnknownEngine: the message is for another engine.
        BadRequest: names the field and what would be right.
    """
    if message.engine_id not in (engine.id, *engine.aliases):
        raise UnknownEngine(message.engine_id)
    check_kind(message)
    check_supported(message)
    image = message.image
    step = image.parameters[0] if image.parameters else pb.StepParameter()
    parts = decode_prompts(message)
    width, height = engine.default_size
    request = ImageRequest(
        engine_id=engine.id,
        prompts=parts.texts,
        width=image.width if image.HasField("width") else width,
        height=image.height if image.HasField("height") else height,
        seed=(image.seed[0] if image.seed else 0) or draw_seed(),
        steps=image.steps if image.HasField("steps") else engine.default_steps,
        cfg_scale=decode_cfg_scale(step, engine),
        samples=image.samples if image.HasField("samples") else 1,
        sampler=_decode_sampler(image),
        guidance=_decode_guidance(step),
        style=_decode_style(message),
        init_image=parts.init_image,
        strength=_strength(step, parts),
        mask=parts.mask,
        weight_method=_decode_weight_method(image),
        masked_area=_decode_masked_area(image, parts, engine),
        noise_scale=_noise_scale(step),
        guidance_settings=_decode_guidance_settings(step),
        controls=parts.controls,
        loras=decode_loras(message),
        unfiltered=decode_unfiltered(message),
        blend=parts.blend,
        edit=decode_edit(message),
    )
    # Validated before the seeds are counted on, so that nobody makes us count to 2⁶⁴.
    validate(request, engine)
    return _with_all_seeds(request, image.seed)


def decode_cfg_scale(step: pb.StepParameter, engine: Engine) -> float:
    """The guidance of a message, which is the engine's own where nothing is said."""
    if not step.sampler.HasField("cfg_scale"):
        return engine.default_cfg_scale
    return shortest(step.sampler.cfg_scale)


def _noise_scale(step: pb.StepParameter) -> float:
    if not step.sampler.HasField("init_noise_scale"):
        return 1.0
    return shortest(step.sampler.init_noise_scale)


def _strength(step: pb.StepParameter, parts: PromptParts) -> float:
    if parts.init_image is None:
        return DEFAULT_STRENGTH
    if not step.schedule.HasField("start"):
        return WHOLE_STRENGTH
    return shortest(step.schedule.start)


def _decode_sampler(image: pb.ImageParameters) -> Sampler | None:
    if image.transform.WhichOneof("type") != "diffusion":
        return None
    number = image.transform.diffusion
    if number not in _SAMPLERS_BACK:
        raise BadRequest("sampler", Sentence("number {number} is no sampler", number=number))
    return _SAMPLERS_BACK[number]


def _decode_guidance(step: pb.StepParameter) -> GuidancePreset:
    number = step.guidance.guidance_preset
    if number not in _PRESETS_BACK:
        raise BadRequest("clip", Sentence("number {number} is no guidance preset", number=number))
    return _PRESETS_BACK[number]


def _decode_guidance_settings(step: pb.StepParameter) -> GuidanceSettings:
    if not step.guidance.guidance_preset or not step.guidance.instances:
        return GuidanceSettings()
    instance = step.guidance.instances[0]
    has_strength = instance.HasField("guidance_strength")
    return GuidanceSettings(
        shortest(instance.guidance_strength) if has_strength else None,
        instance.cutouts.count if instance.cutouts.HasField("count") else None,
        instance.prompt.text if instance.HasField("prompt") else None,
    )


def _decode_weight_method(image: pb.ImageParameters) -> WeightMethod:
    number = image.weight_method
    if number not in _WEIGHT_METHODS_BACK:
        raise BadRequest(
            "weight_method", Sentence("number {number} is no weight method", number=number)
        )
    return _WEIGHT_METHODS_BACK[number]


def _decode_masked_area(
    image: pb.ImageParameters, parts: PromptParts, engine: Engine
) -> MaskedAreaInit | None:
    """None also where there is no mask, or where it is what suits the engine anyway."""
    if not image.HasField("masked_area_init"):
        return None
    number = image.masked_area_init
    if number not in _MASKED_AREA_INITS_BACK:
        raise BadRequest(
            "masked_area_init", Sentence("number {number} is not one of its values", number=number)
        )
    init = _MASKED_AREA_INITS_BACK[number]
    is_usual = init is suitable_masked_area(engine.id)
    return None if parts.mask is None or is_usual else init


def decode_unfiltered(message: pb.Request) -> bool:
    """Whether a message asks that nothing be withheld.

    Raises:
        BadRequest: it says neither yes nor no.
    """
    if UNFILTERED_KEY not in message.extras.fields:
        return False
    value = message.extras.fields[UNFILTERED_KEY]
    if value.WhichOneof("kind") != "bool_value":
        raise BadRequest(UNFILTERED_KEY, Sentence("extras.unfiltered is neither true nor false"))
    return value.bool_value


def _decode_style(message: pb.Request) -> StylePreset | None:
    extras = message.extras.fields
    if STYLE_KEY not in extras:
        return None
    preset = extras[STYLE_KEY].struct_value.fields.get("preset")
    if preset is None or preset.WhichOneof("kind") == "null_value":
        return None
    if preset.WhichOneof("kind") == "string_value" and not preset.string_value:
        return None
    try:
        return StylePreset(preset.string_value)
    except ValueError:
        reason = Sentence(
            "{name} is no style preset; there are {known}",
            name=preset.string_value[:40] or "-",
            known=", ".join(StylePreset),
        )
        raise BadRequest("style", reason) from None


def _with_all_seeds(request: ImageRequest, given: Sequence[int]) -> ImageRequest:
    seeds = [request.seed, *(seed or draw_seed() for seed in given[1 : request.samples])]
    seeds += following_seeds(seeds[-1], request.samples - len(seeds))
    return request.with_seeds(seeds)


def picture_artifact(
    data: bytes, *, index: int, seed: int, filtered: bool = False, mime: str = "image/png"
) -> pb.Artifact:
    """A drawn picture for an answer; a filtered one is blurred by whoever drew it."""
    return pb.Artifact(
        type=pb.ARTIFACT_IMAGE,
        mime=mime,
        binary=data,
        size=len(data),
        index=index,
        seed=seed,
        uuid=str(uuid4()),
        finish_reason=pb.FILTER if filtered else pb.NULL,
    )


def progress_artifact(*, index: int, step: int, steps: int) -> pb.Artifact:
    """How far the picture of that index is."""
    return pb.Artifact(
        type=pb.ARTIFACT_TEXT,
        mime=PROGRESS_MIME,
        index=index,
        text=json.dumps({"index": index, "step": step, "steps": steps}),
    )


def preview_artifact(data: bytes, *, index: int) -> pb.Artifact:
    """What the picture of that index looks like so far, as a small JPEG."""
    return pb.Artifact(
        type=pb.ARTIFACT_LATENT,
        mime="image/jpeg",
        index=index,
        binary=data,
        size=len(data),
    )


def encode_answer(
    request_id: str,
    number: int,
    artifacts: Sequence[pb.Artifact] = (),
    *,
    engine_id: str,
    received_at: datetime,
    created_at: datetime,
) -> pb.Answer:
    """The answer of that number to a request; without artifacts it is a keepalive.

    `engine_id` is the engine that truly draws, also where an alias was asked for.
    """
    return pb.Answer(
        answer_id=f"{request_id}-{number}",
        request_id=request_id,
        received=_milliseconds(received_at),
        created=_milliseconds(created_at),
        meta=pb.AnswerMeta(engine_id=engine_id),
        artifacts=artifacts,
    )


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
