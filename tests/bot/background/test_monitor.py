"""The watch: each trouble is told once when it begins and once when it is over."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.background.alerts import Alerts
from bot.background.monitor import LOW_FOR, Monitor
from generation.catalogue.catalogue import load
from generation.catalogue.engine import GRPC
from generation.hosts.clients import GrpcHostClient
from generation.hosts.host import Host, HostTraits
from generation.hosts.hosts import Hosts
from generation.image.client import Endpoint, ImageClient, RetryPolicy
from jobs.rules.disk import Space
from tests.bot.webhook import Webhook, listening
from tests.generation.image.scripted import Pauses
from tests.jobs.harness import Clock
from tests.journeys.backend import ENGINE_ID, KEY, Backend, serving_backend

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

LOW_MC = 100_000


@pytest.fixture
async def webhook() -> AsyncGenerator[Webhook]:
    async with listening() as webhook:
        yield webhook


@pytest.fixture
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend(key=KEY) as backend:
        yield backend


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def space(tmp_path: Path) -> Space:
    return Space([tmp_path], cap_bytes=1000, floor_bytes=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def asked(backend: Backend, clock: Clock, key: str = KEY) -> AsyncGenerator[Host]:
    """A host that is the backend."""
    endpoint = Endpoint(f"127.0.0.1:{backend.port}", key)
    policy = RetryPolicy(attempts=1)
    async with ImageClient(endpoint, retries=policy, sleep=Pauses()) as client:
        traits = HostTraits(
            name="the engine", transport=GRPC, key_setting="STABILITY_KEY", is_metered=True
        )
        yield Host(traits, GrpcHostClient(client), clock)


def watching(
    hosts: Hosts, webhook: Webhook, session: aiohttp.ClientSession, space: Space, clock: Clock
) -> Monitor:
    alerts = Alerts(session, webhook.url, lambda: datetime(2026, 11, 21, tzinfo=UTC))
    return Monitor(hosts, space, alerts, clock, low_balance_mc=LOW_MC, low_bytes=1)


@pytest.fixture
async def monitor(
    webhook: Webhook,
    backend: Backend,
    session: aiohttp.ClientSession,
    space: Space,
    clock: Clock,
) -> AsyncGenerator[Monitor]:
    async with asked(backend, clock) as host:
        yield watching(Hosts([host], load()), webhook, session, space, clock)


async def looked(monitor: Monitor, webhook: Webhook) -> list[str]:
    """What two looks tell."""
    before = len(webhook.read)
    await monitor.look()
    await monitor.look()
    return webhook.read[before:]


async def test_where_all_is_well_nothing_is_said(
    monitor: Monitor, webhook: Webhook, backend: Backend
):
    backend.balance = 5.0
    assert await looked(monitor, webhook) == []


async def test_a_low_balance_is_told_after_two_readings_ten_minutes_apart(
    monitor: Monitor, webhook: Webhook, backend: Backend, clock: Clock
):
    backend.balance = 0.25
    assert await looked(monitor, webhook) == []
    clock.advance(seconds=LOW_FOR.total_seconds() - 1)
    assert await looked(monitor, webhook) == []
    clock.advance(seconds=1)
    (said,) = await looked(monitor, webhook)
    assert said == "Atelier: the balance at the API is low: 25.00 credits left (the engine)"
    backend.balance = 9.5
    assert await looked(monitor, webhook) == [
        "Atelier: the balance at the API (the engine) is 950.00 credits again"
    ]


async def test_a_stale_reading_in_between_is_no_low_balance(
    monitor: Monitor, webhook: Webhook, backend: Backend, clock: Clock
):
    for balance in (0.25, 9.5, 0.25):
        backend.balance = balance
        assert await looked(monitor, webhook) == []
        clock.advance(seconds=LOW_FOR.total_seconds() - 1)
    assert await looked(monitor, webhook) == []


async def test_an_engine_that_is_away_for_more_than_a_moment(
    monitor: Monitor, webhook: Webhook, backend: Backend
):
    await backend.stop()
    await monitor.look()
    assert webhook.read == []
    (said,) = await looked(monitor, webhook)
    assert said.startswith("Atelier: the engine does not work, Unreachable")
    await backend.start()
    async with asyncio.timeout(20):
        while len(webhook.read) == 1:
            # Connections are tried anew after a pause.
            await asyncio.sleep(0.05)
            await monitor.look()
    assert webhook.read[1:] == ["Atelier: the engine works again"]


async def test_an_engine_that_is_not_offered_any_more(
    monitor: Monitor, webhook: Webhook, backend: Backend
):
    await monitor.look()
    backend.engine_ids = ["another"]
    assert await looked(monitor, webhook) == [f"Atelier: engine {ENGINE_ID} is not offered"]
    backend.reset()
    assert await looked(monitor, webhook) == [f"Atelier: engine {ENGINE_ID} is offered again"]


async def test_an_engine_that_lists_nothing_for_more_than_a_moment(
    monitor: Monitor, webhook: Webhook, backend: Backend
):
    backend.engine_ids = []
    await monitor.look()
    assert webhook.read == []
    assert await looked(monitor, webhook) == [
        "Atelier: the engine lists no engine, perhaps not yet"
    ]
    backend.reset()
    assert await looked(monitor, webhook) == ["Atelier: the engine works again"]


async def test_settings_that_cannot_be_used_are_told_while_another_host_works(
    webhook: Webhook, backend: Backend, session: aiohttp.ClientSession, space: Space, clock: Clock
):
    traits = HostTraits(name="own", transport=GRPC)
    broken = Host(traits, None, clock, problem="ATELIER_INFERENCE_HOST is not usable: no port")
    async with asked(backend, clock) as host:
        hosts = Hosts([broken, host], load())
        monitor = watching(hosts, webhook, session, space, clock)
        assert await looked(monitor, webhook) == [
            "Atelier: ATELIER_INFERENCE_HOST is not usable: no port"
        ]


async def test_a_default_that_is_not_offered(
    webhook: Webhook, backend: Backend, session: aiohttp.ClientSession, space: Space, clock: Clock
):
    async with asked(backend, clock) as host:
        hosts = Hosts([host], load(), wanted_id="stable-diffusion-v1-6")
        monitor = watching(hosts, webhook, session, space, clock)
        assert await looked(monitor, webhook) == [
            "Atelier: ATELIER_DEFAULT_ENGINE stable-diffusion-v1-6 is not offered;"
            f" {ENGINE_ID} draws instead"
        ]


async def test_a_key_that_is_not_accepted_is_told_at_once(
    webhook: Webhook, backend: Backend, session: aiohttp.ClientSession, space: Space
):
    secret, clock = "sk-that-nobody-may-read", Clock()
    async with asked(backend, clock, secret) as host:
        hosts = Hosts([host], load())
        await watching(hosts, webhook, session, space, clock).look()
    (said,) = webhook.read
    assert "does not accept STABILITY_KEY" in said
    assert "Unauthorized" in said
    assert secret not in said


async def test_a_reached_cap(monitor: Monitor, webhook: Webhook, space: Space):
    space.kept_bytes = 2000
    (said,) = await looked(monitor, webhook)
    assert "the kept results take 2.0 kB of 1.0 kB" in said
    space.kept_bytes = 10
    assert await looked(monitor, webhook) == ["Atelier: the disk has room again"]


async def test_a_disk_that_runs_low(
    webhook: Webhook, session: aiohttp.ClientSession, tmp_path: Path
):
    more_than_any = 1 << 60
    monitor = Monitor(
        Hosts([], load()),
        Space([tmp_path]),
        Alerts(session, webhook.url, lambda: datetime(2026, 11, 21, tzinfo=UTC)),
        Clock(),
        low_balance_mc=0,
        low_bytes=more_than_any,
    )
    await monitor.look()
    (said,) = webhook.read
    assert "the disk is low" in said
