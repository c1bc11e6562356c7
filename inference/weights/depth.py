"""Whether the weights of a model that estimates depth are here: a folder in transformers' form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.weights.availability import (
    Availability,
    Located,
    Look,
    guarded,
    read_config,
)
from inference.weights.layout import DEPTH, Files, Needed, depth_files

if TYPE_CHECKING:
    from pathlib import Path

    from inference.catalogue import Weights

DEPTH_MODELS = ("DepthAnythingForDepthEstimation", "DPTForDepthEstimation")
"""The classes of transformers that are read."""

_OTHERS = (
    *("config", "prior", "control", "clip_model"),
    *("timestep_spacing", "optimise", "loras", "embeddings"),
)
"""Keys of an entry that mean nothing for these models."""


def find_depth(weights: Weights) -> Availability:
    """What is here of the weights of an engine that estimates depth."""
    return guarded(_found, weights)


def architecture_of(folder: Path) -> str:
    """The class of transformers that a model was saved by; empty where its folder does not tell."""
    match read_config(folder, "").get("architectures"):
        case [str(name), *_]:
            return name
        case _:
            return ""


def needed_depth(path: Path, files: Files, variant: str) -> Needed:
    """What is needed of the folder of a model that estimates depth."""
    needed = depth_files(files, variant)
    name = architecture_of(path)
    if needed.problems or name in DEPTH_MODELS:
        return needed
    known = " nor ".join(DEPTH_MODELS)
    told = name[:80] or "nothing"
    return Needed((), (f"config.json tells of {told}, which is neither {known}",))


def _found(weights: Weights) -> Availability:
    other = next((key for key in _OTHERS if getattr(weights, key)), None)
    if other is not None:
        problem = f"{other}: a model that estimates depth has none; take it out of the entry"
        return Availability(None, (problem,), is_broken=True)
    look = Look(weights)
    source = look.place("model", weights.source, needed_depth)
    if look.problems or source is None:
        return Availability(None, tuple(look.problems), is_broken=look.is_broken)
    return Availability(
        Located(source=source, family=DEPTH, size=look.size, elements=look.elements)
    )
