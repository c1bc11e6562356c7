"""What is offered at a moment, and what is known and away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.catalogue.catalogue import Catalogue
from generation.errors import EngineAway

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from generation.catalogue.catalogue import Engine


class OfferedCatalogue(Catalogue):
    """The engines that are offered at a moment; of those that are away it says so.

    `away` tells of each of these whether it is off, so that waiting alone does not help.
    """

    def __init__(self, engines: Iterable[Engine], away: Mapping[str, bool]) -> None:
        super().__init__(engines)
        self._away = away

    def get(self, engine_id: str) -> Engine:
        """The engine of that id.

        Raises:
            EngineAway: its host does not answer, or is off.
            UnknownEngine: with the nearest known id, if one is near.
        """
        if engine_id in self._away:
            raise self.absence(engine_id)
        return super().get(engine_id)

    def absence(self, engine_id: str = "") -> EngineAway:
        """That an engine is away, or all of them without an id."""
        is_off = self._away.get(engine_id, bool(self._away) and all(self._away.values()))
        return EngineAway(engine_id, is_off, tuple(engine.id for engine in self))
