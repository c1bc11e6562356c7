"""The recipe in a picture's own metadata, so that a saved file says how it was made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from media.metadata import Recipe, write_recipe

if TYPE_CHECKING:
    from generation.catalogue import Catalogue
    from generation.image import Picture
    from generation.request import ImageRequest
    from storage.jobs import Job


async def finish(
    picture: Picture, request: ImageRequest, job: Job, *, catalogue: Catalogue
) -> bytes:
    """The picture with its recipe; no member and no guild is named in it."""
    recipe = Recipe(
        engine_id=picture.engine_id or request.engine_id,
        prompts=tuple((prompt.text, prompt.weight) for prompt in request.prompts),
        width=picture.width,
        height=picture.height,
        seed=picture.seed,
        steps=request.steps,
        cfg_scale=request.cfg_scale,
        sampler=request.sampler,
        guidance=request.guidance,
        style=request.style,
        strength=request.strength if request.init_image else None,
        has_init_image=request.init_image is not None,
        has_mask=request.mask is not None,
        is_reproducible=request.is_reproducible,
    )
    is_trained = catalogue.get(job.engine_id).backend != "painter"
    return await asyncio.to_thread(write_recipe, picture.png, recipe, is_trained=is_trained)
