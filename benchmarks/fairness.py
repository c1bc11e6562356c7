"""How long light members wait beside one who ordered two hundred pictures, and at most."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.harness.metronome import ticking
from benchmarks.harness.process import BenchmarkError
from benchmarks.harness.report import Aim, Figure
from benchmarks.harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    import aiohttp

    from benchmarks.harness.plan import Plan

GUESTS = 20
ORDERS = 2
HEAVY = "mina"
HEAVY_ORDERS = 200
HEAVY_OPEN = 100
"""What moderators may allow a member to have open at a time; the rest follow as these end."""

MODERATOR = "ines"
BEAT_S = 3.0
SIZE = "512x512"
AT_ONCE = 8
RUNS = 2
WITHIN_S = 120
ROUNDS = 4
"""Of orders under sustained load, each as soon as the one before is there."""

NOT_SLOWER = Aim(1.5, is_ratio=True)
LONGEST = Aim(4.0, is_ratio=True)
"""An order may wait for those of others that are at work."""


class Audience:
    """Members who order and wait; `waits_s` are the seconds from each card to its picture."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._arrived: dict[str, asyncio.Event] = {}
        self._listener: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Begin to hear of pictures."""
        listening = asyncio.Event()
        self._listener = asyncio.create_task(self._hear(listening))
        await listening.wait()

    async def close(self) -> None:
        """Stop listening."""
        if self._listener:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)

    async def order(self, member: str, number: int) -> str:
        """Order a picture; the id of its card."""
        options = {"prompt": f"a wren --seed {number}", "size": SIZE}
        outcome = await self.use("imagine", options, member)
        if outcome["message"] is None or outcome["ephemeral"]:
            raise BenchmarkError(f"{member} was refused: {json.dumps(outcome)[:500]}")
        return outcome["message"]["id"]

    async def wait(self, member: str, number: int) -> float:
        """Order a picture and wait for it; how long that took in seconds."""
        began = time.perf_counter()
        await self.arrival(await self.order(member, number))
        return time.perf_counter() - began

    async def arrival(self, message_id: str) -> None:
        """Wait for the picture on a card."""
        async with asyncio.timeout(WITHIN_S):
            await self._arrived.setdefault(message_id, asyncio.Event()).wait()

    async def use(self, command: str, options: dict[str, Any], member: str) -> dict[str, Any]:
        """Use a command; the outcome."""
        where = {"member": member, "channel": "studio"}
        body = {"command": command, "options": options, **where}
        async with self._session.post("drive/invoke", json=body) as answer:
            return await answer.json()

    async def _hear(self, listening: asyncio.Event) -> None:
        async with self._session.get("drive/events", params={"member": HEAVY}) as response:
            async for raw in response.content:
                line = raw.decode()
                if line.startswith(": listening"):
                    listening.set()
                if line.startswith("data: ") and '"attachments":[{' in line:
                    event: dict[str, Any] = json.loads(line.removeprefix("data: "))
                    message_id: str = event["message"]["id"]
                    self._arrived.setdefault(message_id, asyncio.Event()).set()


async def measure(plan: Plan) -> list[Figure]:
    """Few orders of many members, in turn without and with many of one; then on and on."""
    alone: list[list[float]] = []
    beside: list[list[float]] = []
    for run in range(min(plan.runs, RUNS)):
        async with _studio(f"alone-{run}") as audience:
            alone.append(await _light(audience))
        async with _studio(f"beside-{run}") as audience, _heavy(audience):
            beside.append(await _light(audience))
    async with _studio("sustained") as audience, _heavy(audience):
        sustained = await _on_and_on(audience)
    name = f"{GUESTS} members with {ORDERS} orders each"
    mean = _mean(sustained)
    base = f"without one of {HEAVY_ORDERS}"
    return [
        Figure(f"{name}: mean wait", "s", *_runs(beside, alone, _mean, base), NOT_SLOWER),
        Figure(f"{name}: longest wait", "s", *_runs(beside, alone, max, base)),
        Figure(
            f"{GUESTS * ORDERS} orders at any time: longest wait",
            "s",
            [max(sustained)],
            "the mean wait",
            [mean],
            LONGEST,
        ),
    ]


def _mean(waits: Sequence[float]) -> float:
    return sum(waits) / len(waits)


def _runs(
    ours: list[list[float]], base: list[list[float]], figure: Any, name: str
) -> tuple[list[float], str, list[float]]:
    return [figure(waits) for waits in ours], name, [figure(waits) for waits in base]


@asynccontextmanager
async def _studio(state: str) -> AsyncGenerator[Audience]:
    """Atelier with the metronome as its engine; nobody is refused for having many orders."""
    async with (
        ticking(BEAT_S) as host,
        Stage(guests=GUESTS) as stage,
        stage.atelier(state, STABILITY_HOST=host),
    ):
        await stage.grant(state)
        audience = Audience(stage.session)
        await audience.use("limits caps", {"open_jobs": HEAVY_OPEN}, MODERATOR)
        await audience.listen()
        try:
            yield audience
        finally:
            await audience.close()


@asynccontextmanager
async def _heavy(audience: Audience) -> AsyncGenerator[None]:
    """One member fills the queue as far as it is allowed, and goes on until all is ordered."""
    numbers = iter(range(HEAVY_ORDERS))
    room = asyncio.Semaphore(AT_ONCE)
    ordered: list[str] = []
    full = asyncio.Event()

    async def one_after_the_other() -> None:
        for number in numbers:
            async with room:
                message_id = await audience.order(HEAVY, number)
            ordered.append(message_id)
            if len(ordered) >= HEAVY_OPEN:
                full.set()
            await audience.arrival(message_id)

    lines = [asyncio.create_task(one_after_the_other()) for _ in range(HEAVY_OPEN)]
    await full.wait()
    try:
        yield
    finally:
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)


async def _light(audience: Audience) -> list[float]:
    waits = [
        audience.wait(f"guest{guest + 1}", number)
        for number in range(ORDERS)
        for guest in range(GUESTS)
    ]
    return await asyncio.gather(*waits)


async def _on_and_on(audience: Audience) -> list[float]:
    """Members who order anew as soon as a picture is there."""

    async def keep_ordering(guest: int) -> list[float]:
        return [await audience.wait(f"guest{guest + 1}", number) for number in range(ROUNDS)]

    waits = [keep_ordering(guest) for guest in range(GUESTS) for _ in range(ORDERS)]
    return [wait for found in await asyncio.gather(*waits) for wait in found]
