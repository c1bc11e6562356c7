"""How long an upscale takes on one core: by the painter, and by Real-ESRGAN where it is there."""

from __future__ import annotations

import time
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.harness.report import Figure
from generation.catalogue.catalogue import OWN_SERVER
from inference.backends.backend import DrawContext
from inference.backends.painter.upscale import upscale
from inference.catalogue import load_entries
from inference.upscaling.order import UpscaleOrder
from inference.weights.engines import find_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness.plan import Plan

BASELINE = "Lanczos as PNG"
SIDES = {"esrgan-v1-x2plus": 512, "real-esrgan-x4": 256, "real-esrgan-x4plus": 128}
PAINTED = 512


async def measure(plan: Plan) -> list[Figure]:
    """Each engine in turn with a plain enlargement to the same size, in processor time."""
    painted = _order("atelier-painter-upscale", PAINTED, 2)
    works = {f"painter {_title(painted)}": (painted, lambda: upscale(painted, lambda: False))}
    if find_spec("ncnn") is not None:
        works |= _networks()
    figures: list[Figure] = []
    for name, (order, work) in works.items():
        ours: list[float] = []
        bare: list[float] = []
        for _ in range(plan.runs):
            ours.append(_ms(work))
            bare.append(_ms(lambda order=order: _plain(order)))
        figures.append(Figure(f"upscaling, {name}", "ms", ours, BASELINE, bare))
    return figures


def _networks() -> dict[str, tuple[UpscaleOrder, Callable[[], bytes]]]:
    entries = {entry.engine.id: entry for entry in load_entries(OWN_SERVER)}
    engines = [find_engine(entries[engine_id]) for engine_id in SIDES]
    backend = import_module("inference.backends.real_esrgan.backend").RealEsrganBackend(engines)
    works: dict[str, tuple[UpscaleOrder, Callable[[], bytes]]] = {}
    for engine in engines:
        order = _order(engine.engine.id, SIDES[engine.engine.id], engine.engine.factor)

        def work(order: UpscaleOrder = order) -> bytes:
            return backend.upscale(order, DrawContext(lambda: False))

        # Loading is not part of it.
        backend.upscale(_order(order.engine_id, 32, order.factor), DrawContext(lambda: False))
        works[f"{order.engine_id} {_title(order)}"] = (order, work)
    return works


def _order(engine_id: str, side: int, factor: int) -> UpscaleOrder:
    rows, columns = np.mgrid[:side, :side]
    waves = np.stack([np.sin(rows / 9), np.cos(columns / 7), np.sin((rows + columns) / 11)], axis=2)
    buffer = BytesIO()
    Image.fromarray((waves * 100 + 128).astype(np.uint8)).save(buffer, "PNG")
    return UpscaleOrder(
        engine_id=engine_id,
        image=buffer.getvalue(),
        size=(side, side),
        factor=factor,
        width=side * factor,
        height=side * factor,
    )


def _title(order: UpscaleOrder) -> str:
    return f"{order.size[0]} → {order.width}"


def _plain(order: UpscaleOrder) -> None:
    with Image.open(BytesIO(order.image)) as picture:
        larger = picture.resize((order.width, order.height), Image.Resampling.LANCZOS)
    larger.save(BytesIO(), "PNG", compress_level=2)


def _ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000
