"""Random drawings with their captions and outlines, as tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tests.inference.trained.drawings import caption, draw, outline, random_scene

EMPTY_CAPTIONS = 0.12
"""The share of captions that are left out, for guidance without a classifier."""

LEARNING_CAPTIONS = 2
"""How many captions each drawing has."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Drawings [N, 3, 64, 64] and outlines as bytes, and for each drawing its captions."""

    pictures: Any
    outlines: Any
    captions: tuple[tuple[str, ...], ...]

    def batch(self, size: int, generator: Any) -> Any:
        """The indices of a random batch."""
        return torch.randint(0, len(self.captions), (size,), generator=generator)

    def levels(self, indices: Any) -> Any:
        """Those pictures between -1 and 1."""
        return self.pictures[indices].float() / 127.5 - 1

    def texts(self, indices: Any, random: np.random.Generator, empty: float) -> list[str]:
        """A caption of each, left out for the share `empty`."""
        return [
            "" if random.random() < empty else self.captions[index][int(random.integers(2))]
            for index in indices.tolist()
        ]


def build_dataset(count: int, seed: int) -> Dataset:
    """That many random drawings; the same seed gives the same ones."""
    random = np.random.default_rng(seed)
    scenes = [random_scene(random) for _ in range(count)]
    captions = tuple(
        tuple(caption(scene, random) for _ in range(LEARNING_CAPTIONS)) for scene in scenes
    )
    pictures = np.stack([draw(scene, random) for scene in scenes])
    outlines = np.stack([outline(scene) for scene in scenes])
    return Dataset(_planes(pictures), _planes(outlines), captions)


def _planes(pixels: np.ndarray[Any, Any]) -> Any:
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()
