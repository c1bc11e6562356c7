"""What a read prompt asks of an engine: its options and words as requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.kinds.image.choices import find_choice
from commands.kinds.image.notices import one_line
from generation.request import (
    GuidancePreset,
    ImageRequest,
    Sampler,
    StylePreset,
    TextPrompt,
    draw_seed,
)
from generation.stability.fit import Asked, Fitted, fit
from generation.stability.prompt_text import Run, WeightedText

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine
    from prompts import Options, Prompt, Segment


def base_request(
    options: Options, engine: Engine, size: tuple[int, int], strength: int
) -> ImageRequest:
    """The request of the options, without words; the strength in percent.

    Raises:
        BadRequest: an option has a name that there is not.
    """
    width, height = size
    return ImageRequest(
        engine_id=engine.id,
        prompts=(),
        width=width,
        height=height,
        seed=options.seed or min(draw_seed(), engine.max_seed),
        steps=engine.default_steps if options.steps is None else options.steps,
        cfg_scale=engine.default_cfg_scale if options.cfg is None else options.cfg,
        sampler=find_choice("sampler", Sampler, options.sampler),
        guidance=find_choice("clip", GuidancePreset, options.clip) or GuidancePreset.NONE,
        style=find_choice("style", StylePreset, options.style),
        strength=strength / 100,
    )


def asked_of(options: Options, *, has_strength: bool, has_image: bool, has_mask: bool) -> Asked:
    """What the options ask for, beside the words, of a picture with or without a start.

    Raises:
        BadRequest: an option has a name that there is not.
    """
    return Asked(
        steps=options.steps,
        sampler=find_choice("sampler", Sampler, options.sampler),
        guidance=find_choice("clip", GuidancePreset, options.clip) or GuidancePreset.NONE,
        size=options.size,
        aspect=options.aspect,
        has_cfg=options.cfg is not None,
        has_strength=has_strength,
        has_image=has_image,
        has_mask=has_mask,
    )


def fit_variants(prompt: Prompt, base: ImageRequest, engine: Engine, asked: Asked) -> list[Fitted]:
    """The request of each permutation, with what its engine draws in another way."""
    if not engine.is_rest:
        texts = [_texts(variant, engine) for variant in prompt.variants]
        return [Fitted(replace(base, prompts=one), ()) for one in texts]
    return [fit(base, _weighted(variant), asked, engine) for variant in prompt.variants]


def _weighted(variant: tuple[Segment, ...]) -> list[WeightedText]:
    return [
        WeightedText(
            tuple(Run(one_line(one.text), one.weight) for one in segment.fragments), segment.weight
        )
        for segment in variant
    ]


def _texts(variant: tuple[Segment, ...], engine: Engine) -> tuple[TextPrompt, ...]:
    return tuple(
        TextPrompt(one_line(segment.text if engine.emphasis else segment.plain), segment.weight)
        for segment in variant
    )
