"""Requests for pictures as JSON, without the bytes of the pictures that they start from."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from generation.request import GuidancePreset, ImageRequest, Sampler, StylePreset, TextPrompt

PICTURE_FIELDS = ("init_image", "mask")


def request_to_json(request: ImageRequest) -> dict[str, Any]:
    """A request as plain data, without the bytes of its pictures."""
    data: dict[str, Any] = {
        field.name: getattr(request, field.name)
        for field in fields(request)
        if field.name not in PICTURE_FIELDS
    }
    data["prompts"] = [[prompt.text, prompt.weight] for prompt in request.prompts]
    return data


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
    return ImageRequest(**values)
