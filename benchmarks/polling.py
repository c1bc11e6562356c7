"""How soon a finished film is noticed: 10,000 outstanding, beside fixed intervals and the optimum.

The delays are simulated in a time of their own, with the real queue: films start at random, take
a lognormal time, and starts and polls share the account's rate. The optimum is a lower bound for
any way of polling that knows the true distribution: by Lagrange's rule, what the best plan costs
at a price for each poll, less the price of the polls that there are turns for, at the price where
that is most. Processor and memory are measured with real requests to a server on loopback.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

from benchmarks.harness.process import cpu_s, rss_mb
from benchmarks.harness.report import Aim, Figure, percentile
from generation.video.client import VideoClient, VideoEndpoint
from generation.video.poll_queue import SPACING_S, PollQueue, Watched
from generation.video.poll_schedule import best_plan
from generation.video.poller import Poller

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from benchmarks.harness.plan import Plan
    from generation.video.client import Video
    from generation.video.durations import Durations

VIDEOS = 10_000
RATE_PER_S = 13.5
"""What storage.rates lets through in a long row of 150 requests in 10 s."""

STARTS_PER_S = 4.5
SPREAD = 0.3
TYPICAL_S = VIDEOS / STARTS_PER_S
"""Little's law: that many are outstanding at that rate of starts, a little less when noticed."""

GUESS = 0.7
"""What the poller is told at first, as a share of the truth."""

WARM_UP, LENGTH = 2.5, 5.0
"""How long is simulated, in typical durations; what comes before the first is not counted."""

SHORTEST_PLAN_S = 1.0
BASELINE, OPTIMUM = "fixed interval", "computed optimum"
IN_PROGRESS = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}"

MakeQueue = Callable[[float], PollQueue]


class FixedInterval(PollQueue):
    """Asks for every film each ten seconds, or as soon after as its turn comes."""

    def _adjust(self, now: float) -> None:
        pass

    def _due(self, video: Watched, price_s: float) -> float:
        return max(video.not_before, video.began + video.unfinished_s + SPACING_S)


class Truth:
    """The distribution that the films really have, in place of a learned one."""

    def __init__(self, typical_s: float) -> None:
        self.typical_s = typical_s
        self._log = NormalDist(math.log(typical_s), SPREAD)

    def share_by(self, age_s: float) -> float:
        return self._log.cdf(math.log(age_s)) if age_s > 0 else 0.0

    def age_of(self, share: float) -> float:
        return math.exp(self._log.inv_cdf(share))


@dataclass(slots=True)
class Outcome:
    """What one simulated run came to."""

    delays_s: list[float] = field(default_factory=list[float])
    outstanding: list[int] = field(default_factory=list[int])
    polls: int = 0
    busy_s: float = 0.0
    lasted_s: float = 0.0

    @property
    def mean_s(self) -> float:
        return sum(self.delays_s) / max(1, len(self.delays_s))


async def measure(plan: Plan) -> list[Figure]:
    """Delays by simulation, then processor and memory by real requests."""
    # As many films as the plan is long: the full number at its default.
    scale = min(1.0, plan.seconds / 10)
    runs = min(plan.runs, 2)
    ours = [simulate(_ours, scale, seed) for seed in range(runs)]
    fixed = [simulate(lambda _typical_s: FixedInterval(), scale, seed) for seed in range(runs)]
    best_s = optimum_s()
    cpu, rss, polls_per_s, most = await _polled(int(VIDEOS * scale), plan.seconds)
    held = [max(run.outstanding) for run in ours]
    return [
        Figure(
            "detection delay, mean",
            "s",
            [run.mean_s for run in ours],
            OPTIMUM,
            [best_s],
            Aim(1.25, is_ratio=True),
        ),
        Figure(
            "detection delay, mean",
            "s",
            [run.mean_s for run in ours],
            BASELINE,
            [run.mean_s for run in fixed],
            Aim(1.0, is_ratio=True),
        ),
        Figure(
            "detection delay, p99",
            "s",
            [percentile(run.delays_s, 0.99) for run in ours],
            BASELINE,
            [percentile(run.delays_s, 0.99) for run in fixed],
        ),
        Figure("films outstanding, most", "", held),
        Figure(
            "polls", "per s", [run.polls / run.lasted_s for run in ours], aim=Aim(RATE_PER_S + 0.01)
        ),
        Figure("planning, of a core", "%", [100 * run.busy_s / run.lasted_s for run in ours]),
        Figure("real polls", "per s", [polls_per_s]),
        Figure("most real polls in 10 s", "", [most], aim=Aim(150.5)),
        Figure("real polls, of a core", "%", [cpu]),
        Figure("memory for the films", "MB", [rss]),
        Figure("memory of the process", "MB", [rss_mb(os.getpid())]),
    ]


def simulate(make_queue: MakeQueue, scale: float, seed: int) -> Outcome:
    """Run one queue against films that start at random, turn by turn."""
    dice, outcome = random.Random(seed), Outcome()
    rate, starts = RATE_PER_S * scale, STARTS_PER_S * scale
    queue, ends = make_queue(rate), dict[str, float]()
    numbers, now, start_at = count(), 0.0, 0.0
    warm_s, until_s = WARM_UP * TYPICAL_S, LENGTH * TYPICAL_S
    began = time.process_time()
    while now < until_s:
        if start_at <= now:
            result_id = str(next(numbers))
            ends[result_id] = now + dice.lognormvariate(math.log(TYPICAL_S), SPREAD)
            queue.add(result_id, "svd", now)
            start_at += dice.expovariate(starts)
        elif queue.due_in(now) == 0 and (result_id := queue.take(now)):
            outcome.polls += 1
            _answer(queue, ends, result_id, now, outcome if now > warm_s else Outcome())
        now += 1 / rate
        if now > warm_s:
            outcome.outstanding.append(len(ends))
    outcome.busy_s, outcome.lasted_s = time.process_time() - began, now
    return outcome


def optimum_s() -> float:
    """No way of polling with these turns has a smaller mean delay in seconds."""
    truth: Durations = Truth(TYPICAL_S)  # pyright: ignore[reportAssignmentType]
    polls_per_video = RATE_PER_S / STARTS_PER_S - 1
    bounds: list[float] = []
    price_s = SHORTEST_PLAN_S
    while price_s < TYPICAL_S:
        plan = best_plan(truth, price_s, SPACING_S)
        bounds.append(plan.delay_s + price_s * (plan.looks - polls_per_video))
        price_s *= 1.05
    return max(bounds)


def _ours(rate: float) -> PollQueue:
    return PollQueue({"svd": GUESS * TYPICAL_S}, rate)


def _answer(
    queue: PollQueue, ends: dict[str, float], result_id: str, now: float, outcome: Outcome
) -> None:
    if ends[result_id] > now:
        queue.not_yet(result_id, now)
        return
    outcome.delays_s.append(now - ends.pop(result_id))
    queue.finished(result_id, now)


class Metronome:
    """A pace of its own: one turn after the other, at the account's rate."""

    def __init__(self) -> None:
        self.slots: list[float] = []

    async def wait(self) -> None:
        last = self.slots[-1] if self.slots else 0.0
        await asyncio.sleep(last + 1 / RATE_PER_S - time.monotonic())
        self.slots.append(time.monotonic())

    async def hold_off(self, pause: timedelta) -> None:
        raise AssertionError(f"the server asked for a pause of {pause}")


async def _polled(videos: int, seconds: float) -> tuple[float, float, float, int]:
    """Processor (% of a core), memory (MB), polls a second and the most polls within ten."""
    before_mb, pace = rss_mb(os.getpid()), Metronome()
    async with _in_progress() as base, VideoClient(VideoEndpoint(base)) as client:

        async def ask(result_id: str) -> Video | None:
            return await client.fetch(result_id, Path("never.mp4"))

        queue = PollQueue({"svd": 60.0}, RATE_PER_S)
        async with Poller(ask, queue, pace=pace) as poller:
            waiting = [
                asyncio.create_task(poller.result(f"{n:064x}", "svd", timedelta(seconds=n % 600)))
                for n in range(videos)
            ]
            await asyncio.sleep(1)
            began, cpu = time.monotonic(), cpu_s(os.getpid())
            await asyncio.sleep(seconds)
            lasted = time.monotonic() - began
            used = 100 * (cpu_s(os.getpid()) - cpu) / lasted
            held_mb = rss_mb(os.getpid()) - before_mb
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
    within = [sum(at <= turn < at + 10 for turn in pace.slots) for at in pace.slots]
    polls = sum(began <= turn < began + lasted for turn in pace.slots)
    return used, held_mb, polls / lasted, max(within)


@asynccontextmanager
async def _in_progress() -> AsyncGenerator[str]:
    """A server to which every film is in progress; the client's share is what is measured."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(IN_PROGRESS)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
