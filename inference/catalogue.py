"""The server's catalogue: engines, the backend that works for each, and where its weights are."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, cast

from generation.catalogue.catalogue import CatalogueError, load_file, read_entries
from generation.catalogue.engine import DEPTH
from generation.catalogue.entries import SERVER_KEYS, plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from generation.catalogue.catalogue import Engine

DTYPES = ("auto", "float32", "float16", "bfloat16")
OPTIMISATIONS = ("channels_last", "fused_qkv", "compile")
"""What can make a denoiser faster: the layout of its weights, and compiling it beside its work."""
FILTERS = ("opennsfw",)
"""What can look at an engine's pictures before they leave; the first does where a model draws."""

SPACINGS = ("", "leading", "linspace", "trailing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Where an engine's weights are and how they are loaded; the keys of the catalogue's file.

    Sources are a folder in diffusers' form, a .safetensors checkpoint (both relative to `folder`),
    or a hub id. `control` maps kinds of control pictures to the sources of their ControlNets.
    `loras` and `embeddings` are folders of LoRAs and textual inversions, relative to `folder`.
    `memory_gb`, `download_gb`, `step_tflop` and `working_gb` are estimates, 0 where there is none.
    """

    folder: Path
    source: str
    config: str = ""
    prior: str = ""
    variant: str = ""
    dtype: str = "auto"
    control: Mapping[str, str] = field(default_factory=dict[str, str])
    clip_model: str = ""
    keep_loaded: bool = False
    licence: str = ""
    timestep_spacing: str = ""
    optimise: tuple[str, ...] = ()
    download_gb: float = 0.0
    memory_gb: float = 0.0
    step_tflop: float = 0.0
    working_gb: float = 0.0
    loras: str = ""
    embeddings: str = ""


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """An engine of the server's catalogue; without weights its backend needs none.

    `filter` looks at its pictures, "" for none; `names_filter` says that the file names it, so that
    the engine is not served without.
    """

    engine: Engine
    weights: Weights | None = None
    filter: str = ""
    names_filter: bool = False


def load_entries(path: Path) -> list[EngineEntry]:
    """The entries of a catalogue file that name a backend.

    Raises:
        CatalogueError: naming the file, the entry and the key that cannot be used.
    """
    engines = load_file(path)
    return [
        EngineEntry(
            engine, _weights(entry, engine, path), _filter(entry, engine, path), "filter" in entry
        )
        for entry in read_entries(path)
        if (engine := engines.get(entry["id"])).backend
    ]


def _filter(entry: Mapping[str, Any], engine: Engine, path: Path) -> str:
    """What looks at the engine's pictures and films."""
    named = entry.get("filter")
    if named is None:
        return FILTERS[0] if engine.has_model and engine.kind != DEPTH else ""
    if named not in ("", *FILTERS):
        reason = f"{named!r} is none of {', '.join(FILTERS)}, nor empty for none"
        raise CatalogueError(f"{path}: {engine.id}: filter: {reason}")
    return named


def _weights(entry: Mapping[str, Any], engine: Engine, path: Path) -> Weights | None:
    if "source" not in entry:
        return None
    given = {key: value for key, value in entry.items() if key in _KINDS}
    try:
        weights = Weights(
            folder=path.parent, **{key: _value(key, value) for key, value in given.items()}
        )
        problem = _problem(weights)
    except TypeError as error:
        raise CatalogueError(f"{path}: {engine.id}: {error}") from error
    if problem:
        raise CatalogueError(f"{path}: {engine.id}: {problem}")
    return weights


def _value(key: str, value: Any) -> Any:
    if key == "control":
        if not isinstance(value, dict):
            raise TypeError(f"control: {value!r} is not a table of kinds and sources")
        table = cast("dict[str, Any]", value)
        return {kind: plain(f"control.{kind}", source, str) for kind, source in table.items()}
    if key == "optimise":
        if not isinstance(value, list):
            raise TypeError(f"optimise: {value!r} is not a list")
        return tuple(plain(key, wish, str) for wish in cast("list[Any]", value))
    kind = _KINDS[key]
    return float(value) if kind is float and type(value) is int else plain(key, value, kind)


def _problem(weights: Weights) -> str | None:
    if not weights.source:
        return "source: it is empty"
    if weights.dtype not in DTYPES:
        return f"dtype: {weights.dtype} is none of {', '.join(DTYPES)}"
    if weights.timestep_spacing not in SPACINGS:
        return f"timestep_spacing: {weights.timestep_spacing} is none of {', '.join(SPACINGS[1:])}"
    unknown = next((wish for wish in weights.optimise if wish not in OPTIMISATIONS), None)
    if unknown is not None:
        return f"optimise: {unknown} is none of {', '.join(OPTIMISATIONS)}"
    if weights.source.endswith(".safetensors") and not weights.config:
        return "config: a checkpoint needs a folder of its configs, without weights"
    if weights.loras and (fixed := {"compile", "fused_qkv"} & set(weights.optimise)):
        return f"loras: they cannot be put into a denoiser with optimise = {min(fixed)}"
    empty = next((kind for kind, source in weights.control.items() if not source), None)
    if empty is not None:
        return f"control.{empty}: it is empty"
    for key in ("download_gb", "memory_gb", "step_tflop", "working_gb"):
        # "not (a <= x <= b)" also refuses NaN.
        if not 0 <= getattr(weights, key) < 1e6:
            return f"{key}: {getattr(weights, key):g} is negative or too large"
    return None


_PLAIN = Weights(folder=cast("Path", None), source="any")
_KINDS: dict[str, type] = {
    key: type(getattr(_PLAIN, key))
    for key in (field.name for field in fields(Weights))
    if key == "control" or key in SERVER_KEYS - {"filter"}
}
