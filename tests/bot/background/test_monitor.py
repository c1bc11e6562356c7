"""The watch: each trouble is told once when it begins and once when it is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.background.alerts import Alerts
from bot.background.monitor import Monitor
from generation.image.client import Endpoint, ImageClient, RetryPolicy
from jobs.rules.disk import Space
from tests.bot.webhook import Webhook, listening
from tests.generation.image.scripted import Pauses
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
async def monitor(
    webhook: Webhook, backend: Backend, session: aiohttp.ClientSession, space: Space
) -> AsyncGenerator[Monitor]:
    endpoint = Endpoint(f"127.0.0.1:{backend.port}", KEY)
    policy = RetryPolicy(attempts=1)
    async with ImageClient(endpoint, retries=policy, sleep=Pauses()) as client:
        yield Monitor(
            client,
            space,
            Alerts(session, webhook.url, lambda: datetime(2026, 11, 21, tzinfo=UTC)),
            engine_ids=[ENGINE_ID],
            low_balance_mc=LOW_MC,
            low_bytes=1,
        )


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


async def test_a_low_balance(monitor: Monitor, webhook: Webhook, backend: Backend):
    backend.balance = 0.25
    (said,) = await looked(monitor, webhook)
    assert said == "Atelier: the balance at the API is low: 25.00 credits left"
    backend.balance = 9.5
    assert await looked(monitor, webhook) == [
        "Atelier: the balance at the API is 950.00 credits again"
    ]


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
    backend.engine_ids = ["another"]
    assert await looked(monitor, webhook) == [f"Atelier: engine {ENGINE_ID} is not offered"]
    backend.reset()
    assert await looked(monitor, webhook) == [f"Atelier: engine {ENGINE_ID} is offered again"]


async def test_a_key_that_is_not_accepted_is_told_at_once(
    webhook: Webhook, backend: Backend, session: aiohttp.ClientSession, space: Space
):
    secret = "sk-that-nobody-may-read"
    async with ImageClient(Endpoint(f"127.0.0.1:{backend.port}", secret)) as client:
        alerts = Alerts(session, webhook.url, lambda: datetime(2026, 11, 21, tzinfo=UTC))
        monitor = Monitor(client, space, alerts, engine_ids=[], low_balance_mc=0, low_bytes=1)
        await monitor.look()
    (said,) = webhook.read
    assert "Unauthorized" in said
    assert secret not in said


async def test_a_reached_cap(monitor: Monitor, webhook: Webhook, space: Space):
    space.kept_bytes = 2000
    (said,) = await looked(monitor, webhook)
    assert "the kept results take 2.0 kB of 1.0 kB" in said
    space.kept_bytes = 10
    assert await looked(monitor, webhook) == ["Atelier: the disk has room again"]


async def test_a_disk_that_runs_low(
    webhook: Webhook, backend: Backend, session: aiohttp.ClientSession, tmp_path: Path
):
    more_than_any = 1 << 60
    async with ImageClient(Endpoint(f"127.0.0.1:{backend.port}", KEY)) as client:
        monitor = Monitor(
            client,
            Space([tmp_path]),
            Alerts(session, webhook.url, lambda: datetime(2026, 11, 21, tzinfo=UTC)),
            engine_ids=[],
            low_balance_mc=0,
            low_bytes=more_than_any,
        )
        await monitor.look()
    (said,) = webhook.read
    assert "the disk is low" in said
