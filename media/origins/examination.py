"""What a picture tells of its making: its recipe, else how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from media.origins.automatic1111 import read_automatic1111
from media.origins.comfyui import read_comfyui
from media.origins.fingerprint import fingerprint_of
from media.origins.invokeai import read_invokeai
from media.origins.own import PROGRAM, read_own
from media.origins.texts import texts_of
from media.verify import decode, opened

if TYPE_CHECKING:
    from media.origins.found import FoundRecipe

READERS = (read_own, read_invokeai, read_automatic1111, read_comfyui)
"""In this order: what writes several forms writes the more exact one of ours or theirs beside."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The recipe of a picture, if it has one; of one without, and of one that Atelier made, its
    fingerprint and its shape in pixels.
    """

    recipe: FoundRecipe | None
    fingerprint: int = 0
    size: tuple[int, int] = (0, 0)


def examine(data: bytes) -> Examined:
    """Read the recipe of a picture's bytes, and look at its pixels unless another program made it.

    Meant for a worker (`media.pool`).

    Raises:
        BadPicture: it is no picture that is read, too large, or broken.
    """
    with opened(data, is_for_pixels=False) as picture:
        texts = texts_of(picture)
    recipe = next(filter(None, (read(texts) for read in READERS)), None)
    if recipe is not None and recipe.program != PROGRAM:
        return Examined(recipe)
    seen = decode(data).picture
    return Examined(recipe, fingerprint_of(seen), seen.size)
