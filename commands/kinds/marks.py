"""Which engine marks of provenance name, where one makes something of another's picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.orders.by_kind import marked_as

if TYPE_CHECKING:
    from commands.kinds.view import OfferedEngines
    from generation.catalogue.engine import Engine
    from storage.jobs.jobs import Job


def mark_of(engine: Engine, source: Job, engines: OfferedEngines) -> str:
    """The id of the trained model that had a part in what the engine makes of a job's picture.

    That is the engine, unless it has no model and what drew the picture has one, or is not known.
    """
    origin = marked_as(source)
    drew = engines.known.find(origin)
    return origin if not engine.has_model and (drew is None or drew.has_model) else engine.id
