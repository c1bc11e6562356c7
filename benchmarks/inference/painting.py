"""How long the painter takes on one core, beside noise of the same size encoded the same way."""

from __future__ import annotations

import time
from io import BytesIO
from typing import TYPE_CHECKING, ParamSpec

import numpy as np
from PIL import Image

from benchmarks.harness.report import Aim, Figure
from generation.request import ImageRequest, TextPrompt
from inference.backends.painter.painter import Painter

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness.plan import Plan

P = ParamSpec("P")

BASELINE = "numpy noise as PNG"
COMPRESSION = 2
"""The painter's own level."""

SIDES = {512: Aim(300), 1024: None}
PROMPTS = (
    "a red lighthouse at dusk",
    "an old town in the rain, oil painting",
    "a forest of crystal",
    "portrait of a fox",
    "abstract currents in blue and gold",
)


async def measure(plan: Plan) -> list[Figure]:
    """Several prompts, each in turn with the noise; a run is their mean."""
    painter = Painter()
    painter.warm_up()
    figures: list[Figure] = []
    for side, aim in SIDES.items():
        ours: list[float] = []
        bare: list[float] = []
        for run in range(plan.runs):
            requests = _requests(side, run)
            times = [(_ms(_paint, painter, request), _ms(_noise, side)) for request in requests]
            ours.append(sum(own for own, _ in times) / len(times))
            bare.append(sum(base for _, base in times) / len(times))
        figures.append(Figure(f"painting {side}×{side}", "ms", ours, BASELINE, bare, aim))
    return figures


def _requests(side: int, run: int) -> list[ImageRequest]:
    return [
        ImageRequest(
            *("atelier-painter", (TextPrompt(text),), side, side),
            seed=run * len(PROMPTS) + number,
            steps=30,
            cfg_scale=7.0,
        )
        for number, text in enumerate(PROMPTS, start=1)
    ]


def _paint(painter: Painter, request: ImageRequest) -> bytes:
    return painter.draw(request, request.seed, lambda: False)


def _noise(side: int) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=COMPRESSION)
    return buffer.getvalue()


def _ms(act: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> float:
    # Processor time: the painter uses one thread, and others may want the core as well.
    began = time.process_time()
    act(*args, **kwargs)
    return (time.process_time() - began) * 1000
