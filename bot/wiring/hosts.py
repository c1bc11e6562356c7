"""The hosts of engines, opened from the settings and asked for the first time."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.background.rate_limiter import open_rate_limiter
from bot.clock import now
from bot.errors import CannotStart
from bot.settings import is_stabilitys
from bot.wiring.host_plans import host_plans
from generation.catalogue import catalogue as catalogues
from generation.catalogue.engine import GRPC, IMAGE
from generation.hosts.clients import GrpcHostClient, StabilityHostClient
from generation.hosts.host import Host
from generation.hosts.hosts import Hosts
from generation.image.client import Endpoint, EngineInfo, ImageClient
from generation.image.pictures import check_any_picture, check_picture, check_preview
from generation.pricing import is_priced
from generation.stability.client import StabilityClient

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack

    from bot.embedded import EmbeddedServer
    from bot.settings import Settings
    from bot.wiring.host_plans import HostPlan
    from generation.catalogue.catalogue import Catalogue
    from generation.hosts.clients import HostClient
    from generation.stability.client import AnyPictureCheck
    from media.pool import MediaPool
    from storage.database import Database

log = logging.getLogger(__name__)

PREVIEW_LIMIT = timedelta(seconds=2)
"""For so long a worker may look at a preview."""

START_WITHIN_S = 5.0
"""For so long the start waits for a host, which is asked again beside the running bot."""


async def open_hosts(
    settings: Settings,
    server: EmbeddedServer | None,
    stack: AsyncExitStack,
    database: Database,
    pool: MediaPool | None = None,
) -> Hosts:
    """The hosts that the settings name, not asked yet; `server` is the embedded one.

    Raises:
        CannotStart: the file of ATELIER_ENGINES cannot be used.
    """
    try:
        prefers_own = _prefers_own(settings, server)
        known = catalogues.load(settings.atelier_engines, prefers_own=prefers_own)
    except catalogues.CatalogueError as error:
        raise CannotStart(f"The engine catalogue cannot be used: {error}.") from error
    opener = _Opener(stack, database, pool, known, has_own_file=bool(settings.atelier_engines))
    hosts = [
        Host(plan.traits, await opener.client(plan), now, problem=plan.problem)
        for plan in host_plans(settings, server)
    ]
    return Hosts(
        hosts,
        known,
        wanted_id=settings.atelier_default_engine,
        catalogue_name=str(settings.atelier_engines or "the built-in catalogue"),
    )


def _prefers_own(settings: Settings, server: EmbeddedServer | None) -> bool:
    """Whether the first host that has an engine of both catalogues is a server of ours."""
    has_own = server is not None or bool(settings.atelier_inference_host)
    return has_own or not is_stabilitys(settings.stability_host.rpartition(":")[0])


async def ask_at_the_start(hosts: Hosts, within_s: float = START_WITHIN_S) -> None:
    """Ask all hosts; those that do not answer yet are asked again later.

    Raises:
        CannotStart: no host is left that waiting could mend; says what is wrong with each.
    """
    # Not by `check_one`, whose lines in the log would double the sentence that the bot ends with.
    await asyncio.gather(*(host.check(within_s) for host in hosts.all))
    problems = [problem for host in hosts.all if (problem := hosts.problem_of(host))]
    if not hosts.may_draw:
        sentence = "; ".join(problems)
        raise CannotStart(f"{sentence[:1].upper()}{sentence[1:]}.")
    for problem in problems:
        log.warning("%s", problem)


class _Opener:
    """Opens the clients of hosts in the stack.

    Pictures are checked by the workers, so that hostile bytes meet no secrets of this process.
    """

    def __init__(
        self,
        stack: AsyncExitStack,
        database: Database,
        pool: MediaPool | None,
        known: Catalogue,
        *,
        has_own_file: bool,
    ) -> None:
        self._stack = stack
        self._database = database
        self._pool = pool
        self._known = known
        self._unlisted = _named_engines(known) if has_own_file else ()

    async def client(self, plan: HostPlan) -> HostClient | None:
        """The client of a host; None where its settings cannot be used."""
        endpoint = plan.endpoint
        if endpoint is None:
            return None
        pace = open_rate_limiter(self._database, plan.account, plan.requests)
        if isinstance(endpoint, Endpoint):
            pool = self._pool
            client = ImageClient(
                endpoint,
                check=partial(pool.run, check_picture) if pool else None,
                preview_check=partial(pool.run, check_preview, limit=PREVIEW_LIMIT)
                if pool
                else None,
                pace=pace,
            )
            return GrpcHostClient(await self._stack.enter_async_context(client), self._unlisted)
        rest_client = StabilityClient(endpoint, check=self._check_any(), pace=pace)
        await self._stack.enter_async_context(rest_client)
        return StabilityHostClient(rest_client, self._known)

    def _check_any(self) -> AnyPictureCheck | None:
        pool = self._pool
        return (lambda data: pool.run(check_any_picture, data)) if pool else None


def _named_engines(known: Catalogue) -> Sequence[EngineInfo]:
    """What a host without a list is taken to have: all engines that the operator's file names."""
    return [
        EngineInfo(engine.id, engine.name, engine.description, ready=True, kind=engine.kind)
        for engine in known.of_kind(IMAGE)
        if engine.transport == GRPC and is_priced(engine)
    ]
