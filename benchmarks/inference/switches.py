"""A switch of model on tiny models: until the other one draws, and what the memory grows by."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.harness.report import Aim, Figure

if TYPE_CHECKING:
    from benchmarks.harness.plan import Plan

SWITCHES = 20
"""In a run; half of them to either model."""
GROWTH_MB = 1.0
"""The most that the memory may grow by in a switch, once it has settled."""


async def measure(plan: Plan) -> list[Figure]:
    """Nothing where torch is missing."""
    if find_spec("torch") is None:
        print("switches: skipped, torch is missing (make inference)", file=sys.stderr)
        return []
    return await asyncio.to_thread(_measure, plan)


def _measure(plan: Plan) -> list[Figure]:
    import torch

    torch.set_num_threads(1)
    figures: list[Figure] = []
    with TemporaryDirectory() as folder:
        for label, names in _PAIRS.items():
            switching, growth, staying = list[float](), list[float](), list[float]()
            backend, ids = _open_backend(Path(folder) / label, names)
            _switch(backend, ids)
            for _ in range(plan.runs):
                before = _resident_mb()
                switching.append(_switch(backend, ids))
                growth.append(max(_resident_mb() - before, 0.0) / SWITCHES)
                staying.append(_switch(backend, ids[:1]))
            backend.close()
            figures += [
                Figure(f"picture after a switch, {label}", "ms", switching, "no switch", staying),
                Figure(f"growth by a switch, {label}", "MB", growth, aim=Aim(GROWTH_MB)),
            ]
    return figures


_PAIRS = {"SD 1.5 and SDXL": ("sd15", "sdxl"), "FLUX and SD 3": ("flux_schnell", "sd3")}


def _open_backend(folder: Path, names: tuple[str, ...]) -> tuple[Any, list[str]]:
    """A backend whose device has room for the larger of the models alone."""
    import torch

    from inference.backends.diffusers.backend import DiffusersBackend
    from inference.backends.diffusers.models.residency import ModelStore
    from tests.inference.diffusers import tiny, tiny_generic
    from tests.inference.diffusers.models.catalogues import found

    builders = vars(tiny) | vars(tiny_generic)
    folder.mkdir()
    engines = [found(builders[name](folder / name), name) for name in names]
    largest = max(engine.located.elements for engine in engines if engine.located) * 4
    store = ModelStore(engines, torch.device("cpu"), int(largest * 1.1))
    return DiffusersBackend(store), list(names)


def _switch(backend: Any, ids: list[str]) -> float:
    """Milliseconds of a picture of one step, from each engine in turn."""
    from inference.backends.backend import DrawContext
    from tests.inference.diffusers.conditioning.models import request

    began = time.perf_counter()
    for number in range(SWITCHES):
        asked = request("a cat", engine_id=ids[number % len(ids)], cfg_scale=1.0, steps=1)
        backend.draw(asked, 7, DrawContext(lambda: False))
    return (time.perf_counter() - began) * 1000 / SWITCHES


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
