"""Requests as what is submitted: the fields of an operation, and nothing that it does not have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.catalogue.engine import IMAGE
from generation.edits import SIDE_NAMES
from generation.request import draw_seed
from generation.stability.check import check_fields
from generation.stability.fields import Figure
from generation.stability.fit import operation_of
from generation.stability.masks import invert_mask
from generation.stability.operations import IMAGE_TO_IMAGE, OPERATIONS
from generation.stability.prompt_text import Run, WeightedText, write_prompt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generation.catalogue.engine import Engine
    from generation.edits import Edit
    from generation.request import ImageRequest
    from generation.stability.operations import Operation


@dataclass(frozen=True, slots=True)
class StudioRequest:
    """Work on pictures: the values and the pictures of an operation's fields, by their names.

    A `mask` is black where the picture may change, as everywhere here.
    """

    engine_id: str
    values: Mapping[str, str | float] = field(repr=False)
    pictures: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)


@dataclass(frozen=True, slots=True)
class Submit:
    """One request as it travels: texts and pictures by the names of the operation's fields.

    `seed` is the one that is sent, 0 where the operation has none.
    """

    operation: Operation
    texts: Mapping[str, str] = field(repr=False)
    pictures: Mapping[str, bytes] = field(repr=False)
    seed: int = 0


def submit_picture(request: ImageRequest, engine: Engine) -> Submit:
    """One picture of an engine that draws or upscales; a mask is decoded, so not on the event loop.

    Raises:
        BadRequest: the operation does not take that; names the field and what would be right.
        ValueError: the request is for another number of pictures than one.
    """
    if request.samples != 1:
        raise ValueError("one request makes one picture")
    operation = operation_of(engine, has_mask=request.mask is not None)
    segments = [WeightedText((Run(one.text),), one.weight) for one in request.prompts]
    text = write_prompt(segments, reads_weights=operation.reads_weights)
    values: dict[str, str | float] = {"prompt": text.prompt, "seed": request.seed}
    if text.negative:
        values["negative_prompt"] = text.negative
    if request.style is not None:
        values["style_preset"] = request.style.value
    if engine.model:
        values["model"] = engine.model
    if request.mask is None and engine.kind == IMAGE:
        values |= _settings(request, engine, operation)
    if request.edit is not None:
        values |= _edit_values(request.edit)
    if not text.prompt and "prompt" not in operation.required:
        del values["prompt"]
    # Its own table says what it has: by a mask or a model that may be less.
    values = {name: value for name, value in values.items() if name in operation.fields}
    return _submit(operation, values, _pictures_of(request))


def submit_studio(request: StudioRequest, engine: Engine) -> Submit:
    """Work on pictures by an engine of another kind; a mask is decoded, so not on the event loop.

    Raises:
        BadRequest: the operation does not take that; names the field and what would be right.
    """
    operation = OPERATIONS[engine.endpoint]
    values = dict(request.values)
    if "seed" in operation.fields and "seed" not in values:
        # One of our own, so that the result can be repeated.
        values["seed"] = draw_seed()
    return _submit(operation, values, request.pictures)


def _settings(
    request: ImageRequest, engine: Engine, operation: Operation
) -> dict[str, str | float]:
    """Shape, guidance and how much of a picture changes."""
    values: dict[str, str | float] = {"cfg_scale": request.cfg_scale}
    has_image = request.init_image is not None
    if has_image:
        values["strength"] = request.strength
        values["mode"] = IMAGE_TO_IMAGE
    if not (has_image and "mode" in operation.fields):
        # Drawn from a picture, SD 3.5 takes its shape and refuses to be told one.
        across, down = engine.nearest_aspect(request.width, request.height)
        values["aspect_ratio"] = f"{across}:{down}"
    return values


def _edit_values(edit: Edit) -> dict[str, str | float]:
    """What is searched for, by either name, and the sides where the picture grows."""
    search = {"search_prompt": edit.search, "select_prompt": edit.search} if edit.search else {}
    sides = {name: pixels for name, pixels in zip(SIDE_NAMES, edit.sides, strict=True) if pixels}
    return {**search, **sides}


def _pictures_of(request: ImageRequest) -> dict[str, bytes]:
    pictures = {"image": request.init_image, "mask": request.mask}
    return {name: data for name, data in pictures.items() if data is not None}


def _submit(
    operation: Operation, values: Mapping[str, str | float], pictures: Mapping[str, bytes]
) -> Submit:
    check_fields(operation, values, pictures)
    texts = {name: _written(operation, name, value) for name, value in values.items()}
    sent = {name: invert_mask(data) if name == "mask" else data for name, data in pictures.items()}
    seed = values.get("seed", 0)
    return Submit(operation, texts, sent, int(seed))


def _written(operation: Operation, name: str, value: str | float) -> str:
    rule = operation.fields[name]
    if isinstance(value, str):
        return value
    if isinstance(rule, Figure) and rule.is_whole:
        return str(int(value))
    return f"{value:.6f}".rstrip("0").rstrip(".")
