"""What a generic pipeline does not do, refused before it is called."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from generation.errors import BadRequest
from generation.request import GuidancePreset, MaskedAreaInit, WeightMethod, figure
from inference.backends.diffusers.generic.contract import Guidance, Task
from inference.weights.engines import GENERIC_SAMPLERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generation.request import ImageRequest
    from inference.backends.diffusers.generic.contract import Contract

_LATENT_PX = 8
_PATCH = 2
"""Latents on each side of what a transformer looks at as one, in all pipelines that say nothing."""


def side_step(pipeline: Any) -> int:
    """What the sides of a picture have to be multiples of, in pixels."""
    return int(getattr(pipeline, "vae_scale_factor", _LATENT_PX)) * _PATCH


def check(pipeline: Any, contracts: Mapping[Task, Contract], request: ImageRequest) -> Contract:
    """What the pipeline takes for the request, if it can do it.

    Raises:
        BadRequest: names the field and what would be right.
    """
    engine_id = request.engine_id
    problems = {
        "clip": request.guidance is not GuidancePreset.NONE and "has no CLIP guidance",
        "style": request.style is not None and "knows no style presets",
        "control": bool(request.controls) and "takes no control pictures",
        "weight_method": request.weight_method is not WeightMethod.TEXT_ENCODER
        and "weighs prompts by its text encoder only (TEXT_ENCODER)",
        "masked_area": request.mask is not None
        and request.masked_area_init is not MaskedAreaInit.ORIGINAL
        and "starts from the picture itself under a mask (ORIGINAL)",
        "noise_scale": request.noise_scale != 1 and "takes no other noise than 1",
    }
    for field, problem in problems.items():
        if problem:
            raise BadRequest(field, f"{engine_id} {problem}")
    _check_sampler(pipeline, request)
    _check_size(pipeline, request)
    contract = _contract_for(contracts, request)
    _check_guidance(contract, request)
    _check_strength(contract, request)
    return contract


def _check_sampler(pipeline: Any, request: ImageRequest) -> None:
    name = type(pipeline.scheduler).__name__
    own = GENERIC_SAMPLERS.get(name)
    if request.sampler not in (None, own):
        known = own or f"its own sampler ({name})"
        reason = f"{request.engine_id} cannot draw with {request.sampler}; it draws with {known}"
        raise BadRequest("sampler", f"{reason} alone")


def _check_size(pipeline: Any, request: ImageRequest) -> None:
    width, height = request.width, request.height
    sizes: list[tuple[int, int]] = list(getattr(pipeline, "resolutions", None) or ())
    if sizes:
        if (width, height) in sizes:
            return
        nearest = min(sizes, key=lambda size: abs(math.log(size[0] / size[1] * height / width)))
        told = "{}×{}".format(*nearest)
    else:
        step = side_step(pipeline)
        if not (width % step or height % step) and min(width, height) >= step:
            return
        lower, upper = (
            "×".join(str(side) for side in size)
            for size in (
                (max(width // step, 1) * step, max(height // step, 1) * step),
                (-(-width // step) * step, -(-height // step) * step),
            )
        )
        told = f"{lower} and {upper}" if lower != upper else upper
        told += f" (multiples of {step})"
    raise BadRequest(
        "size", f"{request.engine_id} does not draw {width}×{height}; the nearest are {told}"
    )


def _contract_for(contracts: Mapping[Task, Contract], request: ImageRequest) -> Contract:
    wanted = Task.WORDS if request.init_image is None else Task.IMAGE
    wanted = wanted if request.mask is None else Task.MASK
    if wanted in contracts:
        return contracts[wanted]
    field, reason = {
        Task.WORDS: ("image", "needs a picture to start from"),
        Task.IMAGE: ("image", "cannot start from a picture"),
        Task.MASK: ("mask", "takes no mask"),
    }[wanted]
    if wanted is not Task.MASK and set(contracts) == {Task.MASK}:
        field, reason = "mask", "needs an image and a mask"
    raise BadRequest(field, f"{request.engine_id} {reason}")


def _check_guidance(contract: Contract, request: ImageRequest) -> None:
    if contract.guidance is Guidance.NONE and request.cfg_scale > 1:
        raise BadRequest(
            "cfg",
            f"{figure(request.cfg_scale)} would not count: {request.engine_id} was distilled to"
            " draw without guidance; ask for 1",
        )


def _check_strength(contract: Contract, request: ImageRequest) -> None:
    if request.init_image is None or "strength" not in contract.takes:
        return
    if int(request.steps * request.strength) < 1:
        raise BadRequest(
            "strength",
            f"{figure(request.strength)} of {request.steps} steps is less than one; it takes at"
            f" least {1 / request.steps:.2g}, or more steps",
        )
