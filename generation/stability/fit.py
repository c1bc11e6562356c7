"""What was asked of a picture, brought to what an engine of the REST API has.

Nothing is dropped in silence: each thing that the engine does not have becomes a notice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from generation.catalogue.engine import EDIT
from generation.credits import credits_of, price
from generation.pricing import masked_price_mc
from generation.request import GuidancePreset, TextPrompt, figure
from generation.stability.operations import OPERATIONS
from generation.stability.prompt_text import Loss, PromptText, without_weights, write_prompt
from generation.stability.start_sizes import engine_for
from sentences import Sentence, message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from generation.catalogue.engine import Engine
    from generation.request import ImageRequest, Sampler
    from generation.stability.operations import Operation
    from generation.stability.prompt_text import WeightedText


class About(StrEnum):
    """What a notice is about."""

    STEPS = "steps"
    SAMPLER = "sampler"
    CLIP = "clip"
    SIZE = "size"
    ASPECT = "aspect"
    CFG = "cfg"
    STYLE = "style"
    STRENGTH = "strength"
    MASK = "mask"
    WEIGHTS = "weights"
    EMPHASIS = "emphasis"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for who asked, about something that is drawn in another way or not at all."""

    about: About
    text: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was said of a picture beside its words; None and False where nothing was."""

    steps: int | None = None
    sampler: Sampler | None = None
    guidance: GuidancePreset = GuidancePreset.NONE
    size: tuple[int, int] | None = None
    aspect: tuple[int, int] | None = None
    has_cfg: bool = False
    has_strength: bool = False
    has_image: bool = False
    has_mask: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """The request as the engine takes it, and what is different from what was asked."""

    request: ImageRequest
    notices: tuple[Notice, ...]


def operation_of(engine: Engine, *, has_mask: bool) -> Operation:
    """What draws the engine's pictures: where it has another way for a mask, those go that way."""
    return OPERATIONS[(has_mask and engine.mask_endpoint) or engine.endpoint]


def fit(
    request: ImageRequest, segments: Sequence[WeightedText], asked: Asked, engine: Engine
) -> Fitted:
    """The request with the segments as its words, without anything that the engine lacks.

    What it has is left as it is, so that `validate` refuses what is out of its limits.
    """
    operation = operation_of(engine, has_mask=asked.has_mask)
    if operation.reads_weights:
        segments = [without_weights(one) if one.weight > 0 else one for one in segments]
    text = write_prompt(segments, reads_weights=operation.reads_weights)
    width, height = _size(request, asked, engine)
    fitted = replace(
        request,
        prompts=_prompts(text),
        width=width,
        height=height,
        steps=engine.default_steps,
        sampler=None,
        guidance=GuidancePreset.NONE,
    )
    if "cfg_scale" not in operation.fields:
        fitted = replace(fitted, cfg_scale=engine.default_cfg_scale)
    if "style_preset" not in operation.fields:
        fitted = replace(fitted, style=None)
    notices = (
        *option_notices(request, asked, _name(engine, operation), operation.fields),
        *_start_notices(asked, engine, operation),
        *_shape_notices(asked, engine),
        *_text_notices(text, engine, operation),
    )
    return Fitted(fitted, notices)


def _prompts(text: PromptText) -> tuple[TextPrompt, ...]:
    prompts = [TextPrompt(text.prompt)] if text.prompt else []
    prompts += [TextPrompt(text.negative, -1.0)] if text.negative else []
    return tuple(prompts)


def _size(request: ImageRequest, asked: Asked, engine: Engine) -> tuple[int, int]:
    sized = engine_for(engine, has_image=asked.has_image, has_mask=asked.has_mask)
    is_free = sized is not engine and not (asked.size or asked.aspect)
    if engine.kind == EDIT or is_free:
        # The picture that is started from decides.
        return request.width, request.height
    # A size counts before an aspect, as with every engine.
    shape = asked.size or asked.aspect or (request.width, request.height)
    return engine.size_for_aspect(*shape)


def option_notices(
    request: ImageRequest, asked: Asked, name: str, known: Collection[str]
) -> Iterator[Notice]:
    """What is said of options to one of that name which has no sampling, and knows few fields."""
    if asked.steps is not None:
        yield Notice(
            About.STEPS, Sentence("{engine} has no steps; it draws without them.", engine=name)
        )
    if asked.sampler is not None:
        yield Notice(
            About.SAMPLER,
            Sentence(
                "{engine} has no sampler; it draws without {sampler}.",
                engine=name,
                sampler=asked.sampler,
            ),
        )
    if asked.guidance is not GuidancePreset.NONE:
        yield Notice(
            About.CLIP,
            Sentence("{engine} has no CLIP guidance (clip); it draws without it.", engine=name),
        )
    if asked.has_cfg and "cfg_scale" not in known:
        yield Notice(About.CFG, Sentence("{engine} has no cfg; it draws without it.", engine=name))
    if request.style is not None and "style_preset" not in known:
        yield Notice(
            About.STYLE,
            Sentence(
                "{engine} has no style; it draws without {style}.", engine=name, style=request.style
            ),
        )


def _start_notices(asked: Asked, engine: Engine, operation: Operation) -> Iterator[Notice]:
    if asked.has_strength and not asked.has_image:
        yield Notice(
            About.STRENGTH, Sentence("There is no image to start from; the strength has no use.")
        )
    if asked.has_mask:
        each = credits_of(price(masked_price_mc(engine)))
        told = Sentence(
            "A mask is drawn by {path}, at {each} a picture.", path=operation.path, each=each
        )
        yield Notice(About.MASK, told)
        if asked.has_strength:
            yield Notice(
                About.STRENGTH,
                Sentence(
                    "{engine} has no strength; it draws without it.",
                    engine=_name(engine, operation),
                ),
            )


def _shape_notices(asked: Asked, engine: Engine) -> Iterator[Notice]:
    shape = asked.size or asked.aspect
    if shape is None:
        return
    across, down = engine.nearest_aspect(*shape)
    if asked.size:
        size = "×".join(figure(side) for side in asked.size)
        told = Sentence(
            "{engine} has no sizes in pixels; {size} is drawn as {across}:{down}.",
            engine=engine.id,
            size=size,
            across=across,
            down=down,
        )
        yield Notice(About.SIZE, told)
    elif shape[0] * down != shape[1] * across:
        wanted = ":".join(figure(part) for part in shape)
        told = Sentence(
            "{engine} has no {wanted}; the nearest is {across}:{down}.",
            engine=engine.id,
            wanted=wanted,
            across=across,
            down=down,
        )
        yield Notice(About.ASPECT, told)


_LOST = {
    Loss.WEIGHTS: (
        About.WEIGHTS,
        message("{engine} takes no weights; the words stand in the order of theirs."),
    ),
    Loss.EMPHASIS: (
        About.EMPHASIS,
        message("{engine} takes no emphasis; the words are drawn without it."),
    ),
    Loss.STRONG_EMPHASIS: (
        About.EMPHASIS,
        message("{engine} takes emphasis from 0 to 1; what is beyond is drawn as the nearest."),
    ),
    Loss.NEGATIVE_WEIGHTS: (
        About.NEGATIVE,
        message("{engine} takes no weights of what is kept out; it stands in the order of theirs."),
    ),
    Loss.NEGATIVE_EMPHASIS: (
        About.NEGATIVE,
        message("{engine} takes no emphasis of what is kept out; the words count alike."),
    ),
}


def _text_notices(text: PromptText, engine: Engine, operation: Operation) -> Iterator[Notice]:
    name = _name(engine, operation)
    for loss in Loss:
        if loss in text.losses:
            about, told = _LOST[loss]
            yield Notice(about, Sentence(told, engine=name))
    if text.negative and "negative_prompt" not in operation.fields:
        told = Sentence(
            "{engine} keeps nothing out of a picture; it draws without that.", engine=name
        )
        yield Notice(About.NEGATIVE, told)
    # What a mask goes through is another model.
    elif text.negative and not engine.heeds_negative and operation.path == engine.endpoint:
        yield Notice(
            About.NEGATIVE, Sentence("{engine} hardly heeds what is to be kept out.", engine=name)
        )


def _name(engine: Engine, operation: Operation) -> str:
    return engine.id if operation.path == engine.endpoint else operation.path
