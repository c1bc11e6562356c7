"""What a job takes beside its picture: an engine that answers at once, beside a bare bot."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.harness.metronome import ticking
from benchmarks.harness.report import Aim, Figure, percentile
from benchmarks.harness.stage import Stage

if TYPE_CHECKING:
    from benchmarks.harness.plan import Plan

BASELINE = "bare discord.py bot"
SHARE_OF_THE_JOBS = 4
AT_ONCE_A_SECOND = 10_000.0
"""All orders come before the first of them is answered."""

GUESTS = 50
"""A member has but four jobs at work at once."""

SIZE = "512x512"
WARM_UP = 8
THROUGHPUT = Aim(45, is_least=True)

Runs = defaultdict[str, list[float]]


async def measure(plan: Plan) -> list[Figure]:
    """Jobs one at a time, then all at once, in turn with the bare bot."""
    ours, bare = Runs(list), Runs(list)
    async with Stage(guests=GUESTS) as stage, ticking(0) as host:
        await stage.rehearse(SIZE, STABILITY_HOST=host)
        for _ in range(plan.runs):
            async with stage.atelier(STABILITY_HOST=host):
                await _play(stage, plan, ours)
            async with stage.bare():
                await _play(stage, plan, bare)
    return [
        Figure(f"job, {name}", unit, ours[name], BASELINE, bare[name], aim)
        for name, unit, aim in (
            ("command to picture, p50", "ms", None),
            ("command to picture, p99", "ms", None),
            ("all at once", "jobs/s", THROUGHPUT),
        )
    ]


async def _play(stage: Stage, plan: Plan, runs: Runs) -> None:
    options = stage.picture(SIZE)
    await stage.play("imagine", options, count=WARM_UP, at_once=WARM_UP, until_picture=True)
    few = max(1, plan.jobs // SHARE_OF_THE_JOBS)
    one_by_one = await stage.play("imagine", options, count=few, until_picture=True)
    for share in (0.5, 0.99):
        took_ms = 1000 * percentile(one_by_one.whole_s, share)
        runs[f"command to picture, p{round(share * 100)}"].append(took_ms)
    together = await stage.play(
        "imagine",
        options,
        count=plan.jobs,
        rate=AT_ONCE_A_SECOND,
        until_picture=True,
        members=[f"guest{number + 1}" for number in range(GUESTS)],
    )
    runs["all at once"].append(plan.jobs / together.seconds)
