"""What a pipeline takes, told from its class and the signature of its call.

Facts of diffusers 0.42.1: a guided prediction is neg + g · (pos - neg), on above g = 1, in all
pipelines but Z-Image's and Krea's, where it is pos + g · (pos - neg), on above g = 0. FLUX, FLUX.2
and Kontext dev read `guidance_scale` as a number that the transformer is told (embedded guidance).
FLUX schnell and the distilled FLUX.2 klein ignore it.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import diffusers
from diffusers.pipelines import auto_pipeline

from inference.backends.diffusers.models.problem import ModelProblem

if TYPE_CHECKING:
    from collections.abc import Mapping


class Task(StrEnum):
    """What a picture is drawn from beside words."""

    WORDS = "words"
    IMAGE = "image"
    MASK = "mask"


class Guidance(StrEnum):
    """What a pipeline makes of a guidance scale."""

    FREE = "free"
    """Classifier-free, on above 1."""
    ADDED = "added"
    """The same, counted from 0."""
    EMBEDDED = "embedded"
    """A number that the model is told; nothing can be pushed away."""
    NONE = "none"
    """It was distilled to draw without."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What one pipeline of a model takes for a task."""

    kind: Any
    """The class of the pipeline."""
    takes: frozenset[str]
    """The names of what its call takes."""
    guidance: Guidance

    @property
    def is_free(self) -> bool:
        """Whether a second prediction guides, so that words can push away."""
        return self.guidance in (Guidance.FREE, Guidance.ADDED)

    def guides(self, cfg_scale: float) -> bool:
        """Whether a second prediction is made for the picture."""
        return self.is_free and cfg_scale > 1

    def scale(self, cfg_scale: float) -> dict[str, float]:
        """The guidance of the request as the call names it."""
        name = "true_cfg_scale" if "true_cfg_scale" in self.takes else "guidance_scale"
        match self.guidance:
            case Guidance.FREE:
                return {name: max(cfg_scale, 1.0)}
            case Guidance.ADDED:
                return {"guidance_scale": max(cfg_scale - 1.0, 0.0)}
            case Guidance.EMBEDDED:
                return {"guidance_scale": cfg_scale}
            case Guidance.NONE:
                return {"guidance_scale": 1.0} if "guidance_scale" in self.takes else {}


def contracts_of(pipeline: Any) -> Mapping[Task, Contract]:
    """What a pipeline, and those that share its parts, take for each task that they can do.

    Raises:
        ModelProblem: it makes something else than pictures from words, or takes no seed.
    """
    found: dict[Task, Contract] = {}
    for task, kind in _kinds_of(type(pipeline)).items():
        call = inspect.signature(kind.__call__).parameters
        takes = frozenset(call)
        own = Contract(kind, takes, _guidance_of(pipeline, kind.__name__, takes))
        if {"prompt", "generator", "num_inference_steps", "output_type"} <= takes:
            found[task] = own
    takes = frozenset(inspect.signature(type(pipeline).__call__).parameters)
    name = type(pipeline).__name__
    if name.startswith("StableDiffusion3") and not _takes_masks(pipeline):
        found.pop(Task.MASK, None)
    if "num_frames" in takes:
        raise ModelProblem(f"it is a {name}, which makes films in a way that is not known here")
    if not found:
        raise ModelProblem(f"it is a {name}, which does not draw from words and a seed alone")
    return found


def _takes_masks(pipeline: Any) -> bool:
    """Whether the transformer of a Stable Diffusion 3 is of the depth that masks are made for.

    StableDiffusion3InpaintPipeline keeps what is white of 16 channels, or hands 33 over.
    """
    return pipeline.transformer.config.in_channels in (16, 33)


_MORE = {"Flux2KleinPipeline": {Task.MASK: "Flux2KleinInpaintPipeline"}}
"""Pipelines that share the parts of another one, where diffusers has no table of it."""


def _kinds_of(own: Any) -> dict[Task, Any]:
    """The classes that can be made of a pipeline's parts, by what they do."""
    tables: dict[Task, Mapping[str, Any]] = {
        Task.WORDS: auto_pipeline.AUTO_TEXT2IMAGE_PIPELINES_MAPPING,
        Task.IMAGE: auto_pipeline.AUTO_IMAGE2IMAGE_PIPELINES_MAPPING,
        Task.MASK: auto_pipeline.AUTO_INPAINT_PIPELINES_MAPPING,
    }
    for table in tables.values():
        key = next((key for key, kind in table.items() if kind is own), None)
        if key is not None:
            found = {task: kinds[key] for task, kinds in tables.items() if key in kinds}
            break
    else:
        found = dict.fromkeys(_tasks_by_signature(own), own)
    more = _MORE.get(own.__name__, {})
    return found | {task: getattr(diffusers, name) for task, name in more.items()}


def _tasks_by_signature(own: Any) -> list[Task]:
    takes = inspect.signature(own.__call__).parameters
    if "mask_image" in takes:
        return [Task.MASK]
    # An image that has no default is needed.
    if "image" in takes and takes["image"].default is inspect.Parameter.empty:
        return [Task.IMAGE]
    return [Task.WORDS, Task.IMAGE] if "image" in takes else [Task.WORDS]


def _guidance_of(pipeline: Any, name: str, takes: frozenset[str]) -> Guidance:
    if name.startswith(("ZImage", "Krea")):
        return Guidance.ADDED
    if name.startswith("Flux") and not name.startswith("Flux2"):
        is_told = pipeline.transformer.config.get("guidance_embeds", False)
        return Guidance.EMBEDDED if is_told else Guidance.NONE
    if pipeline.config.get("is_distilled"):
        return Guidance.NONE
    pushes = takes & {"negative_prompt", "negative_prompt_embeds"}
    if takes & {"guidance_scale", "true_cfg_scale"}:
        return Guidance.FREE if pushes else Guidance.EMBEDDED
    return Guidance.NONE
