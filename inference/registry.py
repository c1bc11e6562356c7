"""The engines of the catalogue that this server draws and films with, and what works for each."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.catalogue.catalogue import VIDEO, CatalogueError, load
from generation.errors import UnknownEngine
from inference.backends.painter.pool import PainterPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from generation.catalogue.catalogue import Engine
    from inference.backends.backend import Backend

BACKENDS: dict[str, Callable[[], Backend]] = {"painter": PainterPool}
"""What can stand in an engine's `backend`."""


@dataclass(frozen=True, slots=True)
class ServedEngine:
    """An engine and the backend that works for it."""

    engine: Engine
    backend: Backend

    @property
    def makes_videos(self) -> bool:
        """Whether it makes films from pictures, which are asked for over REST."""
        return self.engine.kind == VIDEO

    def __str__(self) -> str:
        return f"{self.engine.id} ({self.backend.description})"


class EngineRegistry:
    """The served engines, found by id or alias."""

    def __init__(self, served: list[ServedEngine]) -> None:
        self._served = served
        # An engine's own id wins over another one's alias.
        names = {alias: entry for entry in served for alias in entry.engine.aliases}
        self._by_name = names | {entry.engine.id: entry for entry in served}

    def __iter__(self) -> Iterator[ServedEngine]:
        return iter(self._served)

    def find(self, engine_id: str) -> ServedEngine:
        """The engine of that id or alias.

        Raises:
            UnknownEngine: with the nearest one that draws, if one is near.
        """
        if engine_id in self._by_name:
            return self._by_name[engine_id]
        drawing = [name for name, entry in self._by_name.items() if not entry.makes_videos]
        near = difflib.get_close_matches(engine_id, drawing, n=1)
        raise UnknownEngine(engine_id, near[0] if near else None)

    @property
    def drawing(self) -> list[ServedEngine]:
        """The engines that draw pictures."""
        return [entry for entry in self if not entry.makes_videos]

    @property
    def segment_maker(self) -> ServedEngine | None:
        """The engine that makes films, if one is served: they are asked for without a name."""
        return next((entry for entry in self if entry.makes_videos), None)

    def warm_up(self) -> None:
        """Prepare the backends for their first picture; takes time, so not on the event loop."""
        for backend in self._backends():
            backend.warm_up()

    def close(self) -> None:
        """End what the backends have started; takes a moment, so not on the event loop."""
        for backend in self._backends():
            backend.close()

    def _backends(self) -> list[Backend]:
        return list({id(entry.backend): entry.backend for entry in self}.values())

    def __str__(self) -> str:
        return ", ".join(map(str, self))


def open_registry(path: Path) -> EngineRegistry:
    """The engines of a catalogue file that name a backend.

    Raises:
        CatalogueError: the file cannot be used, or no engine in it can be served.
    """
    backends: dict[str, Backend] = {}
    served: list[ServedEngine] = []
    for engine in load(path):
        if not engine.backend:
            continue
        if engine.backend not in BACKENDS:
            known = ", ".join(BACKENDS)
            raise CatalogueError(
                f"{path}: {engine.id} wants the backend {engine.backend}; there is {known}"
            )
        if engine.backend not in backends:
            backends[engine.backend] = BACKENDS[engine.backend]()
        served.append(ServedEngine(engine, backends[engine.backend]))
    if not served:
        raise CatalogueError(f"{path}: no engine in it names a backend of this server")
    _check_videos(served, path)
    return EngineRegistry(served)


def _check_videos(served: list[ServedEngine], path: Path) -> None:
    videos = [entry.engine.id for entry in served if entry.makes_videos]
    if len(videos) > 1:
        raise CatalogueError(
            f"{path}: {videos[0]} and {videos[1]} both make films,"
            " but films are asked for without an engine's name; leave one"
        )
