"""Numbers of 16 bits: the same pictures but for rounding, whatever torch's default type is."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from generation.request import Control, GuidancePreset, ImageRequest, Sampler
from inference.backends.diffusers.models.loader import load
from inference.backends.diffusers.sampling import capacity
from inference.backends.diffusers.sampling.loop import SamplingLoop
from inference.backends.diffusers.sampling.previews import ColourMap
from tests.inference.diffusers.conditioning.models import drawing, mask_picture, png, request
from tests.inference.diffusers.models.catalogues import found
from tests.inference.diffusers.sampling.engine import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from numpy.typing import NDArray

    from inference.backends.diffusers.model import Model

    Load = Callable[[str, str], Model]

PICTURE, MASK = png(drawing()), png(mask_picture())
START: dict[str, Any] = {"init_image": PICTURE, "strength": 0.6}
PAINTED: dict[str, Any] = {"init_image": PICTURE, "mask": MASK}
CONTROLLED: dict[str, Any] = {"controls": (Control("canny", PICTURE, 1.0),)}
GUIDED: dict[str, Any] = {
    "guidance": GuidancePreset.SLOW,
    "sampler": Sampler.K_EULER_ANCESTRAL,
}
PATHS: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("sd15", {}),
    "start picture": ("sd15", START),
    "mask": ("sd15", PAINTED),
    "made for masks": ("sd15_inpaint", PAINTED),
    "control": ("sd15", CONTROLLED),
    "CLIP guidance": ("sd15", GUIDED),
    "SDXL": ("sdxl", {}),
    "SDXL start picture": ("sdxl", START),
    "SDXL control": ("sdxl", CONTROLLED),
    "Kandinsky": ("kandinsky", {"sampler": Sampler.DDPM}),
    "Kandinsky start picture": ("kandinsky", {"sampler": Sampler.DDPM, **START}),
}
ROUNDING = {"bfloat16": 0.05, "float16": 0.006}
"""By how much of their own deviation pictures may differ; about twice of what was measured."""
PRIOR = 3.0
"""Kandinsky's prior is 25 steps more, and its tiny decoder knows only extremes."""


@pytest.fixture(scope="module")
def loaded(tiny_folder: Callable[[str], Path]) -> Load:
    @lru_cache
    def of(name: str, dtype: str) -> Model:
        more: dict[str, Any] = {}
        if name in ("sd15", "sdxl"):
            more["control"] = {"canny": tiny_folder(f"{name}_control")}
        if name == "sd15":
            more["clip_model"] = tiny_folder("clip")
        return load(found(tiny_folder(name), dtype=dtype, **more), torch.device("cpu"))

    return of


@pytest.fixture(autouse=True)
def small_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without spare rows, which would only take time."""
    monkeypatch.setattr(capacity, "CPU_MOST", capacity.FEWEST)


def asked(more: dict[str, Any]) -> ImageRequest:
    return request("a cat", ("a dog", -0.5), **{"sampler": Sampler.K_DPMPP_2M, "steps": 4} | more)


def picture(model: Model, wanted: ImageRequest) -> NDArray[np.int_]:
    """Drawn by an engine that remembers nothing."""
    loop = SamplingLoop()
    try:
        return draw(loop, model, wanted).astype(int)
    finally:
        loop.close()


@contextmanager
def default(dtype: str) -> Generator[None]:
    """What transformers and diffusers do to the whole process while they build another model."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@pytest.mark.parametrize("path", PATHS)
def test_rounding_is_all_that_changes(loaded: Load, path: str) -> None:
    name, more = PATHS[path]
    exact = picture(loaded(name, "float32"), asked(more))
    assert exact.std() > 10
    for dtype, most in ROUNDING.items():
        model = loaded(name, dtype)
        assert model.unet.dtype is getattr(torch, dtype)
        difference = np.abs(picture(model, asked(more)) - exact).mean() / exact.std()
        assert 0 < difference < most * (PRIOR if name == "kandinsky" else 1), dtype


@pytest.mark.parametrize("path", PATHS)
def test_another_model_that_is_loaded_changes_nothing(loaded: Load, path: str) -> None:
    name, more = PATHS[path]
    model = loaded(name, "float32")
    alone = picture(model, asked(more))
    with default("bfloat16"):
        assert (picture(model, asked(more)) == alone).all()


@pytest.mark.parametrize("more", [{}, START], ids=["noise", "start picture"])
@pytest.mark.parametrize("sampler", Sampler)
def test_no_sampler_minds_another_default(
    loaded: Load, sampler: Sampler, more: dict[str, Any]
) -> None:
    model, wanted = loaded("sd15", "float32"), asked({"sampler": sampler, **more})
    alone = picture(model, wanted)
    with default("float16"):
        assert (picture(model, wanted) == alone).all()


def test_previews_do_not_mind_it_either(loaded: Load) -> None:
    model = loaded("sd15", "float32")
    latents = torch.linspace(-2.0, 2.0, 256, dtype=torch.float32).reshape(4, 8, 8)
    alone = ColourMap(model).paint(latents)
    with torch.no_grad(), default("bfloat16"):
        assert (ColourMap(model).paint(latents) == alone).all()
