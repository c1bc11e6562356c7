"""Four large pictures from the engine's answer to the card, and the bot's loop under many jobs."""

from __future__ import annotations

import time
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.harness.lag_probe import FILE, lags_ms
from benchmarks.harness.metronome import ticking
from benchmarks.harness.process import children, cpu_s
from benchmarks.harness.report import Aim, Figure, percentile
from benchmarks.harness.stage import Stage
from benchmarks.job import marking_ms

if TYPE_CHECKING:
    from benchmarks.harness.plan import Plan
    from benchmarks.harness.process import Program

SIDE, COUNT = 1024, 4
BEAT_S = 0.2
JOBS_A_RUN = 3
RENDERED = 20
SIZE = "512x512"
GRAIN = 6.0
"""How much noise is on a soft picture: a PNG of it is as large as a model's, about 1.5 MB."""

READING, LAG = Aim(500), Aim(20)
PROBE = "benchmarks.harness.lag_probe"


async def measure(plan: Plan) -> list[Figure]:
    """Processor time of bot and workers for a job, signing taken off; then the loop's lag."""
    runs: defaultdict[str, list[float]] = defaultdict(list)
    picture = _picture()
    async with ticking(BEAT_S, lambda _size: picture) as host, Stage() as stage:
        await stage.grant()
        for _ in range(plan.runs):
            async with stage.atelier(STABILITY_HOST=host) as bot:
                runs["job"].append(await _job_ms(stage, bot))
            runs["signing"].append(COUNT * await marking_ms(picture))
            await _lags(stage, runs)
    runs["reading"] = [
        job - signing for job, signing in zip(runs["job"], runs["signing"], strict=True)
    ]
    name = f"{COUNT} pictures of {SIDE}×{SIDE} ({len(picture) / 1e6:.1f} MB each)"
    loop = f"the bot's loop while {RENDERED} jobs render"
    return [
        Figure(f"{name}: reading, checking, showing", "ms CPU", runs["reading"], aim=READING),
        Figure(f"{name}: signing", "ms CPU", runs["signing"]),
        Figure(f"{loop}: late, p99", "ms", runs["lag p99"], aim=LAG),
        Figure(f"{loop}: late, p50", "ms", runs["lag p50"]),
        Figure(f"{loop}: late, at most", "ms", runs["lag most"]),
    ]


def _picture() -> bytes:
    """A soft picture with some grain, as a PNG."""
    chance = np.random.default_rng(1)
    slopes = np.linspace(0, 160, SIDE)[:, None] + np.linspace(0, 60, SIDE)[None, :]
    grain = chance.normal(0, GRAIN, (SIDE, SIDE, 1)) + chance.normal(0, 1, (SIDE, SIDE, 3))
    pixels = np.clip(slopes[:, :, None] + 20 + grain, 0, 255).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


async def _job_ms(stage: Stage, bot: Program) -> float:
    options = stage.picture(f"{SIDE}x{SIDE}")
    options["prompt"] += f" --count {COUNT}"
    await stage.never_ask()
    await stage.play("imagine", options, count=1, until_picture=True)
    before = _used_s(bot)
    await stage.play("imagine", options, count=JOBS_A_RUN, until_picture=True)
    return (_used_s(bot) - before) * 1000 / JOBS_A_RUN


def _used_s(bot: Program) -> float:
    below = [pid for pids in children(bot.pid).values() for pid in pids]
    return cpu_s(bot.pid) + sum(map(cpu_s, below))


async def _lags(stage: Stage, runs: defaultdict[str, list[float]]) -> None:
    """The lag of the loop while the embedded painter draws many pictures at once."""
    options = stage.picture(SIZE)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "lags"
        async with stage.atelier(module=PROBE, **{FILE: str(file)}):
            await stage.play("imagine", options, count=2, at_once=2, until_picture=True)
            began = time.monotonic()
            await stage.play(
                "imagine", options, count=RENDERED, at_once=RENDERED, until_picture=True
            )
            ended = time.monotonic()
        late = lags_ms(file, began, ended)
    runs["lag p99"].append(percentile(late, 0.99))
    runs["lag p50"].append(percentile(late, 0.5))
    runs["lag most"].append(max(late))
