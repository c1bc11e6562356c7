"""Requests to engines of the kind "upscale": one picture, made so many times as wide and high.

Over the gooseai protocol it is the image artifact of the prompt. A width or a height may be asked
for; without one the result is the engine's factor larger. Texts, steps, seed and cfg_scale count
for engines that read words; with others they are taken and have no effect, as stability-sdk says of
ESRGAN, and sends always. The schedule has none.
Source: stability-sdk 0.8.6 (`Context.upscale`, the command line's `upscale`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from generation.codec import decode_cfg_scale, decode_unfiltered
from generation.errors import BadRequest, UnknownEngine
from generation.prompt_parts import decode_prompts
from generation.request import draw_seed, figure
from generation.unsupported import check_kind
from generation.validation import validate_sampling, validate_texts
from generation.wire import generation_pb2 as pb
from sentences import Sentence

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine
    from generation.prompt_parts import PromptParts
    from generation.request import TextPrompt


@dataclass(frozen=True, slots=True)
class UpscaleRequest:
    """A picture to upscale, and the width or height in pixels that was asked for, if one was.

    Words, steps and guidance are those of engines that read words.
    """

    image: bytes = field(repr=False)
    width: int | None = None
    height: int | None = None
    seed: int = 0
    prompts: tuple[TextPrompt, ...] = ()
    steps: int = 0
    cfg_scale: float = 0.0
    unfiltered: bool = False


def decode_upscale(message: pb.Request, engine: Engine) -> UpscaleRequest:
    """The request in a message to an engine that upscales; its picture is not looked at.

    Raises:
        UnknownEngine: the message is for another engine.
        BadRequest: names the field and what would be right.
    """
    if message.engine_id not in (engine.id, *engine.aliases):
        raise UnknownEngine(message.engine_id)
    check_kind(message)
    parts, image = decode_prompts(message), message.image
    picture = _only_picture(parts, engine)
    _check_parameters(image, engine)
    asked = UpscaleRequest(
        picture,
        image.width if image.HasField("width") else None,
        image.height if image.HasField("height") else None,
        image.seed[0] if image.seed else 0,
        unfiltered=decode_unfiltered(message),
    )
    return _sampled(asked, parts.texts, image, engine) if engine.takes_prompt else asked


def _only_picture(parts: PromptParts, engine: Engine) -> bytes:
    name = engine.id
    if parts.blend:
        raise BadRequest(
            "image", Sentence("there is more than one; {engine} takes one picture", engine=name)
        )
    if parts.init_image is None:
        raise BadRequest(
            "image", Sentence("{engine} needs a picture to upscale; send one as IMAGE", engine=name)
        )
    if parts.mask is not None:
        raise BadRequest("mask", Sentence("{engine} takes no mask; leave it out", engine=name))
    if parts.controls:
        raise BadRequest(
            "control", Sentence("{engine} takes one picture; leave the others out", engine=name)
        )
    return parts.init_image


def _check_parameters(image: pb.ImageParameters, engine: Engine) -> None:
    if image.HasField("samples") and image.samples != 1:
        raise BadRequest(
            "samples",
            Sentence("{count} is not 1: one picture is upscaled at a time", count=image.samples),
        )
    transform = image.transform.WhichOneof("type")
    if transform == "diffusion":
        raise BadRequest("sampler", Sentence("{engine} has none; leave it out", engine=engine.id))
    if transform == "upscaler" and image.transform.upscaler != pb.UPSCALER_ESRGAN:
        reason = Sentence(
            "{name} is not offered; leave it out or send UPSCALER_ESRGAN",
            name=pb.Upscaler.Name(image.transform.upscaler),
        )
        raise BadRequest("upscaler", reason)


def _sampled(
    asked: UpscaleRequest, texts: tuple[TextPrompt, ...], image: pb.ImageParameters, engine: Engine
) -> UpscaleRequest:
    """The request with what an engine that samples is told beside the picture."""
    step = image.parameters[0] if image.parameters else pb.StepParameter()
    steps, cfg_scale = image.steps or engine.default_steps, decode_cfg_scale(step, engine)
    validate_texts(engine, texts)
    validate_sampling(engine, steps, cfg_scale)
    seed = asked.seed or draw_seed()
    return replace(asked, seed=seed, prompts=texts, steps=steps, cfg_scale=cfg_scale)


def upscaled_size(
    engine: Engine, size: tuple[int, int], width: int | None = None, height: int | None = None
) -> tuple[int, int]:
    """The size in pixels of the result for a picture of that size.

    A width or height that was asked for lies between the picture's and the factor's.

    Raises:
        BadRequest: the picture is out of the engine's limits, or what was asked for is.
    """
    problem = engine.size_problem(*size)
    if problem:
        raise BadRequest("image", problem)
    whole = (size[0] * engine.factor, size[1] * engine.factor)
    if width is None and height is None:
        return whole
    _check_within(engine, "width", width, size[0])
    _check_within(engine, "height", height, size[1])
    by_width = None if width is None else (width, _scaled(size[1], width, size[0]))
    by_height = None if height is None else (_scaled(size[0], height, size[1]), height)
    if by_width and by_height and abs(by_width[1] - by_height[1]) > 1:
        reason = Sentence(
            "{height} does not fit the width {width} of a picture of {size};"
            " send one of both, or {fitting}",
            height=height,
            width=width,
            size="{}×{}".format(*size),
            fitting=by_width[1],
        )
        raise BadRequest("height", reason)
    return by_width or by_height or whole


def _check_within(engine: Engine, name: str, wanted: int | None, least: int) -> None:
    most = least * engine.factor
    if wanted is not None and not least <= wanted <= most:
        reason = Sentence(
            "{value} is outside {least} to {most}, once to {factor} times the picture's;"
            " leave it out for {most}",
            value=figure(wanted),
            least=least,
            most=most,
            factor=engine.factor,
        )
        raise BadRequest(name, reason)


def _scaled(side: int, wanted: int, other: int) -> int:
    return max(1, round(side * wanted / other))
