"""Stability's REST API in a campaign: it does with each submit what its seed says, and counts."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from tests.chaos.plan import PaidFate
from tests.generation.stability.service import (
    BROKEN,
    FLAGGED,
    RATE,
    Service,
    hangs_up,
    refusal,
    serving,
)

if TYPE_CHECKING:
    from aiohttp import web

    from tests.chaos.plan import Order
    from tests.generation.stability.service import Submitted

SEEDS_EACH = 10
"""So many seeds belong to one order: its pictures count on from the first."""

SLOWEST_PICTURE_S = 0.8


class StabilityFates(Service):
    """Plays the fates; it can go away and come back on the same port.

    `taken` are the submits by seed that were paid, answered or not.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(credits=1_000_000)
        self.placed: list[Order] = []
        self.taken: Counter[int] = Counter()
        self.filtered: set[int] = set()
        self.port = 0
        self._chance = random.Random(seed)
        self._stumbled: set[int] = set()
        self._server = AsyncExitStack()

    def place(self, order: Order) -> tuple[str, int]:
        """The words and a seed by which an order is known here, other ones for each try."""
        self.placed.append(order)
        number = len(self.placed) - 1
        return f"{order.fate} wren {number}.", number * SEEDS_EACH + 1

    async def start(self) -> None:
        base = await self._server.enter_async_context(serving(self, self.port))
        self.port = int(base.rpartition(":")[2])

    async def stop(self) -> None:
        server, self._server = self._server, AsyncExitStack()
        await server.aclose()

    async def draws(self, request: web.Request, submitted: Submitted) -> web.StreamResponse:
        seed = int(submitted.texts["seed"])
        fate = self.placed[seed // SEEDS_EACH].fate
        is_first = seed not in self._stumbled
        self._stumbled.add(seed)
        if fate == PaidFate.DECLINED and seed % SEEDS_EACH == 1:
            return refusal(403, "content_moderation", FLAGGED)
        if fate == PaidFate.BUSY and is_first:
            return refusal(429, "rate_limit_exceeded", RATE, retry_after="1")
        if fate == PaidFate.FAILING and is_first:
            return refusal(500, "internal_error", BROKEN)
        self.taken[seed] += 1
        if fate == PaidFate.LOST and is_first:
            return await hangs_up(request)
        await asyncio.sleep(self._chance.uniform(0, SLOWEST_PICTURE_S))
        self.filters = fate == PaidFate.FILTERED and seed % SEEDS_EACH == 1
        if self.filters:
            self.filtered.add(seed)
        return await super().draws(request, submitted)

    def taken_again(self) -> Counter[int]:
        """How many submits more than one each order's pictures had, by the order's number."""
        again: Counter[int] = Counter()
        for seed, times in self.taken.items():
            again[seed // SEEDS_EACH] += times - 1
        return again
