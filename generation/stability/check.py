"""What is about to be submitted, held against the operation before a credit moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.errors import BadRequest
from generation.image.pictures import measure
from generation.request import figure, outside
from generation.stability.fields import Choice, Figure, Text, Upload
from generation.stability.operations import IMAGE_TO_IMAGE, TEXT_TO_IMAGE
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generation.image.pictures import Measures
    from generation.stability.fields import Field
    from generation.stability.operations import Operation

    Values = Mapping[str, str | float]
    Pictures = Mapping[str, Measures]

MEBIBYTE = 1024 * 1024

MAX_BODY_BYTES = 10 * MEBIBYTE
"""What the service takes of a whole request."""

PART_BYTES = 256
"""What a part of a multipart body needs beside its content, at most."""

NAMES = {
    "aspect_ratio": "aspect",
    "cfg_scale": "cfg",
    "negative_prompt": "negative",
    "style_preset": "style",
}
"""The fields that members know under another name."""


def check_fields(operation: Operation, values: Values, pictures: Mapping[str, bytes]) -> None:
    """Whether the operation takes those values and pictures.

    Raises:
        BadRequest: names the field, the figure and what would be right.
    """
    for name in (*values, *pictures):
        if name not in operation.fields:
            known = ", ".join(operation.fields)
            raise BadRequest(
                member_name(name),
                Sentence("{path} has none; it has {known}", path=operation.path, known=known),
            )
    for name in operation.required:
        if name not in values and name not in pictures:
            raise BadRequest(member_name(name), Sentence("{path} needs one", path=operation.path))
    for name, value in values.items():
        _check_value(operation, name, value)
    measures = {name: _measured(operation, name, data) for name, data in pictures.items()}
    for rule in _TOGETHER.get(operation.path, ()):
        rule(values, measures)
    _check_length(values, pictures)


def member_name(name: str) -> str:
    """A field's name as members know it."""
    return NAMES.get(name, name.replace("_", " "))


def _check_value(operation: Operation, name: str, value: str | float) -> None:
    problem = _value_problem(operation.fields[name], value)
    if problem:
        raise BadRequest(member_name(name), problem)


def _value_problem(rule: Field, value: str | float) -> Sentence | None:
    match rule:
        case Upload():
            return Sentence("it is no picture")
        case Text():
            return _text_problem(rule, value)
        case Choice():
            return _name_problem(rule, value)
        case Figure():
            return _figure_problem(rule, value)


def _name_problem(rule: Choice, value: str | float) -> Sentence | None:
    if value in rule.names:
        return None
    return Sentence("{name} is not one of {known}", name=value, known=", ".join(rule.names))


def _text_problem(rule: Text, value: str | float) -> Sentence | None:
    if not isinstance(value, str):
        return Sentence("it is no text")
    if len(value.strip()) < rule.shortest:
        return Sentence("it is empty")
    if len(value) > rule.longest:
        return Sentence(
            "{count:,} characters are more than the {most:,} that it may have",
            count=len(value),
            most=rule.longest,
        )
    return None


def _figure_problem(rule: Figure, value: str | float) -> Sentence | None:
    if isinstance(value, str):
        return Sentence("it is no figure")
    # "not (a <= x <= b)" also refuses NaN.
    if not rule.low <= value <= rule.high:
        return outside(value, rule.low, rule.high)
    if rule.is_whole and value % 1:
        return Sentence("{value} is no whole number", value=figure(value))
    return None


def _measured(operation: Operation, name: str, data: bytes) -> Measures:
    rule = operation.fields[name]
    if not isinstance(rule, Upload):
        raise BadRequest(member_name(name), Sentence("it takes no picture"))
    measures = measure(data)
    if measures is None:
        raise BadRequest(member_name(name), Sentence("it is no whole PNG, JPEG or WebP"))
    problem = upload_problem(rule, measures.width, measures.height)
    if problem:
        raise BadRequest(member_name(name), problem)
    return measures


def upload_problem(rule: Upload, width: int, height: int) -> Sentence | None:
    """What is wrong with a picture of that size in pixels, if anything is."""
    short, long = sorted((width, height))
    pixels, size = width * height, f"{width}×{height}"
    if short < rule.min_side:
        return Sentence("{size} has a side below {limit} pixels", size=size, limit=rule.min_side)
    if rule.max_side is not None and long > rule.max_side:
        return Sentence("{size} has a side above {limit:,} pixels", size=size, limit=rule.max_side)
    if pixels < rule.min_pixels:
        return Sentence("{size} has fewer than {limit:,} pixels", size=size, limit=rule.min_pixels)
    if rule.max_pixels is not None and pixels > rule.max_pixels:
        return Sentence("{size} has more than {limit:,} pixels", size=size, limit=rule.max_pixels)
    if rule.max_ratio is not None and long > rule.max_ratio * short:
        return Sentence("{size} is longer than {limit:g} to 1", size=size, limit=rule.max_ratio)
    return None


def _check_length(values: Values, pictures: Mapping[str, bytes]) -> None:
    texts = sum(len(str(value).encode()) + PART_BYTES for value in values.values())
    files = sum(len(data) + PART_BYTES for data in pictures.values())
    if texts + files > MAX_BODY_BYTES:
        too_long = Sentence(
            "{size:.1f} MiB are more than the {most} MiB of a request",
            size=(texts + files) / MEBIBYTE,
            most=MAX_BODY_BYTES // MEBIBYTE,
        )
        raise BadRequest("image" if pictures else "prompt", too_long)


def _check_mode(values: Values, pictures: Pictures) -> None:
    mode = values.get("mode", TEXT_TO_IMAGE)
    if mode == IMAGE_TO_IMAGE:
        if "aspect_ratio" in values:
            raise BadRequest(
                "aspect", Sentence("drawn from a picture, SD 3.5 takes the shape of that")
            )
        _need_both(values, pictures)
    elif "image" in pictures or "strength" in values:
        raise BadRequest("image", Sentence("it needs the mode {mode}", mode=IMAGE_TO_IMAGE))


def _need_both(values: Values, pictures: Pictures) -> None:
    if "image" not in pictures:
        raise BadRequest("image", Sentence("a strength needs an image as well"))
    if "strength" not in values:
        raise BadRequest("strength", Sentence("an image needs a strength as well"))


def _check_start(values: Values, pictures: Pictures) -> None:
    if "image" in pictures or "strength" in values:
        _need_both(values, pictures)


def _check_hole(_values: Values, pictures: Pictures) -> None:
    if "mask" not in pictures and not pictures["image"].has_alpha:
        raise BadRequest("mask", Sentence("it needs one, or an image with transparent parts"))


def _check_sides(values: Values, _pictures: Pictures) -> None:
    if not any(values.get(side) for side in ("left", "right", "up", "down")):
        raise BadRequest("left", Sentence("one of left, right, up and down has to be above 0"))


def _check_background(values: Values, pictures: Pictures) -> None:
    if not values.get("background_prompt") and "background_reference" not in pictures:
        raise BadRequest("background prompt", Sentence("it needs one, or a background reference"))


def _check_light(values: Values, pictures: Pictures) -> None:
    has_direction, has_picture = "light_source_direction" in values, "light_reference" in pictures
    if has_direction and has_picture:
        raise BadRequest("light reference", Sentence("there is a light source direction already"))
    if "light_source_strength" in values and not (has_direction or has_picture):
        raise BadRequest(
            "light source strength", Sentence("it needs a direction or a reference of light")
        )


_TOGETHER: Mapping[str, tuple[Callable[[Values, Pictures], None], ...]] = {
    "generate/ultra": (_check_start,),
    "generate/sd3": (_check_mode,),
    "edit/erase": (_check_hole,),
    "edit/inpaint": (_check_hole,),
    "edit/outpaint": (_check_sides,),
    "edit/replace-background-and-relight": (_check_background, _check_light),
}
"""What fields demand of each other."""
