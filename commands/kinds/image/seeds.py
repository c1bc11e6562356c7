"""The requests of an order, of which each picture has a seed of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generation.request import following_seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.catalogue.catalogue import Engine
    from generation.request import ImageRequest
    from prompts import Options


def split(variants: Sequence[ImageRequest], options: Options, engine: Engine) -> list[ImageRequest]:
    """Requests for the pictures of all permutations, each of at most the engine's samples.

    A seed that the member names is that of the first picture of every permutation, so that they
    can be compared; one that was drawn counts on through all pictures.
    """
    count = options.count or 1
    counted = count if options.seed else count * len(variants)
    first = variants[0].seed
    seeds = (first, *following_seeds(first, counted - 1, engine.max_seed))
    step = 0 if options.seed else count
    return [
        request
        for number, variant in enumerate(variants)
        for request in _split(variant, seeds[number * step :][:count], engine)
    ]


def _split(request: ImageRequest, seeds: Sequence[int], engine: Engine) -> list[ImageRequest]:
    return [
        replace(request, seed=seeds[start], samples=min(engine.max_samples, len(seeds) - start))
        for start in range(0, len(seeds), engine.max_samples)
    ]
