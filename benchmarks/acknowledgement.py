"""How soon and how cheaply the bot answers, beside a bot that only answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.harness.process import children, cpu_s
from benchmarks.harness.report import Aim, Figure, percentile
from benchmarks.harness.stage import Stage

if TYPE_CHECKING:
    from benchmarks.harness.load import Played
    from benchmarks.harness.plan import Plan
    from benchmarks.harness.process import Program

BASELINE = "bare discord.py bot"
CREDITS_RATE = 100
IMAGINE_RATE = 15
AT_ONCE = 8
WARM_UP = 20
ACK_RATIO = Aim(1.3, is_ratio=True)
CREDITS_CPU = Aim(2, is_ratio=True)
IMAGINE_ACK_RATIO = Aim(3, is_ratio=True)

Runs = defaultdict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Meter:
    """Takes the figures of one bot while it is under load."""

    stage: Stage
    bot: Program
    runs: Runs

    async def credits_(self, plan: Plan) -> None:
        """/credits at fixed times, then from members who each wait for the answer."""
        count = max(1, round(CREDITS_RATE * plan.seconds))
        before = self._cpu()
        played = await self.stage.play("credits", count=count, rate=CREDITS_RATE)
        self._note("credits", played, before)
        played = await self.stage.play("credits", count=count, at_once=AT_ONCE)
        self.runs["credits per second"].append(count / played.seconds)

    async def imagine(self, plan: Plan) -> None:
        """/imagine at fixed times, to the last picture."""
        count = max(1, round(IMAGINE_RATE * plan.seconds))
        before = self._cpu()
        played = await self.stage.play(
            "imagine", self.stage.picture(), count=count, rate=IMAGINE_RATE, until_picture=True
        )
        self._note("imagine", played, before)
        if played.pictures_s:
            self.runs["imagine picture s"].append(percentile(played.pictures_s, 0.5))

    def _cpu(self) -> tuple[float, float, float]:
        below = [pid for pids in children(self.bot.pid).values() for pid in pids]
        return cpu_s(self.bot.pid), sum(map(cpu_s, below)), cpu_s(self.stage.playground.pid)

    def _note(self, name: str, played: Played, before: tuple[float, float, float]) -> None:
        bot, below, playground = (now - then for now, then in zip(self._cpu(), before, strict=True))
        each = 1000 / len(played.acks_ms)
        self.runs[f"{name} p50"].append(percentile(played.acks_ms, 0.5))
        self.runs[f"{name} p99"].append(percentile(played.acks_ms, 0.99))
        self.runs[f"{name} bot cpu"].append(bot * each)
        self.runs[f"{name} children cpu"].append(below * each)
        self.runs[f"{name} playground share"].append(100 * playground / played.seconds)
        self.runs[f"{name} generator share"].append(100 * played.cpu_s / played.seconds)
        self.runs[f"{name} late p99"].append(percentile(played.late_ms, 0.99))


async def measure(plan: Plan) -> list[Figure]:
    """Both bots in turn on one playground."""
    ours, bare = Runs(list), Runs(list)
    async with Stage() as stage:
        await stage.rehearse()
        for _ in range(plan.runs):
            for program, runs in ((stage.atelier(), ours), (stage.bare(), bare)):
                async with program as bot:
                    await stage.play("credits", count=WARM_UP, rate=CREDITS_RATE)
                    await stage.play("imagine", stage.picture(), count=2, until_picture=True)
                    meter = Meter(stage, bot, runs)
                    await meter.credits_(plan)
                    await meter.imagine(plan)
    return _figures(ours, bare)


def _figures(ours: Runs, bare: Runs) -> list[Figure]:
    def beside(key: str, name: str, unit: str, aim: Aim | None = None) -> Figure:
        return Figure(name, unit, ours[key], BASELINE, bare[key], aim)

    credits_, imagine = f"/credits at {CREDITS_RATE}/s", f"/imagine at {IMAGINE_RATE}/s"
    figures = [
        beside("credits p50", f"{credits_}: acknowledged, p50", "ms"),
        beside("credits p99", f"{credits_}: acknowledged, p99", "ms", ACK_RATIO),
        beside("credits bot cpu", f"{credits_}: CPU of the bot for each", "ms", CREDITS_CPU),
        beside("credits per second", f"/credits from {AT_ONCE} at once", "per s"),
        beside("imagine p50", f"{imagine}: acknowledged, p50", "ms"),
        beside("imagine p99", f"{imagine}: acknowledged, p99", "ms", IMAGINE_ACK_RATIO),
        beside("imagine bot cpu", f"{imagine}: CPU of the bot for each job", "ms"),
        Figure(f"{imagine}: CPU of its children for each job", "ms", ours["imagine children cpu"]),
        Figure(f"{imagine}: from card to picture, p50", "s", ours["imagine picture s"]),
    ]
    for key, name in (("credits", credits_), ("imagine", imagine)):
        figures += [
            beside(f"{key} playground share", f"{name}: playground's use of a core", "%"),
            beside(f"{key} generator share", f"{name}: load generator's use of a core", "%"),
            beside(f"{key} late p99", f"{name}: load generator late, p99", "ms"),
        ]
    return figures
