"""The watch over hosts: who is away is asked again, ever more seldom, and offered when back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc
import pytest

from bot.background.host_watch import HostBackoff, watch_hosts
from generation.catalogue.catalogue import Catalogue, load
from generation.catalogue.engine import GRPC
from generation.errors import Unauthorized
from generation.hosts.host import Host, HostState, HostTraits
from generation.hosts.hosts import Hosts
from generation.image.client import EngineInfo
from generation.request import ImageRequest, TextPrompt
from storage.errors import DatabaseUnavailable
from tests.bot.background.test_monitor import asked
from tests.generation.hosts.test_hosts import rest_host
from tests.generation.image.scripted import fails
from tests.generation.stability.service import KEY as REST_KEY
from tests.generation.stability.service import Service, serving
from tests.jobs.harness import Clock
from tests.journeys.backend import ENGINE_ID, KEY, SIZE, Backend, serving_backend

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

BACKOFF = HostBackoff()
PAUSES = [1, 2, 4, 8, 15, 15]


class Rest:
    """Sleeps at once, and does something after so many pauses."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.reached = asyncio.Condition()

    async def __call__(self, seconds: float) -> None:
        async with self.reached:
            self.pauses.append(seconds)
            self.reached.notify_all()
        await asyncio.sleep(0)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20), self.reached:
            await self.reached.wait_for(lambda: len(self.pauses) >= count)


@asynccontextmanager
async def watched(hosts: Hosts) -> AsyncGenerator[Rest]:
    rest = Rest()
    watch = asyncio.create_task(watch_hosts(hosts, BACKOFF, rest))
    try:
        yield rest
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


@pytest.fixture
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend(key=KEY) as backend:
        backend.draw_at_once()
        yield backend


async def test_a_host_that_is_away_is_asked_ever_more_seldom_until_it_is_back(backend: Backend):
    await backend.stop()
    async with asked(backend, Clock()) as host:
        hosts = Hosts([host], load())
        await hosts.check()
        async with watched(hosts) as rest:
            await rest.until(len(PAUSES))
            assert rest.pauses[: len(PAUSES)] == PAUSES
            await backend.start()
            async with asyncio.timeout(20):
                await hosts.wait_until(lambda: ENGINE_ID in hosts.offered)
            seen = len(rest.pauses)
            # Missed again by somebody who draws, it is asked at once.
            await backend.stop()
            host.needs_check.set()
            await rest.until(seen + 2)
            assert rest.pauses[seen : seen + 2] == PAUSES[:2]


async def test_a_host_that_lists_nothing_yet_is_asked_again(backend: Backend):
    backend.engine_ids = []
    async with asked(backend, Clock()) as host:
        hosts = Hosts([host], load())
        await hosts.check()
        async with watched(hosts) as rest:
            await rest.until(3)
            assert rest.pauses[:3] == PAUSES[:3]
            backend.reset()
            async with asyncio.timeout(20):
                await hosts.wait_until(lambda: ENGINE_ID in hosts.offered)


async def test_a_service_of_which_the_catalogue_names_no_engine_is_left_alone():
    known = Catalogue(engine for engine in load() if engine.transport == GRPC)
    async with serving(Service()) as address, rest_host(address, REST_KEY, known) as host:
        hosts = Hosts([host], known)
        await hosts.check()
        assert hosts.problem_of(host)
        async with watched(hosts) as rest:
            for _ in range(10):
                await asyncio.sleep(0.01)
            assert rest.pauses == []


class Broken:
    """A client whose first questions break off by an error that is none of the host's."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def engines(self) -> Sequence[EngineInfo]:
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable("the database is away")
        return [EngineInfo(ENGINE_ID, "", "", ready=True, kind="image")]

    async def balance_mc(self) -> int | None:
        return None


@pytest.mark.parametrize("is_known", [False, True])
async def test_the_watch_goes_on_when_a_check_breaks_off(*, is_known: bool):
    client = Broken(failures=0)
    host = Host(HostTraits(name="own", transport=GRPC), client, Clock())
    hosts = Hosts([host], load())
    if is_known:
        await hosts.check()
        host.needs_check.set()
    client.failures = 2
    async with watched(hosts) as rest:
        async with asyncio.timeout(20):
            await hosts.wait_until(lambda: not client.failures and ENGINE_ID in hosts.offered)
        assert rest.pauses == [BACKOFF.longest.total_seconds()] * 2


async def test_a_refused_key_is_off_for_a_minute(backend: Backend):
    async with asked(backend, Clock()) as host:
        hosts = Hosts([host], load())
        await hosts.check()
        async with watched(hosts) as rest:
            backend.play(fails(grpc.StatusCode.UNAUTHENTICATED, "no such key"))
            prompts = (TextPrompt("a fox"),)
            request = ImageRequest(ENGINE_ID, prompts, *SIZE, seed=7, steps=30, cfg_scale=7.0)
            with pytest.raises(Unauthorized):
                await anext(hosts.generate(request, "1"))
            assert host.state is HostState.OFF
            assert ENGINE_ID not in hosts.offered
            await rest.until(1)
            assert rest.pauses == [60]
            async with asyncio.timeout(20):
                await hosts.wait_until(lambda: ENGINE_ID in hosts.offered)
