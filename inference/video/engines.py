"""The engines that make films here: found by name, and told of to clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.errors import BadRequest
from generation.video.request import SIZES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generation.catalogue.catalogue import Engine
    from inference.registry import ServedEngine


class FilmEngines:
    """The served engines that make films, in the order of the catalogue; there is at least one."""

    def __init__(self, served: Sequence[ServedEngine]) -> None:
        # An engine's own id wins over another one's alias.
        aliases = {alias: one for one in served for alias in one.engine.aliases}
        self._by_name = aliases | {one.engine.id: one for one in served}
        self._served = served

    def find(self, name: str) -> ServedEngine:
        """The engine of that id or alias; without one the first.

        Raises:
            BadRequest: there is none of that name.
        """
        if not name:
            return self._served[0]
        found = self._by_name.get(name)
        if found is None:
            ids = ", ".join(one.engine.id for one in self._served)
            raise BadRequest("engine_id", f"{name[:100]!r} makes no films here; name one of {ids}")
        return found


def film_sizes(engine: Engine) -> Sequence[tuple[int, int]]:
    """The sizes of pictures, in pixels, that the engine makes films from."""
    return engine.sizes or SIZES


def film_facts(engine: Engine) -> Mapping[str, Any]:
    """What clients are told of an engine that makes films."""
    return {
        "prompt": engine.takes_prompt,
        "sizes": [list(size) for size in film_sizes(engine)],
        "frames": engine.frames,
        "frames_per_s": engine.frames_per_s,
        "seconds": round(engine.frames / engine.frames_per_s, 3),
        "cfg_scale": engine.default_cfg_scale,
    }
