"""The compositional pattern network: a small net whose wiring the words and the seed decide.

It maps a place on the canvas to a warp, a tone, a hue shift and a direction of the brush; the
idea is K. O. Stanley's, "Compositional pattern producing networks" (2007).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.painter.exact import bump, length, sine, squash, triangle
from inference.backends.painter.random_source import RandomStream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inference.backends.painter.exact import Plane

_INPUTS, _HIDDEN, _OUTPUTS = 5, 7, 5
_GENES = (_INPUTS + 1) * _HIDDEN + (_HIDDEN + 1) * _HIDDEN + (_HIDDEN + 1) * _OUTPUTS
_WORD_SHARE = 0.8


def _wave(plane: Plane) -> Plane:
    return sine(plane * 0.35)


def _bell(plane: Plane) -> Plane:
    return 2.0 * bump(plane) - 1.0


def _zigzag(plane: Plane) -> Plane:
    return 2.0 * triangle(plane * 0.3) - 1.0


_ACTIVATIONS: tuple[Callable[[Plane], Plane], ...] = (_wave, squash, _bell, _wave, squash, _zigzag)


@dataclass(frozen=True, slots=True)
class Patterns:
    """What the network says of every place; each plane lies within about -1 … 1."""

    warp_x: Plane
    warp_y: Plane
    tone: Plane
    hue: Plane
    turn: Plane


class Network:
    """A feed-forward net of mixed activations."""

    def __init__(self, seed: int, words: Sequence[tuple[str, float]]) -> None:
        """Wire the net from the seed, moved by each word in the measure of its weight."""
        dice = RandomStream(seed, "network")
        genes = [value * 1.5 for value in dice.numbers(_GENES, -1.0, 1.0)]
        self._kinds = [dice.pick(_ACTIVATIONS) for _ in range(2 * _HIDDEN)]
        power = 1.0
        for word, weight in words:
            pull = RandomStream("word", word).numbers(_GENES, -1.5, 1.5)
            genes = [g + weight * _WORD_SHARE * p for g, p in zip(genes, pull, strict=True)]
            power += weight * weight * _WORD_SHARE * _WORD_SHARE
        self._genes = [gene / math.sqrt(power) for gene in genes]

    def at(self, x: Plane, y: Plane) -> Patterns:
        """The patterns at those places, in units of half the shorter side from the centre."""
        shape = np.broadcast_shapes(x.shape, y.shape)
        x, y = np.broadcast_to(x, shape), np.broadcast_to(y, shape)
        layer = [x, y, length(x, y) * 1.4 - 0.9, sine(x * 0.5), sine(y * 0.5)]
        genes = iter(self._genes)

        def weigh(inputs: Sequence[Plane], count: int) -> list[Plane]:
            sums: list[Plane] = []
            for _ in range(count):
                total = np.full(shape, next(genes), dtype=np.float32)
                for plane in inputs:
                    total += plane * next(genes)
                sums.append(total)
            return sums

        for depth in range(2):
            kinds = self._kinds[depth * _HIDDEN :]
            layer = [kind(p) for kind, p in zip(kinds, weigh(layer, _HIDDEN), strict=False)]
        return Patterns(*(squash(plane * 0.8) * 1.4 for plane in weigh(layer, _OUTPUTS)))
