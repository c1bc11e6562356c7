"""Engines that are always offered, for cards and commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from commands.kinds.view import OfferedEngines
from generation.catalogue.engine import EDIT, UPSCALE
from generation.hosts.offered import OfferedCatalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from generation.catalogue.catalogue import Catalogue, Engine


def _no_clock() -> datetime:
    pytest.fail("nobody asked for the time")


@dataclass
class FixedEngines:
    """An engine source whose engines neither come nor go; without `is_there` all are away."""

    known: Catalogue
    video_engine: Engine | None = None
    is_there: bool = True
    more_videos: Sequence[Engine] = ()

    @property
    def offered(self) -> OfferedCatalogue:
        if self.is_there:
            return OfferedCatalogue(self.known, {})
        return OfferedCatalogue((), {engine.id: False for engine in self.known})

    @property
    def upscalers(self) -> OfferedCatalogue:
        return OfferedCatalogue(self.known.of_kind(UPSCALE) if self.is_there else (), {})

    @property
    def editors(self) -> OfferedCatalogue:
        return OfferedCatalogue(self.known.of_kind(EDIT) if self.is_there else (), {})

    @property
    def video_engines(self) -> Sequence[Engine]:
        return [*([self.video_engine] if self.video_engine else []), *self.more_videos]

    @property
    def default(self) -> Engine | None:
        return next(iter(self.offered), None)


def offering(
    known: Catalogue, video: Engine | None = None, now: Callable[[], datetime] = _no_clock
) -> OfferedEngines:
    """All of the catalogue, and films where there is an engine for them."""
    return OfferedEngines(FixedEngines(known, video), now)
