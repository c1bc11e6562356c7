"""Loaded pipelines of the generic family, as the server loads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop


@pytest.fixture(scope="session")
def opened(tiny_folder: Callable[[str], Path]) -> Callable[[str], Model]:
    """A model by the name of its function in `tiny_generic`, loaded once."""
    import torch

    from inference.backends.diffusers.models.loader import load
    from tests.inference.diffusers.models.catalogues import found

    known: dict[str, Model] = {}

    def model(name: str) -> Model:
        if name not in known:
            known[name] = load(found(tiny_folder(name), "tiny"), torch.device("cpu"))
        return known[name]

    return model


@pytest.fixture
def loop() -> Iterator[SamplingLoop]:
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    running = SamplingLoop()
    yield running
    running.close()
