"""What travels: requests, in both directions, and the answers that a server builds.

Sources: the wire tables of the protocol, and what stability-sdk 0.8.6 was seen to send.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from generation.errors import BadRequest, UnknownEngine
from generation.headers import PROGRESS_MIME
from generation.request import (
    DEFAULT_STRENGTH,
    GuidancePreset,
    ImageRequest,
    Sampler,
    StylePreset,
    TextPrompt,
    draw_seed,
    following_seeds,
)
from generation.validation import validate
from generation.wire import generation_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from generation.catalogue.catalogue import Engine

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
_SAMPLERS_BACK = {int(number): sampler for sampler, number in SAMPLERS.items()}
_PRESETS_BACK = {int(number): preset for preset, number in PRESETS.items()}

STYLE_KEY = "$IPC"
"""The key in Request.extras under which the SDK and StableStudio put `preset`."""

INPAINTING_PREFIX = "stable-inpainting"
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
        prompt=_encode_prompts(request),
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
        message.image.masked_area_init = _masked_area_init(request.engine_id)
    if request.style is not None:
        message.extras.update({STYLE_KEY: {"preset": request.style.value}})
    return message


def _encode_prompts(request: ImageRequest) -> list[pb.Prompt]:
    prompts = [
        pb.Prompt(text=prompt.text, parameters=pb.PromptParameters(weight=prompt.weight))
        for prompt in request.prompts
    ]
    for kind, data in ((pb.ARTIFACT_IMAGE, request.init_image), (pb.ARTIFACT_MASK, request.mask)):
        if data is not None:
            prompts.append(pb.Prompt(artifact=pb.Artifact(type=kind, binary=data)))
    return prompts


def _encode_step(request: ImageRequest) -> pb.StepParameter:
    step = pb.StepParameter(sampler=pb.SamplerParameters(cfg_scale=request.cfg_scale))
    if request.init_image is not None:
        step.schedule.start = request.strength
    if request.guidance is not GuidancePreset.NONE:
        # The one empty instance is what the SDK sends: the preset then decides its figures.
        step.guidance.guidance_preset = PRESETS[request.guidance]
        step.guidance.instances.add()
    return step


def _masked_area_init(engine_id: str) -> pb.MaskedAreaInit:
    # As the SDK's Context does: an inpainting model fills the hole itself, others need a start.
    if engine_id.startswith(INPAINTING_PREFIX):
        return pb.MASKED_AREA_INIT_ZERO
    return pb.MASKED_AREA_INIT_ORIGINAL


def decode_request(message: pb.Request, engine: Engine) -> ImageRequest:
    """The request in a message to that engine, with its defaults filled in, validated.

    A seed that is missing or 0 is drawn; fewer seeds than samples count on from the last.

    Raises:
        UnknownEngine: the message is for another engine.
        BadRequest: names the field and what would be right.
    """
    if message.engine_id not in (engine.id, *engine.aliases):
        raise UnknownEngine(message.engine_id)
    _check_kind(message)
    image = message.image
    _check_unsupported(image)
    step = image.parameters[0] if image.parameters else pb.StepParameter()
    prompts = _decode_prompts(message.prompt)
    width, height = engine.default_size
    request = ImageRequest(
        engine_id=engine.id,
        prompts=prompts.texts,
        width=image.width if image.HasField("width") else width,
        height=image.height if image.HasField("height") else height,
        seed=(image.seed[0] if image.seed else 0) or draw_seed(),
        steps=image.steps if image.HasField("steps") else engine.default_steps,
        cfg_scale=_cfg_scale(step, engine),
        samples=image.samples if image.HasField("samples") else 1,
        sampler=_decode_sampler(image),
        guidance=_decode_guidance(step),
        style=_decode_style(message),
        init_image=prompts.init_image,
        strength=_strength(step, prompts),
        mask=prompts.mask,
    )
    # Validated before the seeds are counted on, so that nobody makes us count to 2⁶⁴.
    validate(request, engine)
    return _with_all_seeds(request, image.seed)


def _check_kind(message: pb.Request) -> None:
    if message.requested_type not in (pb.ARTIFACT_NONE, pb.ARTIFACT_IMAGE):
        raise BadRequest("requested_type", "this engine makes pictures only (ARTIFACT_IMAGE)")
    kind = message.WhichOneof("params")
    if kind != "image":
        raise BadRequest("image", f"image parameters are needed, not {kind or 'none at all'}")


def _check_unsupported(image: pb.ImageParameters) -> None:
    # Refused rather than ignored: the picture would not be what was asked for.
    if image.adapter.adapter_type != pb.T2IADAPTER_NONE:
        raise BadRequest("adapter", "T2I adapters are not offered")
    if image.fine_tuning_parameters:
        raise BadRequest("fine_tuning_parameters", "fine-tuned models are not offered")
    if image.transform.WhichOneof("type") == "upscaler":
        raise BadRequest("sampler", "upscaling is not offered; choose a diffusion sampler")


@dataclass(slots=True)
class _Prompts:
    texts: tuple[TextPrompt, ...] = ()
    init_image: bytes | None = field(default=None, repr=False)
    mask: bytes | None = field(default=None, repr=False)


def _decode_prompts(prompts: Sequence[pb.Prompt]) -> _Prompts:
    found = _Prompts()
    for number, prompt in enumerate(prompts, 1):
        kind = prompt.WhichOneof("prompt")
        if kind == "text":
            found.texts += (TextPrompt(prompt.text, _weight(prompt)),)
        elif kind == "artifact":
            _take_artifact(found, prompt.artifact)
        else:
            raise BadRequest("prompt", f"part {number} holds {kind or 'nothing'}; send text")
    if not found.texts and found.init_image is not None:
        found.texts = (TextPrompt(""),)
    return found


def _take_artifact(found: _Prompts, artifact: pb.Artifact) -> None:
    name = {pb.ARTIFACT_IMAGE: "image", pb.ARTIFACT_MASK: "mask"}.get(artifact.type)
    if name is None:
        raise BadRequest("prompt", "of artifacts only IMAGE and MASK can be part of a prompt")
    if not artifact.binary:
        raise BadRequest(name, "it holds no binary data")
    taken = found.init_image if name == "image" else found.mask
    if taken is not None:
        raise BadRequest(name, "there is more than one")
    if name == "image":
        found.init_image = artifact.binary
    else:
        found.mask = artifact.binary


def _weight(prompt: pb.Prompt) -> float:
    if not prompt.parameters.HasField("weight"):
        return 1.0
    return shortest(prompt.parameters.weight)


def _cfg_scale(step: pb.StepParameter, engine: Engine) -> float:
    if not step.sampler.HasField("cfg_scale"):
        return engine.default_cfg_scale
    return shortest(step.sampler.cfg_scale)


def _strength(step: pb.StepParameter, prompts: _Prompts) -> float:
    if prompts.init_image is None:
        return DEFAULT_STRENGTH
    if not step.schedule.HasField("start"):
        return WHOLE_STRENGTH
    return shortest(step.schedule.start)


def _decode_sampler(image: pb.ImageParameters) -> Sampler | None:
    if image.transform.WhichOneof("type") != "diffusion":
        return None
    number = image.transform.diffusion
    if number not in _SAMPLERS_BACK:
        raise BadRequest("sampler", f"number {number} is no sampler")
    return _SAMPLERS_BACK[number]


def _decode_guidance(step: pb.StepParameter) -> GuidancePreset:
    number = step.guidance.guidance_preset
    if number not in _PRESETS_BACK:
        raise BadRequest("clip", f"number {number} is no guidance preset")
    return _PRESETS_BACK[number]


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
        known = ", ".join(StylePreset)
        reason = f"{preset.string_value[:40] or 'that'} is no style preset; there are {known}"
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


def shortest(value: float) -> float:
    """The decimal with the fewest digits that is the same 32-bit float: 0.65, not 0.64999998."""
    if not math.isfinite(value):
        return value
    wanted = struct.pack("f", value)
    for digits in range(6, 9):
        candidate = float(f"{value:.{digits}g}")
        if abs(candidate) <= _LARGEST and struct.pack("f", candidate) == wanted:
            return candidate
    return value


_LARGEST: float = struct.unpack("f", b"\xff\xff\x7f\x7f")[0]
