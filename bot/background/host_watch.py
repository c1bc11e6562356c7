"""Asking hosts again that do not answer, so that their engines are offered as soon as they do."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from generation.hosts.host import HostState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from generation.hosts.host import Host
    from generation.hosts.hosts import Hosts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostBackoff:
    """The pauses between two checks of a host that is away, doubled each time, and of one off."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(seconds=15)
    off: timedelta = timedelta(seconds=60)


async def watch_hosts(
    hosts: Hosts,
    backoff: HostBackoff | None = None,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Watch all hosts until cancelled; those whose settings cannot be used are left alone."""
    pauses = backoff or HostBackoff()
    await asyncio.gather(*(_watch(hosts, host, pauses, sleep) for host in hosts.all))


async def _watch(
    hosts: Hosts, host: Host, backoff: HostBackoff, sleep: Callable[[float], Awaitable[object]]
) -> None:
    pause = backoff.first
    while host.state is not HostState.UNUSABLE:
        if host.state is HostState.READY and not host.is_starting:
            pause = backoff.first
            # A job missed it, or a look of somebody else's did.
            await host.needs_check.wait()
        if host.state is HostState.OFF:
            await sleep(backoff.off.total_seconds())
        elif host.state is HostState.AWAY or host.is_starting:
            await sleep(pause.total_seconds())
            pause = min(backoff.longest, pause * 2)
        if not await _is_checked(hosts, host):
            host.needs_check.set()
            await sleep(backoff.longest.total_seconds())


async def _is_checked(hosts: Hosts, host: Host) -> bool:
    """Whether a check took place; what is wrong with it must not end the watch."""
    try:
        await hosts.check_one(host)
    except Exception:
        log.exception("%s could not be asked", host.traits.name)
        return False
    return True
