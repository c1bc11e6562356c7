"""Loaded tiny models, one of each for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.models.residency import ModelStore


@pytest.fixture(scope="session")
def sd(tiny_folder: Callable[[str], Path]) -> Model:
    from inference.backends.diffusers.model import Family
    from tests.inference.diffusers.conditioning.models import open_model

    control = tiny_folder("sd15_control")
    return open_model(
        tiny_folder("sd15"), Family.SD, {"canny": control, "depth": control}, tiny_folder("clip")
    )


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


@pytest.fixture(scope="session")
def kandinsky(tiny_folder: Callable[[str], Path]) -> Model:
    from inference.backends.diffusers.model import Family
    from tests.inference.diffusers.conditioning.models import open_model

    return open_model(tiny_folder("kandinsky"), Family.KANDINSKY)


@pytest.fixture
def store(tiny_folder: Callable[[str], Path]) -> ModelStore:
    """A Stable Diffusion with CLIP, "sd", and a "kandinsky" as a server has them."""
    import torch

    from inference.backends.diffusers.models.residency import ModelStore
    from tests.inference.diffusers.models.catalogues import found

    engines = [
        found(tiny_folder("sd15"), "sd", clip_model=tiny_folder("clip")),
        found(tiny_folder("kandinsky"), "kandinsky"),
    ]
    return ModelStore(engines, torch.device("cpu"), 1 << 30)
