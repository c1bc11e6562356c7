"""Watching what runs low: the account at the API, the disk and the engines.

Each trouble is told once when it begins and once when it is over.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NoReturn

from generation import credits as money
from generation.errors import Unavailable
from jobs.operator_lines import size
from jobs.rules.disk import FLOOR_BYTES
from jobs.status import look_at

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.background.alerts import Alerts
    from bot.background.retention import Sweeper
    from generation.image.client import ImageClient
    from jobs.rules.disk import Space
    from jobs.status import EngineAccount

log = logging.getLogger(__name__)

EVERY_S = 180
LOW_BYTES = 5 * FLOOR_BYTES
LOOKS_BEFORE_ALARM = 2
"""An engine that does not answer for a moment is no news: it may be starting again."""


async def run_maintenance(sweeper: Sweeper, monitor: Monitor) -> NoReturn:
    """Erase what is old and then look, for as long as the bot runs."""
    while True:
        for work in (sweeper.sweep, monitor.look):
            try:
                await work()
            except Exception:
                log.exception("%s failed", work.__qualname__)
        await asyncio.sleep(EVERY_S)


class Monitor:
    """Looks from time to time and tells the operator what changed."""

    def __init__(
        self,
        client: ImageClient,
        space: Space,
        alerts: Alerts,
        *,
        engine_ids: Collection[str],
        low_balance_mc: int,
        low_bytes: int = LOW_BYTES,
    ) -> None:
        self._client = client
        self._space = space
        self._alerts = alerts
        self._engine_ids = engine_ids
        self._low_balance_mc = low_balance_mc
        self._low_bytes = low_bytes
        self._troubles: set[str] = set()
        self._unanswered = 0

    async def look(self) -> None:
        """Look once."""
        account = await look_at(self._client)
        await self._look_at_engines(account)
        if account.balance_mc is not None:
            await self._look_at_balance(account.balance_mc)
        await self._look_at_disk()

    async def _look_at_engines(self, account: EngineAccount) -> None:
        error = account.trouble
        self._unanswered = self._unanswered + 1 if isinstance(error, Unavailable) else 0
        if 0 < self._unanswered < LOOKS_BEFORE_ALARM:
            return
        trouble = f"the engine does not work, {type(error).__name__}: {error}" if error else ""
        await self._note("the engine", trouble, "works again")
        if error is None:
            offered = {engine.id for engine in account.engines if engine.ready}
            for engine_id in self._engine_ids:
                trouble = "" if engine_id in offered else f"engine {engine_id} is not offered"
                await self._note(f"engine {engine_id}", trouble, "is offered again")

    async def _look_at_balance(self, balance_mc: int) -> None:
        is_low = balance_mc < self._low_balance_mc
        left = money.credits_of(money.balance(balance_mc))
        trouble = f"the balance at the API is low: {left} left" if is_low else ""
        await self._note("the balance at the API", trouble, f"is {left} again")

    async def _look_at_disk(self) -> None:
        free_bytes = self._space.free_bytes
        trouble = ""
        if self._space.is_over_cap:
            kept, cap = size(self._space.kept_bytes), size(self._space.cap_bytes or 0)
            trouble = f"the kept results take {kept} of {cap}, and new jobs are refused"
        elif free_bytes is not None and free_bytes < self._low_bytes:
            floor = size(FLOOR_BYTES)
            trouble = f"the disk is low: {size(free_bytes)} left; below {floor} jobs are refused"
        await self._note("the disk", trouble, "has room again")

    async def _note(self, name: str, trouble: str, recovery: str) -> None:
        """Tell of a trouble that begins, or of one that is over."""
        if trouble and name not in self._troubles:
            self._troubles.add(name)
            await self._alerts.send(trouble)
        elif not trouble and name in self._troubles:
            self._troubles.discard(name)
            await self._alerts.send(f"{name} {recovery}", level=logging.WARNING)
