"""The recipes in files of ours, as others read them."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import av
from PIL import Image

from media.metadata import RECIPE_KEY, Recipe
from media.video_metadata import RECIPE_TAG


def read_recipe(png: bytes) -> Recipe | None:
    """The recipe in a PNG, or None if there is none."""
    with Image.open(BytesIO(png), formats=["PNG"]) as picture:
        text = picture.info.get(RECIPE_KEY)
    if text is None:
        return None
    values = json.loads(text)
    prompts = tuple((words, weight) for words, weight in values.pop("prompts"))
    controls = tuple((kind, strength) for kind, strength in values.pop("controls", ()))
    loras = tuple((name, weight) for name, weight in values.pop("loras", ()))
    blend = tuple(values.pop("blend", ()))
    return Recipe(prompts=prompts, controls=controls, loras=loras, blend=blend, **values)


def read_video_recipe(path: Path) -> str | None:
    """The text of the recipe in a film, or None."""
    with av.open(path) as video:
        return video.metadata.get(RECIPE_TAG)
