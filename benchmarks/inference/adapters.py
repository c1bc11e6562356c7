"""What LoRAs cost on a tiny SDXL: to load, to switch, to draw with, and in memory."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import warnings
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.harness.report import Aim, Figure
from generation.request import ImageRequest, Lora, Sampler, TextPrompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness.plan import Plan

NAMES = ("ink", "grain")
SWITCHES = 100
KB = 1024.0


async def measure(plan: Plan) -> list[Figure]:
    """Nothing where torch is missing."""
    if find_spec("torch") is None:
        print("adapters: skipped, torch is missing (make inference)", file=sys.stderr)
        return []
    return await asyncio.to_thread(_measure, plan)


def _measure(plan: Plan) -> list[Figure]:
    import torch

    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        model = _open_model(Path(folder))
        loads, switches, growths = zip(*(_switched(model) for _ in range(plan.runs)), strict=True)
        _drawn_ms(model, ())
        with_one = [_drawn_ms(model, (Lora("ink", 0.8),)) for _ in range(plan.runs)]
        without = [_drawn_ms(model, ()) for _ in range(plan.runs)]
        size = sum(file.elements * model.dtype.itemsize for file in model.loras.values())
    return [
        Figure("LoRA of a tiny SDXL from its file", "ms", loads),
        Figure("switch between two LoRAs", "ms", switches, aim=Aim(10)),
        Figure("picture with a LoRA, 20 steps", "ms", with_one, "without", without),
        Figure("memory of two LoRAs", "KB", [size / KB]),
        Figure("tensors more after 100 switches", "KB", growths, aim=Aim(1)),
    ]


def _open_model(folder: Path) -> Any:
    from inference.backends.diffusers.model import Family
    from inference.weights.adapters import Widths, find_loras, room_elements
    from tests.inference.diffusers import tiny
    from tests.inference.diffusers.adapters import files
    from tests.inference.diffusers.conditioning.models import open_model

    model = open_model(tiny.sdxl(folder / "sdxl"), Family.SDXL)
    for seed, name in enumerate(NAMES):
        files.saved(folder / "loras" / f"{name}.safetensors", files.kohya(model, seed))
    width = int(model.unet.config.cross_attention_dim)
    loras = find_loras(folder / "loras", Widths(width, ()))
    return replace(model, loras=loras, lora_room=room_elements(loras) * model.dtype.itemsize)


def _switched(model: Any) -> tuple[float, float, float]:
    """Milliseconds to load one and to switch, and KB of tensors more after many switches."""
    from inference.backends.diffusers.adapters.loras import Loras

    loras = Loras()
    requests = [_request((Lora(name),)) for name in NAMES]
    load = _ms(lambda: loras.take(model, requests[0]))
    sets = [loras.take(model, request) for request in requests]
    before = _tensors_kb()
    switch = _ms(lambda: [loras.activate(model, sets[turn % 2]) for turn in range(SWITCHES)])
    loras.activate(model, ())
    return load, switch / SWITCHES, _tensors_kb() - before


def _drawn_ms(model: Any, loras: tuple[Lora, ...]) -> float:
    from tests.inference.diffusers.sampling.engine import latents

    return _ms(lambda: latents(model, [_request(loras)]))


def _request(loras: tuple[Lora, ...]) -> ImageRequest:
    return ImageRequest(
        *("tiny", (TextPrompt("a cat"),), 64, 64, 7, 20, 5.0),
        sampler=Sampler.K_EULER,
        loras=loras,
    )


def _ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _tensors_kb() -> float:
    """What all tensors of the process hold."""
    import torch

    gc.collect()
    # Some of its old names warn when they are only looked at.
    warnings.simplefilter("ignore", FutureWarning)
    tensors = [one for one in gc.get_objects() if isinstance(one, torch.Tensor)]
    return sum(one.numel() * one.element_size() for one in tensors) / KB
