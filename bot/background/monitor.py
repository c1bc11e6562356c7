"""Watching what runs low: the account at the API, the disk and the engines.

Each trouble is told once when it begins and once when it is over.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from generation import credits as money
from generation.hosts.host import HostState
from jobs.operator_lines import size
from jobs.rules.disk import FLOOR_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.background.alerts import Alerts
    from bot.background.retention import Sweeper
    from generation.hosts.host import Host
    from generation.hosts.hosts import Hosts
    from jobs.rules.disk import Space

log = logging.getLogger(__name__)

EVERY_S = 180
LOW_BYTES = 5 * FLOOR_BYTES
LOW_FOR = timedelta(minutes=10)
LOOKS_BEFORE_ALARM = 2
"""An engine that does not answer or lists nothing for a moment is no news: it may be starting."""


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
    """Looks from time to time and tells the operator what changed.

    A balance is low once two readings `LOW_FOR` apart say so, with none between them that does not:
    what the API says of it can be stale.
    """

    def __init__(
        self,
        hosts: Hosts,
        space: Space,
        alerts: Alerts,
        now: Callable[[], datetime],
        *,
        low_balance_mc: int,
        low_bytes: int = LOW_BYTES,
    ) -> None:
        self._hosts = hosts
        self._space = space
        self._alerts = alerts
        self._now = now
        self._low_balance_mc = low_balance_mc
        self._low_bytes = low_bytes
        self._troubles: set[str] = set()
        self._unanswered: dict[Host, int] = {}
        self._low_since: dict[Host, datetime] = {}

    async def look(self) -> None:
        """Look once."""
        await self._hosts.check()
        for host in self._hosts.all:
            await self._look_at_host(host)
            await self._look_at_balance(host)
        await self._look_at_default()
        await self._look_at_disk()

    async def _look_at_host(self, host: Host) -> None:
        is_away = host.state is HostState.AWAY or host.is_starting
        self._unanswered[host] = self._unanswered.get(host, 0) + 1 if is_away else 0
        if 0 < self._unanswered[host] < LOOKS_BEFORE_ALARM:
            return
        await self._note(host.traits.name, self._hosts.problem_of(host), "works again")
        if host.state is HostState.READY:
            for engine_id in sorted(host.seen & self._hosts.drawable_ids):
                trouble = "" if host.lists(engine_id) else f"engine {engine_id} is not offered"
                await self._note(f"engine {engine_id}", trouble, "is offered again")

    async def _look_at_balance(self, host: Host) -> None:
        if host.balance_mc is None or host.state is not HostState.READY:
            return
        name = f"the balance at the API ({host.traits.name})"
        left = money.credits_of(money.balance(host.balance_mc))
        if host.balance_mc >= self._low_balance_mc:
            self._low_since.pop(host, None)
            await self._note(name, "", f"is {left} again")
        elif self._now() - self._low_since.setdefault(host, self._now()) >= LOW_FOR:
            trouble = f"the balance at the API is low: {left} left ({host.traits.name})"
            await self._note(name, trouble, "")

    async def _look_at_default(self) -> None:
        """Whether what the operator chose to draw with is offered."""
        wanted_id, drawn = self._hosts.wanted_id, self._hosts.default
        trouble = ""
        if wanted_id and drawn is not None and drawn.id != wanted_id:
            trouble = f"ATELIER_DEFAULT_ENGINE {wanted_id} is not offered; {drawn.id} draws instead"
        await self._note("ATELIER_DEFAULT_ENGINE", trouble, "is offered again")

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
