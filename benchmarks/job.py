"""What a whole picture costs outside the painter: processor time of bot, server and workers."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.harness.process import children, cpu_s
from benchmarks.harness.report import Aim, Figure
from benchmarks.harness.stage import Stage
from media.marking.certificates import OwnIdentity
from media.marking.marks import Marks

if TYPE_CHECKING:
    from benchmarks.harness.plan import Plan
    from benchmarks.harness.process import Program

BASELINE = "bare discord.py bot"
SIZE = "512x512"
AT_ONCE = 2
SHARE_OF_THE_JOBS = 5
SIGNED = 20
PARTS = {
    "inference": "server",
    "quarantine.worker": "workers",
    "inference.backends.painter.worker": "painting",
}
"""What each child of the bot does, by its module."""

OVERHEAD = Aim(25)
AT_REST = Aim(1)


async def measure(plan: Plan) -> list[Figure]:
    """Jobs of the default size, two at once, in turn with the bare bot's answers."""
    ours: defaultdict[str, list[float]] = defaultdict(list)
    bare: list[float] = []
    count = max(1, plan.jobs // SHARE_OF_THE_JOBS)
    async with Stage() as stage:
        await stage.rehearse(SIZE)
        for _ in range(plan.runs):
            async with stage.atelier() as bot:
                await _jobs(stage, AT_ONCE)
                before = _used(bot)
                await _jobs(stage, count)
                _note(ours, before, _used(bot), count)
                ours["idle"].append(await _idle_share(bot, plan.seconds / 2))
            async with stage.bare() as bot:
                await _jobs(stage, AT_ONCE)
                used = cpu_s(bot.pid)
                await _jobs(stage, count)
                bare.append((cpu_s(bot.pid) - used) * 1000 / count)
            ours["marks"].append(await marking_ms(stage.delivered(SIZE).read_bytes()))
    name = f"job of {SIZE.replace('x', '×')}"
    return [
        Figure(f"{name}: outside the painter", "ms CPU", ours["all"], BASELINE, bare, OVERHEAD),
        Figure(f"{name}: the bot's part of that", "ms CPU", ours["bot"], BASELINE, bare, OVERHEAD),
        Figure(f"{name}: content credentials in the bot's part", "ms CPU", ours["marks"]),
        Figure(f"{name}: the inference server's part", "ms CPU", ours["server"]),
        Figure(f"{name}: the media workers' part", "ms CPU", ours["workers"]),
        Figure(f"{name}: painting", "ms CPU", ours["painting"]),
        Figure("bot at rest: use of a core", "%", ours["idle"], aim=AT_REST),
    ]


async def _jobs(stage: Stage, count: int) -> None:
    options = stage.picture(SIZE)
    await stage.play("imagine", options, count=count, at_once=AT_ONCE, until_picture=True)


def _used(bot: Program) -> dict[str, float]:
    """Processor seconds so far, by part."""
    used = {"bot": cpu_s(bot.pid), **dict.fromkeys(PARTS.values(), 0.0)}
    for module, pids in children(bot.pid).items():
        if module in PARTS:
            used[PARTS[module]] += sum(cpu_s(pid) for pid in pids)
    return used


def _note(
    runs: defaultdict[str, list[float]],
    before: dict[str, float],
    after: dict[str, float],
    count: int,
) -> None:
    each = {part: (after[part] - before[part]) * 1000 / count for part in after}
    each["all"] = sum(each.values()) - each["painting"]
    for part, spent in each.items():
        runs[part].append(spent)


async def _idle_share(bot: Program, seconds: float) -> float:
    used = cpu_s(bot.pid)
    await asyncio.sleep(seconds)
    return 100 * (cpu_s(bot.pid) - used) / seconds


async def marking_ms(data: bytes) -> float:
    """What signing a picture takes, as the bot does it once a job; in this process, apart."""
    with TemporaryDirectory() as folder:
        identity = OwnIdentity(Path(folder), lambda: datetime.now(UTC))
        async with Marks(identity, is_trained=bool, version="0") as marks:
            await marks.check()
            used = time.process_time()
            for _ in range(SIGNED):
                await marks.picture(data, "image/png", "atelier-painter")
            return (time.process_time() - used) * 1000 / SIGNED
