"""The engine catalogue: what each engine takes and what it costs, as data."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from generation.errors import UnknownEngine
from generation.request import Sampler, figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

BUILT_IN = Path(__file__).with_name("engines.toml")
IMAGE, VIDEO = "image", "video"
"""What an engine's `kind` can be."""

WITHOUT_MODEL = frozenset({"painter"})
"""The backends that draw by an algorithm, without a trained model."""

SIDE_STEP = 64
"""Widths and heights are multiples of this (Stability: multiples of 64)."""

LONGEST_S = 3600
"""No film's segment is longer, and none takes longer to make."""


class CatalogueError(Exception):
    """The catalogue's file cannot be used; the text names the entry and the key."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What one engine takes, its defaults and its price rule; sizes are in pixels.

    `controls` are the kinds of control pictures that it follows, and `cross_attention` says whether
    weights can be applied to the predictions of each prompt (gooseai.WeightMethod).

    `max_running` is how many jobs it bears at once, 0 for any number. A video engine makes films
    from pictures of its sizes: `segment_s` is how many seconds of film one paid generation gives,
    `typical_s` how many it takes until that is learned.
    """

    id: str
    name: str = ""
    description: str = ""
    kind: str = IMAGE
    backend: str = ""
    aliases: tuple[str, ...] = ()
    price: str = ""
    emphasis: bool = False
    default_size: tuple[int, int] = (512, 512)
    sizes: tuple[tuple[int, int], ...] = ()
    min_side: int = SIDE_STEP
    max_side: int = 1 << 14
    max_short_side: int = 1 << 14
    min_pixels: int = SIDE_STEP * SIDE_STEP
    max_pixels: int = 1 << 20
    min_steps: int = 10
    max_steps: int = 150
    default_steps: int = 30
    min_cfg_scale: float = 0.0
    max_cfg_scale: float = 35.0
    default_cfg_scale: float = 7.0
    max_samples: int = 10
    max_running: int = 0
    max_prompt_chars: int = 2000
    samplers: tuple[Sampler, ...] = tuple(Sampler)
    clip_guidance: bool = False
    styles: bool = True
    init_image: bool = True
    mask: bool = True
    controls: tuple[str, ...] = ()
    cross_attention: bool = False
    segment_s: float = 2.0
    typical_s: float = 41.0

    @property
    def has_model(self) -> bool:
        """Whether a trained model draws or films; so it is with engines of others."""
        return self.backend not in WITHOUT_MODEL

    def size_problem(self, width: int, height: int) -> str | None:
        """Why the engine cannot draw that size, or None if it can."""
        problem = self._why_not(width, height)
        if problem is None:
            return None
        return "{}; the nearest is {}×{}".format(problem, *self.nearest_size(width, height))

    def _why_not(self, width: int, height: int) -> str | None:
        size = f"{figure(width)}×{figure(height)}"
        short, long = sorted((width, height))
        pixels = width * height
        if self.sizes:
            return None if (width, height) in self.sizes else f"{self.id} does not draw {size}"
        if width % SIDE_STEP or height % SIDE_STEP:
            return f"{size} is not in multiples of {SIDE_STEP}"
        if not self.min_side <= short <= long <= self.max_side:
            return f"a side of {size} is outside {self.min_side} to {self.max_side} pixels"
        if short > self.max_short_side:
            return f"only one side of {size} may be above {self.max_short_side} pixels"
        if pixels > self.max_pixels:
            return f"{size} has more than the {self.max_pixels:,} pixels that {self.id} draws"
        if pixels < self.min_pixels:
            return f"{size} has fewer than the {self.min_pixels:,} pixels that {self.id} needs"
        return None

    def nearest_size(self, width: int, height: int) -> tuple[int, int]:
        """The allowed size that both sides have to change least for, in proportion."""
        width, height = _sane(width), _sane(height)

        def change(size: tuple[int, int]) -> float:
            return round(math.hypot(math.log(size[0] / width), math.log(size[1] / height)), 9)

        return min(allowed_sizes(self), key=change)

    def size_for_aspect(self, across: int, down: int) -> tuple[int, int]:
        """The allowed size nearest to the ratio, then to the engine's default area."""
        ratio = math.log(_sane(across) / _sane(down))
        area = math.prod(self.default_size)

        def distance(size: tuple[int, int]) -> tuple[float, int]:
            # Rounded, so that equal ratios tie although floats differ in the last bit.
            off = round(abs(math.log(size[0] / size[1]) - ratio), 9)
            return off, abs(size[0] * size[1] - area)

        return min(allowed_sizes(self), key=distance)


def _sane(side: int) -> int:
    # Members can type any figure; beyond these all sizes are equally far off.
    return min(max(side, 1), 1 << 20)


@lru_cache(maxsize=64)
def allowed_sizes(engine: Engine) -> tuple[tuple[int, int], ...]:
    """Every size in pixels that the engine draws."""
    if engine.sizes:
        return engine.sizes
    sides = range(
        math.ceil(engine.min_side / SIDE_STEP) * SIDE_STEP, engine.max_side + 1, SIDE_STEP
    )
    return tuple(
        (width, height)
        for width in sides
        for height in range(
            sides.start, min(engine.max_side, engine.max_pixels // width) + 1, SIDE_STEP
        )
        if width * height >= engine.min_pixels and min(width, height) <= engine.max_short_side
    )


class Catalogue:
    """The engines by id, with their aliases."""

    def __init__(self, engines: Iterable[Engine]) -> None:
        self._engines = {engine.id: engine for engine in engines}

    def __iter__(self) -> Iterator[Engine]:
        return iter(self._engines.values())

    def __len__(self) -> int:
        return len(self._engines)

    def __contains__(self, engine_id: str) -> bool:
        return engine_id in self._engines

    def get(self, engine_id: str) -> Engine:
        """The engine of that id.

        Raises:
            UnknownEngine: with the nearest known id, if one is near.
        """
        engine = self.find(engine_id)
        if engine is not None:
            return engine
        near = difflib.get_close_matches(engine_id, self._engines, n=1)
        raise UnknownEngine(engine_id, near[0] if near else None)

    def find(self, engine_id: str) -> Engine | None:
        """The engine of that id; None where it is not offered, or not any more."""
        return self._engines.get(engine_id)

    def only(self, engine_ids: Iterable[str]) -> Catalogue:
        """The catalogue restricted to those ids, in the catalogue's order."""
        wanted = set(engine_ids)
        return Catalogue(engine for engine in self if engine.id in wanted)

    def of_kind(self, kind: str) -> Catalogue:
        """The engines of a kind, in the catalogue's order."""
        return Catalogue(engine for engine in self if engine.kind == kind)


def load(path: Path = BUILT_IN) -> Catalogue:
    """Read a catalogue file (TOML, one [[engine]] an entry).

    Raises:
        CatalogueError: naming the file, the entry and the key that cannot be used.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise CatalogueError(f"{path}: {error}") from error
    rows = document.get("engine")
    if not isinstance(rows, list) or not rows:
        raise CatalogueError(f"{path}: it holds no [[engine]]")
    entries: dict[str, dict[str, Any]] = {}
    for row in cast("list[Any]", rows):
        entry = _inherit(row, entries, path)
        entries[entry["id"]] = entry
    engines = [_engine(entry, path) for entry in entries.values()]
    _check_aliases(engines, path)
    return Catalogue(engines)


def _check_aliases(engines: Iterable[Engine], path: Path) -> None:
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


def _inherit(row: Any, entries: Mapping[str, dict[str, Any]], path: Path) -> dict[str, Any]:
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


def _engine(entry: Mapping[str, Any], path: Path) -> Engine:
    unknown = set(entry) - _KEYS
    if unknown:
        raise CatalogueError(f"{path}: {entry['id']} has an unknown key {min(unknown)}")
    try:
        engine = Engine(**{key: _value(key, value) for key, value in entry.items()})
        problem = _problem(engine)
    except (TypeError, ValueError) as error:
        raise CatalogueError(f"{path}: {entry['id']}: {error}") from error
    if problem:
        raise CatalogueError(f"{path}: {entry['id']}: {problem}")
    return engine


def _value(key: str, value: Any) -> Any:
    if key == "default_size":
        return _pair(key, value)
    if key == "sizes":
        return tuple(_pair(key, size) for size in _list(key, value))
    if key == "samplers":
        return tuple(Sampler(name) for name in _list(key, value))
    if key in ("aliases", "controls"):
        return tuple(_plain(key, alias, str) for alias in _list(key, value))
    kind = _KINDS[key]
    if kind is float and type(value) is int:
        return float(value)
    return _plain(key, value, kind)


def _plain(key: str, value: Any, kind: type) -> Any:
    # Not isinstance: true is an int to Python, but not a number of steps.
    if type(value) is not kind:
        raise TypeError(f"{key}: {value!r} is not {_KIND_NAMES[kind]}")
    return value


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{key}: {value!r} is not a list")
    return cast("list[Any]", value)


def _pair(key: str, value: Any) -> tuple[int, int]:
    sides = [_plain(key, side, int) for side in _list(key, value)]
    if len(sides) != 2 or min(sides) < 1:
        raise ValueError(f"{key}: {value} is not a width and a height")
    return sides[0], sides[1]


def _problem(engine: Engine) -> str | None:
    """Why the engine's own defaults would be refused, or None."""
    if engine.kind not in (IMAGE, VIDEO):
        return f"kind: {engine.kind} is neither {IMAGE} nor {VIDEO}"
    if not allowed_sizes(engine):
        return "its limits leave no size to draw"
    problem = engine.size_problem(*engine.default_size)
    if problem:
        return f"default_size: {problem}"
    if not engine.min_steps <= engine.default_steps <= engine.max_steps:
        return f"default_steps: {engine.default_steps} is outside its own limits"
    if not engine.min_cfg_scale <= engine.default_cfg_scale <= engine.max_cfg_scale:
        return f"default_cfg_scale: {engine.default_cfg_scale:g} is outside its own limits"
    if engine.max_samples < 1:
        return "max_samples: it has to be at least 1"
    if engine.max_running < 0:
        return "max_running: it is negative"
    return _video_problem(engine)


def _video_problem(engine: Engine) -> str | None:
    for key, seconds in (("segment_s", engine.segment_s), ("typical_s", engine.typical_s)):
        # "not (a < x <= b)" also refuses NaN.
        if not 0 < seconds <= LONGEST_S:
            return f"{key}: {seconds:g} is not above 0 and at most {LONGEST_S:,}"
    return None


_KEYS = frozenset(field.name for field in fields(Engine))
_KINDS: dict[str, type] = {key: type(getattr(Engine("any"), key)) for key in _KEYS}
_KIND_NAMES: dict[type, str] = {
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    str: "a text",
}
