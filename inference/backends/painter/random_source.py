"""Random numbers that belong to a seed and a purpose, the same on every machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from inference.backends.painter.exact import Plane

T = TypeVar("T")
_STRIDE = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1
_UNIT = 1.0 / (1 << 53)


class RandomStream:
    """A stream of numbers drawn from a key (SplitMix64); arrays and scalars share its count."""

    def __init__(self, *key: object) -> None:
        text = "\x1f".join(str(part) for part in key)
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self._state = int.from_bytes(digest, "little")

    def _word(self) -> int:
        # In plain integers: a numpy call for a single number costs ten times as much.
        self._state = z = (self._state + _STRIDE) & _WORD
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _WORD
        return z ^ (z >> 31)

    def _words(self, count: int) -> NDArray[np.uint64]:
        z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_STRIDE) + np.uint64(self._state)
        self._state = (self._state + count * _STRIDE) & _WORD
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    def plane(self, *shape: int) -> Plane:
        """An array of that shape, evenly spread over 0 … 1, in float32."""
        count = 1
        for side in shape:
            count *= side
        bits = (self._words(count) >> np.uint64(40)).astype(np.float32)
        return (bits * np.float32(1.0 / (1 << 24))).reshape(shape)

    def number(self, low: float = 0.0, high: float = 1.0) -> float:
        """One number, evenly spread over low … high."""
        return low + (high - low) * ((self._word() >> 11) * _UNIT)

    def numbers(self, count: int, low: float = 0.0, high: float = 1.0) -> list[float]:
        """That many numbers, evenly spread over low … high."""
        return [self.number(low, high) for _ in range(count)]

    def bell(self, spread: float = 1.0) -> float:
        """One number around 0, rarely beyond twice the spread (the sum of four)."""
        total = self.number() + self.number() + self.number() + self.number()
        return (total - 2.0) * 1.7320508 * spread

    def chance(self, share: float) -> bool:
        """True in that share of the cases."""
        return self.number() < share

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[min(int(self.number() * len(options)), len(options) - 1)]
