"""Loaded tiny models, and engines that are closed after each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop


@pytest.fixture(scope="session")
def sd(tiny_folder: Callable[[str], Path]) -> Model:
    from inference.backends.diffusers.model import Family
    from tests.inference.diffusers.conditioning.models import open_model

    control = tiny_folder("sd15_control")
    controls = {"canny": control, "depth": control}
    return open_model(tiny_folder("sd15"), Family.SD, controls, tiny_folder("clip"))


@pytest.fixture(scope="session")
def sd_inpaint(tiny_folder: Callable[[str], Path]) -> Model:
    from inference.backends.diffusers.model import Family
    from tests.inference.diffusers.conditioning.models import open_model

    return open_model(tiny_folder("sd15_inpaint"), Family.SD)


@pytest.fixture(scope="session")
def sdxl(tiny_folder: Callable[[str], Path]) -> Model:
    from inference.backends.diffusers.model import Family
    from tests.inference.diffusers.conditioning.models import open_model

    return open_model(tiny_folder("sdxl"), Family.SDXL, {"canny": tiny_folder("sdxl_control")})


@pytest.fixture
def loop() -> Iterator[SamplingLoop]:
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    opened = SamplingLoop()
    yield opened
    opened.close()
