"""Requests validated once against their engine's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.abilities import MASKS, no_control, validate_blending, validate_lora
from generation.catalogue.engine import EDIT, IMAGE
from generation.edits import SEARCHING, validate_edit
from generation.errors import BadRequest
from generation.request import (
    ANCESTRAL_SAMPLERS,
    MAX_BLENDED,
    MAX_CONTROL_STRENGTH,
    MAX_LORA_WEIGHT,
    MAX_WEIGHT,
    MIN_BLENDED,
    GuidancePreset,
    WeightMethod,
    figure,
    outside,
)
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.catalogue.catalogue import Engine
    from generation.request import ImageRequest, TextPrompt


MAX_PROMPTS = 100
"""How many weighted prompts one request may have; each is encoded by itself."""

MAX_COMPOSED = 8
"""How many of them CROSS_ATTENTION takes: every one is a row of each step."""

MAX_CONTROLS = 4
"""How many control pictures one request may have; each takes part in every step."""

MAX_LORAS = 4
"""How many LoRAs one request may have; each takes part in every step."""

MAX_GUIDANCE_STRENGTH = 10.0
"""The largest strength of CLIP guidance, in multiples of what its preset does."""

MAX_CUTOUTS = 64
MAX_NOISE_SCALE = 2.0


def validate(request: ImageRequest, engine: Engine) -> ImageRequest:
    """The request itself if the engine takes it.

    Raises:
        BadRequest: names the field, the figure and what would be right.
    """
    if engine.kind == EDIT:
        validate_edit(request, engine)
    elif request.edit is not None:
        raise BadRequest(
            "edit", Sentence("{engine} draws; leave out extras.edit", engine=engine.id)
        )
    return validate_settings(request, engine)


def validate_settings(request: ImageRequest, engine: Engine) -> ImageRequest:
    """The request itself if the engine takes it once it has the picture that is edited.

    Raises:
        BadRequest: names the field, the figure and what would be right.
    """
    _validate_prompts(request, engine)
    _validate_size(request, engine)
    validate_sampling(engine, request.steps, request.cfg_scale)
    _within("count", request.samples, 1, engine.max_samples)
    _validate_seeds(request, engine)
    _validate_style_and_sampler(request, engine)
    _validate_guidance(request, engine)
    _validate_init(request, engine)
    _validate_blend(request, engine)
    _validate_controls(request, engine)
    _validate_loras(request, engine)
    return request


def validate_sampling(engine: Engine, steps: int, cfg_scale: float) -> None:
    """Whether steps and guidance are within the engine's limits.

    Raises:
        BadRequest: names the field, the figure and the limits.
    """
    _within("steps", steps, engine.min_steps, engine.max_steps)
    _within("cfg", cfg_scale, engine.min_cfg_scale, engine.max_cfg_scale)


def _within(name: str, value: float, low: float, high: float) -> None:
    # "not (a <= x <= b)" also refuses NaN.
    if not low <= value <= high:
        raise BadRequest(name, outside(value, low, high))


def _validate_seeds(request: ImageRequest, engine: Engine) -> None:
    for seed in (request.seed, *request.other_seeds):
        _within("seed", seed, 0, engine.max_seed)
    if request.other_seeds and len(request.other_seeds) != request.samples - 1:
        seeds = 1 + len(request.other_seeds)
        raise BadRequest(
            "seed",
            Sentence(
                "{seeds} seeds do not fit {samples} pictures", seeds=seeds, samples=request.samples
            ),
        )


def _validate_prompts(request: ImageRequest, engine: Engine) -> None:
    if not request.prompts:
        raise BadRequest("prompt", Sentence("it is empty"))
    searches = request.edit is not None and request.edit.action in SEARCHING
    needs_words = engine.is_rest and (engine.kind == IMAGE or searches)
    if needs_words and not any(_draws(prompt) for prompt in request.prompts):
        raise BadRequest(
            "prompt",
            Sentence(
                "{engine} needs words for what to draw, not only against it", engine=engine.id
            ),
        )
    validate_texts(engine, request.prompts)
    if request.weight_method is not WeightMethod.TEXT_ENCODER:
        _validate_weight_method(request, engine)


def validate_texts(engine: Engine, prompts: Sequence[TextPrompt]) -> None:
    """Whether texts, of which there may be none, and their weights are within the limits.

    Raises:
        BadRequest: names the figure and the limit.
    """
    for prompt in prompts:
        if not abs(prompt.weight) <= MAX_WEIGHT:
            raise BadRequest(
                "prompt",
                Sentence("weight {weight} is outside -10 to 10", weight=figure(prompt.weight)),
            )
    if len(prompts) > MAX_PROMPTS:
        reason = Sentence(
            "{count} parts are more than the {limit} of one request",
            count=len(prompts),
            limit=MAX_PROMPTS,
        )
        raise BadRequest("prompt", reason)
    length = sum(len(prompt.text) for prompt in prompts)
    if length > engine.max_prompt_chars:
        raise BadRequest(
            "prompt",
            Sentence(
                "{count} characters are more than the {limit} that {engine} takes",
                count=length,
                limit=engine.max_prompt_chars,
                engine=engine.id,
            ),
        )


def _draws(prompt: TextPrompt) -> bool:
    return prompt.weight > 0 and bool(prompt.text.strip())


def _validate_weight_method(request: ImageRequest, engine: Engine) -> None:
    if not engine.cross_attention:
        reason = Sentence(
            "{engine} weighs prompts by the text encoder only (TEXT_ENCODER)", engine=engine.id
        )
        raise BadRequest("weight_method", reason)
    if len(request.prompts) > MAX_COMPOSED:
        reason = Sentence(
            "{count} prompts are more than the {most} that can be weighed by CROSS_ATTENTION",
            count=len(request.prompts),
            most=MAX_COMPOSED,
        )
        raise BadRequest("weight_method", reason)


def _validate_size(request: ImageRequest, engine: Engine) -> None:
    problem = engine.size_problem(request.width, request.height)
    if problem:
        raise BadRequest("size", problem)


def _validate_style_and_sampler(request: ImageRequest, engine: Engine) -> None:
    if request.sampler is not None and request.sampler not in engine.samplers:
        names = ", ".join(engine.samplers)
        raise BadRequest(
            "sampler",
            Sentence(
                "{engine} has no {sampler}; it has {known}",
                engine=engine.id,
                sampler=request.sampler,
                known=names,
            ),
        )
    if request.style is not None and not engine.styles:
        raise BadRequest("style", Sentence("{engine} knows no style presets", engine=engine.id))


def _validate_guidance(request: ImageRequest, engine: Engine) -> None:
    if request.guidance is GuidancePreset.NONE:
        return
    if not engine.clip_guidance:
        raise BadRequest("clip", Sentence("{engine} has no CLIP guidance", engine=engine.id))
    if request.sampler is not None and request.sampler not in ANCESTRAL_SAMPLERS:
        names = ", ".join(sorted(ANCESTRAL_SAMPLERS))
        raise BadRequest(
            "sampler", Sentence("CLIP guidance needs an ancestral sampler: {names}", names=names)
        )
    settings = request.guidance_settings
    if settings.strength is not None:
        _within("clip", settings.strength, 0.0, MAX_GUIDANCE_STRENGTH)
    if settings.cutouts is not None:
        _within("clip", settings.cutouts, 1, MAX_CUTOUTS)
    length = len(settings.prompt or "")
    if length > engine.max_prompt_chars:
        raise BadRequest(
            "clip",
            Sentence(
                "its prompt has more than {limit} characters",
                limit=engine.max_prompt_chars,
            ),
        )


def _validate_init(request: ImageRequest, engine: Engine) -> None:
    if request.mask is not None and request.init_image is None:
        raise BadRequest("mask", Sentence("a mask needs an image as well"))
    # What a mask goes through is not what draws from a picture alone.
    has_own_way = bool(request.mask and engine.mask_endpoint)
    if request.init_image is not None and not (engine.init_image or has_own_way):
        raise BadRequest(
            "image", Sentence("{engine} cannot start from a picture", engine=engine.id)
        )
    if request.mask is not None and not engine.mask:
        raise BadRequest("mask", Sentence(MASKS[0], engine=engine.id))
    _within("strength", request.strength, 0.0, 1.0)
    _within("noise_scale", request.noise_scale, 0.0, MAX_NOISE_SCALE)


def _validate_blend(request: ImageRequest, engine: Engine) -> None:
    count = len(request.blend)
    if not count:
        return
    validate_blending(engine, ())
    if not MIN_BLENDED <= count <= MAX_BLENDED:
        raise BadRequest(
            "image",
            Sentence(
                "{count} pictures are not {least} to {most}",
                count=count,
                least=MIN_BLENDED,
                most=MAX_BLENDED,
            ),
        )
    if request.init_image is not None or request.mask is not None:
        name = "image" if request.init_image is not None else "mask"
        raise BadRequest(
            name, Sentence("pictures are blended, or one is started from; leave one out")
        )
    for picture in request.blend:
        # "not (a < x)" also refuses NaN.
        if not 0 < picture.weight <= MAX_WEIGHT:
            reason = Sentence(
                "weight {weight} is not above 0 and up to {limit:g}",
                weight=figure(picture.weight),
                limit=MAX_WEIGHT,
            )
            raise BadRequest("weight", reason)


def _validate_controls(request: ImageRequest, engine: Engine) -> None:
    if len(request.controls) > MAX_CONTROLS:
        reason = Sentence(
            "{count} pictures are more than the {limit} of one request",
            count=len(request.controls),
            limit=MAX_CONTROLS,
        )
        raise BadRequest("control", reason)
    for control in request.controls:
        if control.kind not in engine.controls:
            raise BadRequest("control", no_control(engine, control.kind))
        _within("control", control.strength, 0.0, MAX_CONTROL_STRENGTH)


def _validate_loras(request: ImageRequest, engine: Engine) -> None:
    if len(request.loras) > MAX_LORAS:
        reason = Sentence(
            "{count} are more than the {limit} of one picture",
            count=len(request.loras),
            limit=MAX_LORAS,
        )
        raise BadRequest("lora", reason)
    names: set[str] = set()
    for lora in request.loras:
        shown = lora.name[:60]
        if lora.name in names:
            raise BadRequest(
                "lora", Sentence("{lora} stands there twice; say its weight once", lora=shown)
            )
        names.add(lora.name)
        # "not (a <= x)" also refuses NaN.
        if not abs(lora.weight) <= MAX_LORA_WEIGHT:
            reason = Sentence(
                "weight {weight} of {lora} is outside {low:g} to {high:g}",
                weight=figure(lora.weight),
                lora=shown,
                low=-MAX_LORA_WEIGHT,
                high=MAX_LORA_WEIGHT,
            )
            raise BadRequest("lora", reason)
        validate_lora(engine, (), lora.name)
