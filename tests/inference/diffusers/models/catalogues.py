"""Catalogue entries for folders of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.catalogue.catalogue import Engine
from inference.catalogue import EngineEntry, Weights
from inference.weights.engines import find_engine

if TYPE_CHECKING:
    from pathlib import Path

    from inference.weights.engines import EngineWeights


def entry(source: Path, engine_id: str = "one", kind: str = "image", **weights: Any) -> EngineEntry:
    """The entry of an engine whose weights are there."""
    paths = ("config", "prior", "clip_model")
    given: dict[str, Any] = {
        key: str(value) if key in paths else value for key, value in weights.items()
    }
    controls = {kind: str(path) for kind, path in given.pop("control", {}).items()}
    return EngineEntry(
        Engine(
            engine_id,
            kind=kind,
            backend="diffusers",
            clip_guidance="clip_model" in given,
            emphasis=True,
            cross_attention=True,
        ),
        Weights(folder=source.parent, source=str(source), control=controls, **given),
    )


def found(source: Path, engine_id: str = "one", **weights: Any) -> EngineWeights:
    """The engine with its weights, looked up."""
    return find_engine(entry(source, engine_id, **weights))
