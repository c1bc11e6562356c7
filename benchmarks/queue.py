"""Ten thousand waiting jobs: what they cost the bot in memory and processor while they wait."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.harness.metronome import ticking
from benchmarks.harness.process import cpu_s, rss_mb
from benchmarks.harness.report import Aim, Figure
from benchmarks.harness.stage import Stage
from bot.clock import now
from generation.request import ImageRequest, TextPrompt
from jobs.delivery import Shown
from jobs.orders.image import ImageOrder
from jobs.runner.durable import WorkflowRunner
from jobs.runner.queues import QueueClass, QueueLimits
from storage.database import Database, sqlite_url
from storage.jobs.jobs import Job, JobState, JobStore

if TYPE_CHECKING:
    from benchmarks.harness.plan import Plan
    from benchmarks.harness.process import Program
    from jobs.workflow import Outcome
    from storage.database import Transaction

WAITING = 10_000
MEMBERS = 500
IN_A_TRANSACTION = 500
NEVER_S = 24 * 3600.0
SETTLING_S = 5.0
ENGINE_ID = "stable-diffusion-v1-5"
BASELINE = "the same bot without jobs"

MEMORY = Aim(250)


class _Standstill:
    """Steps that never end, so that what is enqueued goes on waiting."""

    queue = QueueClass.SAMPLED

    async def generate(self, job_id: str) -> Outcome:
        await asyncio.Event().wait()
        return {"over": True}

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> Shown:
        return Shown()

    async def close(self, job_id: str, failure: dict[str, Any] | None, shown: Shown) -> None:
        return

    async def give_up(self, job_id: str) -> Shown:
        return Shown()


async def measure(plan: Plan) -> list[Figure]:
    """The bot with its queue full and an engine that does not answer, beside one without jobs."""
    full: dict[str, list[float]] = {"memory": [], "core": []}
    empty: dict[str, list[float]] = {"memory": [], "core": []}
    with TemporaryDirectory(prefix="atelier-queue-") as folder:
        state = Path(folder) / "full"
        state.mkdir()
        await _fill(state / "atelier.sqlite")
        async with Stage() as stage, ticking(NEVER_S) as host:
            for name, figures in (("empty", empty), ("full", full)):
                settings = {"STABILITY_HOST": host, "ATELIER_STATE": str(Path(folder) / name)}
                async with stage.atelier(**settings) as bot:
                    await asyncio.sleep(min(SETTLING_S, plan.seconds))
                    figures["core"].append(await _share(bot, plan.seconds))
                    figures["memory"].append(rss_mb(bot.pid))
    waiting = f"{WAITING:,} waiting jobs"
    return [
        Figure(f"memory with {waiting}", "MB", full["memory"], BASELINE, empty["memory"], MEMORY),
        Figure(f"use of a core with {waiting}", "%", full["core"], BASELINE, empty["core"]),
    ]


async def _fill(file: Path) -> None:
    database = await Database.open(sqlite_url(file))
    engine = WorkflowRunner(
        database, {ImageOrder.kind: _Standstill()}, QueueLimits(process=1, member=1)
    )
    await engine.launch()
    store = JobStore(now)
    for first in range(0, WAITING, IN_A_TRANSACTION):

        def unit(connection: Transaction, first: int) -> None:
            for number in range(first, first + IN_A_TRANSACTION):
                job = _job(number)
                store.add(connection, job)
                engine.enqueue(connection, job.kind, job.id, f"1:{job.member_id}")

        await database.write(unit, first)
    await engine.close()
    await database.close()


def _job(number: int) -> Job:
    prompts = (TextPrompt("a red lighthouse at dusk"),)
    request = ImageRequest(ENGINE_ID, prompts, 512, 512, number, 30, 7.0)
    order = ImageOrder(prompt="a red lighthouse", title="a red lighthouse", requests=(request,))
    return Job(
        id=f"job{number}",
        key=f"key{number}",
        kind=order.kind,
        state=JobState.WAITING,
        guild_id=1,
        channel_id=1,
        message_id=None,
        member_id=1 + number % MEMBERS,
        interaction_token=None,
        engine_id=ENGINE_ID,
        spec=order.to_json(),
        price_mc=200,
        accepted_at=now(),
    )


async def _share(bot: Program, seconds: float) -> float:
    used = cpu_s(bot.pid)
    await asyncio.sleep(seconds)
    return 100 * (cpu_s(bot.pid) - used) / seconds
