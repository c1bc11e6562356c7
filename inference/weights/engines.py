"""The engines of the catalogue with the weights that are here."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inference.weights.availability import find
from inference.weights.layout import KANDINSKY

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine
    from inference.catalogue import EngineEntry, Weights
    from inference.weights.availability import Located

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineWeights:
    """An engine that can be served: what it can do here, and where its weights are, if it has any.

    Its control pictures and CLIP guidance are those whose models are here.
    """

    engine: Engine
    weights: Weights | None = None
    located: Located | None = None


class Unservable(Exception):
    """An engine cannot be served; the text says why.

    `is_broken` tells whether something is there that cannot be used, rather than nothing.
    """

    def __init__(self, problem: str, *, is_broken: bool) -> None:
        super().__init__(problem)
        self.is_broken = is_broken


def find_engine(entry: EngineEntry) -> EngineWeights:
    """The engine with what is here of it.

    Raises:
        Unservable: something that it needs is not here, or cannot be used.
    """
    if entry.weights is None:
        return EngineWeights(entry.engine)
    found = find(entry.weights)
    if found.located is None:
        raise Unservable("; ".join(found.problems), is_broken=found.is_broken)
    for lacking in found.lacking:
        logger.info("%s is served without its %s.", entry.engine.id, lacking)
    # Its prior makes one idea of all words.
    is_kandinsky = found.located.family == KANDINSKY
    engine = replace(
        entry.engine,
        controls=tuple(found.located.control),
        clip_guidance=entry.engine.clip_guidance and found.located.clip_model is not None,
        emphasis=entry.engine.emphasis and not is_kandinsky,
        cross_attention=entry.engine.cross_attention and not is_kandinsky,
    )
    return EngineWeights(engine, entry.weights, found.located)
