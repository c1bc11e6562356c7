"""How the whole is doing: the account at the API, engines, guilds, jobs and disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage import overview
from storage.ledger.periods import IN_UTC, Period

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from generation.hosts.hosts import Hosts
    from generation.image.client import EngineInfo
    from jobs.guilds import Guilds, Spending
    from jobs.rules.disk import Space
    from storage.database import Database
    from storage.jobs.jobs import JobState
    from storage.overview import Billed


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAccount:
    """What a host says: its engines, and the balance in millicredits where there is one.

    `problem` is what is wrong with it since that instant, empty where nothing is.
    """

    name: str
    engines: Sequence[EngineInfo] = ()
    balance_mc: int | None = None
    problem: str = ""
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One look at everything; without hosts where nobody can be asked."""

    hosts: Sequence[HostAccount] | None
    guilds: Sequence[Spending]
    open_jobs: Mapping[JobState, int]
    billed: Mapping[str, Billed] = field(default_factory=dict[str, "Billed"])
    kept_bytes: int
    cap_bytes: int | None
    free_bytes: int | None


class Survey:
    """Looks at everything that the operator answers for."""

    def __init__(
        self,
        hosts: Hosts | None,
        guilds: Guilds,
        database: Database,
        space: Space,
        now: Callable[[], datetime],
    ) -> None:
        self._hosts = hosts
        self._guilds = guilds
        self._database = database
        self._space = space
        self._now = now

    async def take(self) -> Status:
        """Look at all of it now."""
        month = IN_UTC.start_of(self._now(), Period.MONTH)
        return Status(
            hosts=await look_at(self._hosts) if self._hosts else None,
            guilds=await self._guilds.all(),
            open_jobs=await self._database.read(overview.open_jobs),
            billed=await self._database.read(overview.billed, month),
            kept_bytes=await self._database.read(overview.kept_bytes),
            cap_bytes=self._space.cap_bytes,
            free_bytes=self._space.free_bytes,
        )


async def look_at(hosts: Hosts) -> Sequence[HostAccount]:
    """What each host says now, or why it does not."""
    await hosts.check()
    return [
        HostAccount(
            name=host.traits.name,
            engines=host.listed,
            balance_mc=host.balance_mc,
            problem=hosts.problem_of(host),
            since=host.since,
        )
        for host in hosts.all
    ]
