"""Loaded tiny models with LoRAs beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    Opened = Callable[[str], Model]


@pytest.fixture
def opened(tiny_folder: Callable[[str], Path]) -> Opened:
    """A model of its own, by the name of its builder: a test may change it."""
    from inference.backends.diffusers.model import Family
    from tests.inference.diffusers.conditioning.models import open_model

    return lambda name: open_model(tiny_folder(name), Family("sdxl" if "xl" in name else "sd"))


@pytest.fixture
def with_folder(tmp_path: Path) -> Callable[[Model], Model]:
    """The model with the LoRAs that lie in the test's folder, and room for all of them."""
    from inference.weights.adapters import Widths, find_loras, room_elements

    def beside(model: Model) -> Model:
        width = int(model.unet.config.cross_attention_dim)
        loras = find_loras(tmp_path, Widths(width, ()))
        return replace(model, loras=loras, lora_room=4 * room_elements(loras))

    return beside


@pytest.fixture
def loop() -> Iterator[SamplingLoop]:
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    opened = SamplingLoop()
    yield opened
    opened.close()
