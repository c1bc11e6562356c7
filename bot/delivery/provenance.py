"""The recipe in a file's own metadata, so that a saved one says how it was made."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from generation.edits import encode_edit
from jobs.orders.by_kind import marked_as
from media.metadata import Recipe, write_recipe
from media.video_metadata import write_video_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from generation.image.client import Picture
    from generation.request import ImageRequest
    from media.marking.marks import Marks
    from media.pool import MediaPool
    from storage.jobs.jobs import Job


async def finish(picture: Picture, request: ImageRequest, job: Job, *, marks: Marks) -> bytes:
    """The picture with its recipe; no member and no guild is named in it.

    Its content credentials are signed as it goes out, whatever becomes of it until then.
    """
    has_steps = request.steps > 0
    # Without steps there is guidance only where its engine has some, and nothing through a mask.
    takes_settings = has_steps or request.mask is None
    has_cfg = takes_settings and (has_steps or request.cfg_scale > 0)
    has_strength = takes_settings and request.init_image is not None and request.edit is None
    recipe = Recipe(
        engine_id=request.engine_id,
        prompts=tuple((prompt.text, prompt.weight) for prompt in request.prompts),
        width=picture.width,
        height=picture.height,
        seed=picture.seed,
        steps=request.steps if has_steps else None,
        cfg_scale=request.cfg_scale if has_cfg else None,
        sampler=request.sampler,
        guidance=request.guidance,
        style=request.style,
        strength=request.strength if has_strength else None,
        has_init_image=request.init_image is not None,
        has_mask=request.mask is not None,
        controls=tuple((one.kind, one.strength) for one in request.controls),
        loras=tuple((lora.name, lora.weight) for lora in request.loras),
        blend=tuple(picture.weight for picture in request.blend),
        is_reproducible=request.is_reproducible,
        edit=encode_edit(request.edit) if request.edit else None,
    )
    is_trained = marks.is_trained(marked_as(job))
    return await asyncio.to_thread(write_recipe, picture.png, recipe, is_trained=is_trained)


async def finish_video(
    path: Path,
    into: Path,
    job: Job,
    recipe: Mapping[str, Any],
    *,
    pool: MediaPool,
    marks: Marks,
) -> None:
    """The film with its recipe and credentials; no member and no guild is named in it.

    It is signed before it is kept: where it is too large for Discord, the kept one is linked.
    """
    work = partial(write_video_recipe, is_trained=marks.is_trained(marked_as(job)))
    await pool.run(work, path, into, json.dumps(recipe, ensure_ascii=False))
    await marks.video(into, marked_as(job))
