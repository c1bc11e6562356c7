"""The fitted work of a row, beside torch's count of a call of that very size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from generation.catalogue.engine import VIDEO
from inference.backends.diffusers.models.flops import Sizes, row_flops, row_inputs
from inference.backends.diffusers.models.loader import load
from tests.inference.diffusers.models.catalogues import found

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inference.backends.diffusers.model import Model

META: Any = torch.device("meta")
ODD = 0.02
"""By how much the work may differ where a side cannot be halved evenly."""


@pytest.fixture(scope="module")
def loaded(tiny_folder: Callable[[str], Path]) -> Callable[[str], Model]:
    def of(name: str) -> Model:
        more: dict[str, Any] = {}
        if name in ("sd15", "sdxl"):
            more["control"] = {"canny": tiny_folder(f"{name}_control")}
        if name in ("svd", "wan"):
            more["kind"] = VIDEO
        return load(found(tiny_folder(name), **more), torch.device("cpu"))

    return of


def counted(model: Model, sizes: Sizes, control: str = "") -> float:
    """By torch, on a copy without weights."""
    network = model.controls[control] if control else model.unet
    with META, torch.no_grad():
        # Some buffers are made without regard to where the rest is.
        hollow = network.from_config(network.config).to(META)
        inputs = row_inputs(model, sizes, is_control=bool(control))
        with FlopCounterMode(display=False) as counter:
            hollow(**{name: _moved(value) for name, value in inputs.items()})
    return float(counter.get_total_flops())


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _moved(one) for name, one in value.items()}
    return value if value is None else value.to(META)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("sd15", Sizes(96, 64, 231)),
        ("sd15_inpaint", Sizes(64, 64, 77)),
        ("sdxl", Sizes(128, 72, 77)),
        ("kandinsky", Sizes(96, 96)),
        ("svd", Sizes(64, 32, frames=7)),
        ("wan", Sizes(24, 40, frames=5)),
    ],
)
def test_the_work_of_a_row_is_what_torch_counts(
    loaded: Callable[[str], Model], name: str, sizes: Sizes
) -> None:
    model = loaded(name)
    assert set(model.flops) == {"", *model.controls}
    expected = counted(model, sizes)
    assert row_flops(model, sizes) == pytest.approx(expected, rel=1e-6)
    for kind in model.controls:
        both = expected + counted(model, sizes, kind)
        assert row_flops(model, sizes, [kind]) == pytest.approx(both, rel=1e-6)


@pytest.mark.parametrize("side", [65, 71])
def test_uneven_sides_are_nearly_right(loaded: Callable[[str], Model], side: int) -> None:
    model, sizes = loaded("sd15"), Sizes(side, side, 77)
    assert row_flops(model, sizes) == pytest.approx(counted(model, sizes), rel=ODD)
