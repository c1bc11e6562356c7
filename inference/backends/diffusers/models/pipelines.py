"""Pipelines put together from what was located: a folder, two of them, or a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffusers import (
    KandinskyV22CombinedPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    StableVideoDiffusionPipeline,
    WanImageToVideoPipeline,
)

from inference.backends.diffusers.depth.pipeline import load_depth
from inference.backends.diffusers.model import INPAINT_CHANNELS, Family
from inference.backends.diffusers.models.generic import load_generic
from inference.backends.diffusers.models.parts import load_part
from inference.backends.diffusers.models.problem import ModelProblem
from inference.weights.availability import read_index
from inference.weights.layout import form_of

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from inference.weights.availability import Located

_WITHOUT = {"safety_checker": None, "feature_extractor": None, "image_encoder": None}
"""Parts of Stable Diffusion's pipelines that are left out."""

_ZEROS = "force_zeros_for_empty_prompt"


def load_pipeline(located: Located, dtype: torch.dtype, variant: str, spacing: str) -> Any:
    """The pipeline of diffusers' own class for the family, or of depth; on the processor.

    Raises:
        ModelProblem: it is of a kind that is not read, or not all of it is there.
    """
    family = Family(located.family)
    if family is Family.DEPTH:
        return load_depth(located.source, dtype, variant)
    if located.is_checkpoint:
        pipeline = _from_checkpoint(located, family, dtype)
    elif family.is_called_whole:
        pipeline = load_generic(located.source, dtype, variant)
    else:
        parts = _parts(located.source, dtype, variant)
        if located.prior is not None:
            prior = _parts(located.prior, dtype, variant)
            parts |= {f"prior_{part}": value for part, value in prior.items()}
        pipeline = _assembled(family, parts)
    if family is Family.SDXL:
        _take_settings(pipeline, located)
    if spacing:
        pipeline.scheduler = _spaced(pipeline.scheduler, spacing)
    return pipeline


def _take_settings(pipeline: Any, located: Located) -> None:
    """What an SDXL's index says beside its parts: whether no text at all is zeros."""
    told = read_index(located.config or located.source).get(_ZEROS)
    if isinstance(told, bool):
        pipeline.register_to_config(**{_ZEROS: told})


def _spaced(scheduler: Any, spacing: str) -> Any:
    return scheduler.from_config(scheduler.config, timestep_spacing=spacing)


def _parts(folder: Path, dtype: torch.dtype, variant: str) -> dict[str, Any]:
    index = read_index(folder)
    form = form_of(index)
    if form is None:
        raise ModelProblem(f"it is a {index.get('_class_name')}")
    return {
        part: load_part(folder, part, index.get(part), dtype, variant)
        for part in sorted(form.parts)
    }


def _assembled(family: Family, parts: dict[str, Any]) -> Any:
    match family:
        case Family.KANDINSKY:
            return KandinskyV22CombinedPipeline(**parts)
        case Family.SVD:
            return StableVideoDiffusionPipeline(**parts)
        case Family.WAN:
            return WanImageToVideoPipeline(**parts, expand_timesteps=True)
        case _:
            pass
    kind = _class_of(family, parts["unet"].config.in_channels)
    if family is Family.SDXL:
        return kind(**parts)
    return kind(**parts, **_WITHOUT, requires_safety_checker=False)


def _class_of(family: Family, channels: int) -> Any:
    inpaints = channels == INPAINT_CHANNELS
    if family is Family.SDXL:
        return StableDiffusionXLInpaintPipeline if inpaints else StableDiffusionXLPipeline
    return StableDiffusionInpaintPipeline if inpaints else StableDiffusionPipeline


def _from_checkpoint(located: Located, family: Family, dtype: torch.dtype) -> Any:
    kind = StableDiffusionXLPipeline if family is Family.SDXL else StableDiffusionPipeline
    left_out = {} if family is Family.SDXL else {**_WITHOUT, "requires_safety_checker": False}
    pipeline = kind.from_single_file(
        str(located.source),
        config=str(located.config),
        local_files_only=True,
        dtype=dtype,
        **left_out,
    )
    right = _class_of(family, pipeline.unet.config.in_channels)
    if right is kind:
        return pipeline
    # A UNet for masks stands in another class with the same parts.
    return _assembled(family, {part: pipeline.components[part] for part in _parts_used(located)})


def _parts_used(located: Located) -> frozenset[str]:
    form = form_of(read_index(located.config or located.source))
    assert form is not None
    return form.parts
