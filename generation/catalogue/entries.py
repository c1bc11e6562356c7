"""The entries of a catalogue file, read into engines and held against each other."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

from generation.catalogue.engine import EDIT, GRPC, IMAGE, KINDS, UPSCALE, Engine, has_sizes
from generation.catalogue.transports import transport_problem
from generation.edits import THROUGH_A_MASK, EditAction
from generation.request import Sampler

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SERVER_KEYS = frozenset(
    {
        "source", "config", "prior", "variant", "dtype", "clip_model", "keep_loaded", "licence",
        "timestep_spacing", "optimise", "download_gb", "memory_gb", "step_tflop",
        "working_gb", "loras", "embeddings", "filter",
    }
)  # fmt: skip
"""What only the inference server reads: of an engine's weights (`inference.catalogue`)."""

LONGEST_S = 3600
"""No film's segment is longer, and none takes longer to make."""


MOST_FRAMES, MOST_FRAMES_PER_S = 1000, 60
LEAST_FACTOR, MOST_FACTOR = 2, 8


class CatalogueError(Exception):
    """The catalogue's file cannot be used; the text names the entry and the key."""


def check_aliases(engines: Iterable[Engine], path: Path) -> None:
    # An alias may be the id of an engine elsewhere (ours answers for a hosted one), but two
    # engines that answer to one alias could not be told apart.
    taken: dict[str, str] = {}
    for engine in engines:
        for alias in engine.aliases:
            if alias in taken:
                raise CatalogueError(
                    f"{path}: {engine.id}: aliases: {alias} is one of {taken[alias]} already"
                )
            taken[alias] = engine.id


def inherit(row: Any, entries: Mapping[str, dict[str, Any]], path: Path) -> dict[str, Any]:
    own = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    engine_id = own.get("id")
    if not isinstance(engine_id, str) or not engine_id:
        raise CatalogueError(f"{path}: an engine has no id")
    if engine_id in entries:
        raise CatalogueError(f"{path}: {engine_id} stands there twice")
    parent = own.get("like")
    if parent is None:
        return own
    if not isinstance(parent, str) or parent not in entries:
        raise CatalogueError(f"{path}: {engine_id} is like {parent}, which does not stand above it")
    # An alias belongs to one engine as its id does; everything else is passed on.
    inherited = {key: value for key, value in entries[parent].items() if key != "aliases"}
    return {key: value for key, value in {**inherited, **own}.items() if key != "like"}


def read_engine(entry: Mapping[str, Any], path: Path) -> Engine:
    try:
        told = _for_people(entry)
        if unknown := set(told) - _KEYS:
            raise CatalogueError(f"{path}: {entry['id']} has an unknown key {min(unknown)}")
        engine = Engine(**{key: _value(key, value) for key, value in told.items()})
        problem = _problem(engine)
    except (TypeError, ValueError) as error:
        raise CatalogueError(f"{path}: {entry['id']}: {error}") from error
    if problem:
        raise CatalogueError(f"{path}: {entry['id']}: {problem}")
    return engine


_OF_MODELS = {"emphasis": True, "cross_attention": True, "styles": False, "min_steps": 1}
"""What an entry with weights means where it says nothing; elsewhere limits are Stability's."""


def _for_people(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says of its engine without where the weights are."""
    told = {key: value for key, value in entry.items() if key not in SERVER_KEYS}
    if "control" in told:
        control = told.pop("control")
        if not isinstance(control, dict):
            raise TypeError(f"control: {control!r} is not a table of kinds and sources")
        told["controls"] = [*cast("dict[str, Any]", control)]
    if entry.get("clip_model"):
        told.setdefault("clip_guidance", True)
    if "source" in entry:
        # So it is with most; the server says no of those that it knows better.
        told = _OF_MODELS | told
    return told


def _value(key: str, value: Any) -> Any:
    if key == "default_size":
        return _pair(key, value)
    if key in ("sizes", "aspects"):
        return tuple(_pair(key, size) for size in _list(key, value))
    if key == "samplers":
        return tuple(_sampler(key, name) for name in _list(key, value))
    if key in ("aliases", "controls", "edits"):
        return tuple(plain(key, name, str) for name in _list(key, value))
    if key == "default_sampler":
        return _sampler(key, value)
    kind = _KINDS[key]
    if kind is float and type(value) is int:
        return float(value)
    return plain(key, value, kind)


def _sampler(key: str, value: Any) -> Sampler:
    if value not in tuple(Sampler):
        raise ValueError(f"{key}: {value!r} is none of {', '.join(Sampler)}")
    return Sampler(value)


def plain(key: str, value: Any, kind: type) -> Any:
    """The value of a key if it is exactly of that type.

    Raises:
        TypeError: it is another one; names the key.
    """
    # Not isinstance: true is an int to Python, but not a number of steps.
    if type(value) is not kind:
        raise TypeError(f"{key}: {value!r} is not {_KIND_NAMES[kind]}")
    return value


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{key}: {value!r} is not a list")
    return cast("list[Any]", value)


def _pair(key: str, value: Any) -> tuple[int, int]:
    sides = [plain(key, side, int) for side in _list(key, value)]
    if len(sides) != 2 or min(sides) < 1:
        raise ValueError(f"{key}: {value} is not a width and a height")
    return sides[0], sides[1]


def _problem(engine: Engine) -> str | None:
    """Why the engine's own defaults would be refused, or None."""
    if engine.kind not in KINDS:
        return f"kind: {engine.kind} is none of {', '.join(KINDS)}"
    checks = (
        _size_problem,
        _default_problem,
        _count_problem,
        transport_problem,
        _video_problem,
        _upscale_problem,
        _edit_problem,
    )
    return next((problem for check in checks if (problem := check(engine))), None)


def _size_problem(engine: Engine) -> str | None:
    if len(engine.aspects) not in (0, len(engine.sizes)):
        return f"aspects: {len(engine.aspects)} do not stand for {len(engine.sizes)} sizes"
    if engine.side_step < 1:
        return "side_step: it has to be at least 1"
    if not has_sizes(engine):
        return "its limits leave no size to draw"
    problem = engine.size_problem(*engine.default_size)
    return f"default_size: {problem}" if problem else None


def _default_problem(engine: Engine) -> str | None:
    if not engine.min_steps <= engine.default_steps <= engine.max_steps:
        return f"default_steps: {engine.default_steps} is outside its own limits"
    if not engine.min_cfg_scale <= engine.default_cfg_scale <= engine.max_cfg_scale:
        return f"default_cfg_scale: {engine.default_cfg_scale:g} is outside its own limits"
    if engine.default_sampler not in (None, *engine.samplers):
        return f"default_sampler: {engine.default_sampler} is not one of its samplers"
    return None


def _count_problem(engine: Engine) -> str | None:
    if engine.max_samples < 1:
        return "max_samples: it has to be at least 1"
    for key in ("max_running", "min_steps", "min_cfg_scale", "max_prompt_chars", "max_seed"):
        if getattr(engine, key) < 0:
            return f"{key}: it is negative"
    if not math.isfinite(engine.max_cfg_scale):
        return "max_cfg_scale: it is not finite"
    return None


def _video_problem(engine: Engine) -> str | None:
    for key in ("segment_s", "typical_s", "poll_spacing_s"):
        seconds: float = getattr(engine, key)
        # "not (a < x <= b)" also refuses NaN.
        if not 0 < seconds <= LONGEST_S:
            return f"{key}: {seconds:g} is not above 0 and at most {LONGEST_S:,}"
    for key, most in (("frames", MOST_FRAMES), ("frames_per_s", MOST_FRAMES_PER_S)):
        if not 2 <= getattr(engine, key) <= most:
            return f"{key}: {getattr(engine, key)} is not from 2 to {most}"
    return None


def _upscale_problem(engine: Engine) -> str | None:
    if engine.kind != UPSCALE:
        return f"factor: only engines of the kind {UPSCALE} have one" if engine.factor else None
    if engine.factor == 0 and engine.transport != GRPC:
        # Its service chooses the size of the result.
        return None
    if not LEAST_FACTOR <= engine.factor <= MOST_FACTOR:
        return f"factor: {engine.factor} is not from {LEAST_FACTOR} to {MOST_FACTOR}"
    return None


def _edit_problem(engine: Engine) -> str | None:
    for action in engine.edits:
        if action not in frozenset(map(str, EditAction)):
            return f"edits: {action} is none of {', '.join(EditAction)}"
        if engine.kind == IMAGE and not (engine.mask and action in THROUGH_A_MASK):
            able = " and ".join(sorted(THROUGH_A_MASK))
            return f"edits: what draws can {able} where it takes a mask, not {action}"
        if engine.kind not in (IMAGE, EDIT):
            return f"edits: only engines of the kinds {IMAGE} and {EDIT} have any"
    if engine.kind == EDIT and engine.transport == GRPC and not engine.edits:
        return f"edits: name some of {', '.join(EditAction)}"
    return None


_FOUND = {"loras", "embeddings", "has_more_adapters", "unusable_loras"}
"""What of an engine is found out, and never stands in a file."""

_KEYS = frozenset(field.name for field in fields(Engine)) - _FOUND
_KINDS: dict[str, type] = {key: type(getattr(Engine("any"), key)) for key in _KEYS}
_KIND_NAMES: dict[type, str] = {
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    str: "a text",
}
