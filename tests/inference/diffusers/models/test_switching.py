"""A hundred switches of model leave the memory where it was."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from inference.backends.backend import DrawContext
from inference.backends.diffusers.backend import DiffusersBackend
from inference.backends.diffusers.models.residency import ModelStore
from tests.inference.diffusers.conditioning.models import request
from tests.inference.diffusers.models.catalogues import found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTLED = 0.2
"""After this share of the switches, what is loaded once and what the allocator keeps is there."""
MOST_GROWTH = 24_000_000
"""Bytes."""


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def count_tensors() -> int:
    gc.collect()
    # Some objects of the libraries warn of themselves when they are asked for their class.
    return sum(issubclass(type(one), torch.Tensor) for one in gc.get_objects())


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    """What was there before is not looked at: a collection of it all takes 0.2 s each."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize(
    ("names", "switches"), [(("flux_schnell", "flux_dev"), 100), (("sd15", "z_image"), 10)]
)
def test_memory_is_back_after_many_switches(
    tiny_folder: Callable[[str], Path], names: tuple[str, ...], switches: int
) -> None:
    engines = [found(tiny_folder(name), name) for name in names]
    largest = max(engine.located.elements for engine in engines if engine.located) * 4
    models = ModelStore(engines, torch.device("cpu"), int(largest * 1.1))
    backend = DiffusersBackend(models)
    seen: list[tuple[int, int]] = []
    pictures: dict[str, set[bytes]] = {name: set() for name in names}
    for switch in range(switches):
        name = names[switch % 2]
        asked = request("a cat", engine_id=name, cfg_scale=1.0, steps=1)
        pictures[name].add(backend.draw(asked, 7, DrawContext(lambda: False)))
        assert models.loaded == (name,)
        if switch + 1 in (int(switches * SETTLED), switches):
            seen.append((count_tensors(), resident_bytes()))
    backend.close()
    assert [len(found) for found in pictures.values()] == [1, 1]
    (tensors_before, bytes_before), (tensors, bytes_after) = seen
    assert tensors <= tensors_before
    assert bytes_after - bytes_before < MOST_GROWTH
