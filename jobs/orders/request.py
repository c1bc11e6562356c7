"""Requests for pictures as JSON, without the bytes of the pictures that they start from."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from generation.edits import NO_SIDES, Edit, EditAction, encode_edit
from generation.request import (
    BlendPicture,
    Control,
    GuidancePreset,
    GuidanceSettings,
    ImageRequest,
    Lora,
    MaskedAreaInit,
    Sampler,
    StylePreset,
    TextPrompt,
    WeightMethod,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field

PICTURE_FIELDS = ("init_image", "mask")
LATER_FIELDS = (
    "weight_method", "masked_area", "noise_scale", "guidance_settings", "controls", "loras",
    "unfiltered", "blend", "edit",
)  # fmt: skip
"""Left out where nothing is said, so that a version that does not know them can read the rest."""


def request_to_json(request: ImageRequest) -> dict[str, Any]:
    """A request as plain data, without the bytes of its pictures."""
    data: dict[str, Any] = {
        field.name: getattr(request, field.name)
        for field in fields(request)
        if field.name not in PICTURE_FIELDS and not _is_left_out(field, request)
    }
    data["prompts"] = [[prompt.text, prompt.weight] for prompt in request.prompts]
    if "controls" in data:
        data["controls"] = [[one.kind, one.strength] for one in request.controls]
    if "blend" in data:
        data["blend"] = [picture.weight for picture in request.blend]
    if "loras" in data:
        data["loras"] = [[lora.name, lora.weight] for lora in request.loras]
    if request.edit is not None:
        data["edit"] = encode_edit(request.edit)
    if "guidance_settings" in data:
        data["guidance_settings"] = asdict(request.guidance_settings)
    return data


def _is_left_out(field: Field[Any], request: ImageRequest) -> bool:
    return field.name in LATER_FIELDS and getattr(request, field.name) == field.default


def request_from_json(data: dict[str, Any]) -> ImageRequest:
    """The request that `request_to_json` wrote."""
    values: dict[str, Any] = {
        **data,
        "prompts": tuple(TextPrompt(text, weight) for text, weight in data["prompts"]),
        "other_seeds": tuple(data["other_seeds"]),
        "sampler": Sampler(data["sampler"]) if data["sampler"] else None,
        "guidance": GuidancePreset(data["guidance"]),
        "style": StylePreset(data["style"]) if data["style"] else None,
    }
    for name, read in _READERS.items():
        if name in data:
            values[name] = read(data[name])
    return ImageRequest(**values)


def _controls(data: list[list[Any]]) -> tuple[Control, ...]:
    return tuple(Control(kind, b"", strength) for kind, strength in data)


def _edit(data: dict[str, Any]) -> Edit:
    sides = tuple(data.get("sides", NO_SIDES))
    return Edit(EditAction(data["action"]), data.get("search", ""), sides)


_READERS: dict[str, Callable[[Any], Any]] = {
    "weight_method": WeightMethod,
    "masked_area": MaskedAreaInit,
    "guidance_settings": lambda data: GuidanceSettings(**data),
    "controls": _controls,
    "blend": lambda data: tuple(BlendPicture(b"", weight) for weight in data),
    "edit": _edit,
    "loras": lambda data: tuple(Lora(name, weight) for name, weight in data),
}
