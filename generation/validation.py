"""Requests validated once against their engine's limits."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

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
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from generation.catalogue.catalogue import Engine
    from generation.request import ImageRequest, TextPrompt

MAX_NAMES = 6
"""How many other engines a refusal names."""

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
        raise BadRequest(name, f"{figure(value)} is outside {figure(low)} to {figure(high)}")


def validate_start(
    engine: Engine, offered: Iterable[Engine], *, has_image: bool, has_mask: bool
) -> None:
    """Whether the engine starts from a picture, with a mask or without, before there is one.

    Raises:
        BadRequest: names those of the offered engines that do.
    """
    if can_start(engine, has_image=has_image, has_mask=has_mask):
        return
    if has_mask:
        raise BadRequest("mask", _others("takes no mask", engine, offered, "mask"))
    problem = "cannot start from a picture"
    raise BadRequest("image", _others(problem, engine, offered, "init_image"))


def can_start(engine: Engine, *, has_image: bool, has_mask: bool) -> bool:
    """Whether the engine starts from what there is: words, a picture, or one with a mask."""
    if has_mask:
        return engine.mask
    return engine.init_image or not has_image


def find_able(
    default: Engine, offered: Iterable[Engine], *, has_image: bool, has_mask: bool
) -> Engine:
    """What draws where no engine is named: the default, or the first of its service that can."""
    if can_start(default, has_image=has_image, has_mask=has_mask):
        return default
    able = (
        engine
        for engine in offered
        if (engine.kind, engine.transport) == (default.kind, default.transport)
        and can_start(engine, has_image=has_image, has_mask=has_mask)
    )
    return next(able, default)


def find_blending(default: Engine | None, offered: Iterable[Engine]) -> Engine | None:
    """What blends where no engine is named: the default, or the first that does."""
    if default is not None and default.blends:
        return default
    return next((engine for engine in offered if engine.blends), None)


def validate_control(engine: Engine, offered: Iterable[Engine], kind: str) -> None:
    """Whether the engine follows control pictures of that kind, before there is one.

    Raises:
        BadRequest: names the kinds that it has, or the offered engines that have that one.
    """
    if kind in engine.controls:
        return
    if engine.controls:
        known = f"; it has {', '.join(engine.controls)}"
        reason = f"{engine.id} has no control of the kind {kind[:40]}{known}"
        raise BadRequest("control_kind", reason)
    able = (other for other in offered if not kind or kind in other.controls)
    raise BadRequest("control", _others("follows no control picture", engine, able, "controls"))


def validate_blending(engine: Engine, offered: Iterable[Engine]) -> None:
    """Whether the engine mixes several pictures into one.

    Raises:
        BadRequest: names those of the offered engines that do.
    """
    if not engine.blends:
        raise BadRequest("image", _others("blends no pictures", engine, offered, "blends"))


def _others(problem: str, engine: Engine, offered: Iterable[Engine], feature: str) -> str:
    able = [other for other in offered if other.kind == engine.kind and getattr(other, feature)]
    # Those of the same service first: who has chosen one of them means it.
    able.sort(key=lambda other: other.transport != engine.transport)
    names = ", ".join(other.id for other in able[:MAX_NAMES])
    hint = f"; {names} can" if names else ""
    return f"{engine.id} {problem}{hint}"


def _validate_seeds(request: ImageRequest, engine: Engine) -> None:
    for seed in (request.seed, *request.other_seeds):
        _within("seed", seed, 0, engine.max_seed)
    if request.other_seeds and len(request.other_seeds) != request.samples - 1:
        seeds = 1 + len(request.other_seeds)
        raise BadRequest("seed", f"{seeds} seeds do not fit {request.samples} pictures")


def _validate_prompts(request: ImageRequest, engine: Engine) -> None:
    if not request.prompts:
        raise BadRequest("prompt", "it is empty")
    if engine.is_rest and not any(_draws(prompt) for prompt in request.prompts):
        raise BadRequest("prompt", f"{engine.id} needs words for what to draw, not only against it")
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
            raise BadRequest("prompt", f"weight {figure(prompt.weight)} is outside -10 to 10")
    if len(prompts) > MAX_PROMPTS:
        reason = f"{len(prompts)} parts are more than the {MAX_PROMPTS} of one request"
        raise BadRequest("prompt", reason)
    length = sum(len(prompt.text) for prompt in prompts)
    if length > engine.max_prompt_chars:
        raise BadRequest(
            "prompt",
            f"{length} characters are more than the {engine.max_prompt_chars}"
            f" that {engine.id} takes",
        )


def _draws(prompt: TextPrompt) -> bool:
    return prompt.weight > 0 and bool(prompt.text.strip())


def _validate_weight_method(request: ImageRequest, engine: Engine) -> None:
    if not engine.cross_attention:
        reason = f"{engine.id} weighs prompts by the text encoder only (TEXT_ENCODER)"
        raise BadRequest("weight_method", reason)
    if len(request.prompts) > MAX_COMPOSED:
        reason = f"{len(request.prompts)} prompts are more than the {MAX_COMPOSED} that can be"
        raise BadRequest("weight_method", f"{reason} weighed by CROSS_ATTENTION")


def _validate_size(request: ImageRequest, engine: Engine) -> None:
    problem = engine.size_problem(request.width, request.height)
    if problem:
        raise BadRequest("size", problem)


def _validate_style_and_sampler(request: ImageRequest, engine: Engine) -> None:
    if request.sampler is not None and request.sampler not in engine.samplers:
        names = ", ".join(engine.samplers)
        raise BadRequest("sampler", f"{engine.id} has no {request.sampler}; it has {names}")
    if request.style is not None and not engine.styles:
        raise BadRequest("style", f"{engine.id} knows no style presets")


def _validate_guidance(request: ImageRequest, engine: Engine) -> None:
    if request.guidance is GuidancePreset.NONE:
        return
    if not engine.clip_guidance:
        raise BadRequest("clip", f"{engine.id} has no CLIP guidance")
    if request.sampler is not None and request.sampler not in ANCESTRAL_SAMPLERS:
        names = ", ".join(sorted(ANCESTRAL_SAMPLERS))
        raise BadRequest("sampler", f"CLIP guidance needs an ancestral sampler: {names}")
    settings = request.guidance_settings
    if settings.strength is not None:
        _within("clip", settings.strength, 0.0, MAX_GUIDANCE_STRENGTH)
    if settings.cutouts is not None:
        _within("clip", settings.cutouts, 1, MAX_CUTOUTS)
    length = len(settings.prompt or "")
    if length > engine.max_prompt_chars:
        raise BadRequest("clip", f"its prompt has more than {engine.max_prompt_chars} characters")


def _validate_init(request: ImageRequest, engine: Engine) -> None:
    if request.mask is not None and request.init_image is None:
        raise BadRequest("mask", "a mask needs an image as well")
    # What a mask goes through is not what draws from a picture alone.
    has_own_way = bool(request.mask and engine.mask_endpoint)
    if request.init_image is not None and not (engine.init_image or has_own_way):
        raise BadRequest("image", f"{engine.id} cannot start from a picture")
    if request.mask is not None and not engine.mask:
        raise BadRequest("mask", f"{engine.id} takes no mask")
    _within("strength", request.strength, 0.0, 1.0)
    _within("noise_scale", request.noise_scale, 0.0, MAX_NOISE_SCALE)


def _validate_blend(request: ImageRequest, engine: Engine) -> None:
    count = len(request.blend)
    if not count:
        return
    validate_blending(engine, ())
    if not MIN_BLENDED <= count <= MAX_BLENDED:
        raise BadRequest("image", f"{count} pictures are not {MIN_BLENDED} to {MAX_BLENDED}")
    if request.init_image is not None or request.mask is not None:
        name = "image" if request.init_image is not None else "mask"
        raise BadRequest(name, "pictures are blended, or one is started from; leave one out")
    for picture in request.blend:
        # "not (a < x)" also refuses NaN.
        if not 0 < picture.weight <= MAX_WEIGHT:
            reason = f"weight {figure(picture.weight)} is not above 0 and up to {MAX_WEIGHT:g}"
            raise BadRequest("weight", reason)


def _validate_controls(request: ImageRequest, engine: Engine) -> None:
    if len(request.controls) > MAX_CONTROLS:
        reason = f"{len(request.controls)} pictures are more than the {MAX_CONTROLS} of one request"
        raise BadRequest("control", reason)
    for control in request.controls:
        if control.kind not in engine.controls:
            known = f"it has {', '.join(engine.controls)}" if engine.controls else "it has none"
            reason = f"{engine.id} has no control of the kind {control.kind[:40]}; {known}"
            raise BadRequest("control", reason)
        _within("control", control.strength, 0.0, MAX_CONTROL_STRENGTH)


def _validate_loras(request: ImageRequest, engine: Engine) -> None:
    if len(request.loras) > MAX_LORAS:
        reason = f"{len(request.loras)} are more than the {MAX_LORAS} of one picture"
        raise BadRequest("lora", reason)
    names: set[str] = set()
    for lora in request.loras:
        shown = lora.name[:60]
        if lora.name in names:
            raise BadRequest("lora", f"{shown} stands there twice; say its weight once")
        names.add(lora.name)
        # "not (a <= x)" also refuses NaN.
        if not abs(lora.weight) <= MAX_LORA_WEIGHT:
            reason = f"weight {figure(lora.weight)} of {shown} is outside"
            raise BadRequest("lora", f"{reason} {-MAX_LORA_WEIGHT:g} to {MAX_LORA_WEIGHT:g}")
        validate_lora(engine, (), lora.name)


def validate_lora(engine: Engine, offered: Iterable[Engine], name: str) -> None:
    """Whether the engine has a LoRA of that name.

    Raises:
        BadRequest: says why it cannot be used, which offered engine has it, or the nearest names.
    """
    if name in engine.loras:
        return
    shown = name[:60]
    reason = dict(engine.unusable_loras).get(name)
    if reason is not None:
        raise BadRequest("lora", f"{shown} cannot be used with {engine.id}: {reason}")
    if engine.has_more_adapters:
        return
    having = [other.id for other in offered if name in other.loras]
    if having:
        hint = f"{', '.join(having[:MAX_NAMES])} has it"
    elif near := _nearest(name, engine.loras):
        hint = f"did you mean {' or '.join(near)}?"
    else:
        hint = f"it has {', '.join(engine.loras[:MAX_NAMES]) or 'none'}"
    raise BadRequest("lora", f"{engine.id} has no LoRA {shown}; {hint}")


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    """Up to three known names that are like it, whatever their case."""
    by_small = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), by_small, n=3, cutoff=0.4)
    return [by_small[small] for small in near]
