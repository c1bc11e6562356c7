"""From the start of the process to the ready line, and the memory it takes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.harness.process import children, rss_mb
from benchmarks.harness.report import Aim, Figure
from benchmarks.harness.stage import Stage

if TYPE_CHECKING:
    from benchmarks.harness.plan import Plan

BASELINE = "bare discord.py bot"
RATE = 15
CHILDREN = {
    "inference": "inference server",
    "inference.backends.painter.worker": "painter",
    "quarantine.worker": "media worker",
}
READY = Aim(2.0)
MEMORY = Aim(180)


async def measure(plan: Plan) -> list[Figure]:
    """Starts in turn, and one run of many jobs."""
    ours: defaultdict[str, list[float]] = defaultdict(list)
    bare: defaultdict[str, list[float]] = defaultdict(list)
    async with Stage() as stage:
        await stage.rehearse()
        for number in range(plan.runs):
            async with stage.atelier() as bot:
                ours["ready"].append(bot.ready_s)
                ours["rss"].append(rss_mb(bot.pid))
            async with stage.bare() as bot:
                bare["ready"].append(bot.ready_s)
                bare["rss"].append(rss_mb(bot.pid))
            async with stage.atelier(f"fresh-{number}") as bot:
                ours["first"].append(bot.ready_s)
        for bot_, runs in ((stage.atelier(), ours), (stage.bare(), bare)):
            async with bot_ as bot:
                options = stage.picture()
                await stage.play("imagine", options, count=plan.jobs, rate=RATE, until_picture=True)
                runs["rss later"].append(rss_mb(bot.pid))
                for module, pids in children(bot.pid).items():
                    runs[module] += [rss_mb(pid) for pid in pids]
    later = f"memory after {plan.jobs} jobs"
    return [
        Figure("start to ready", "s", ours["ready"], BASELINE, bare["ready"], READY),
        Figure("first start to ready, empty folder", "s", ours["first"], BASELINE, bare["ready"]),
        Figure("memory of the bot after its start", "MB", ours["rss"], BASELINE, bare["rss"]),
        Figure(f"{later}: the bot", "MB", ours["rss later"], BASELINE, bare["rss later"], MEMORY),
        *(
            Figure(f"{later}: each {name}", "MB", ours[module])
            for module, name in CHILDREN.items()
            if ours[module]
        ),
    ]
